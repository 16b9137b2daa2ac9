"""Send what is in the outbox: at least once, five tries each, then it is kept for an operator.

A mail server or receiver that does not answer is left alone for a while, whatever is waiting for it, so that an outage
costs only those notifications a try that probe it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from portal.domain.address import PublicUrl
from portal.domain.errors import CorruptRecord, InvalidValue, NotFound, PortalError, StorageFull
from portal.domain.message import Message
from portal.domain.notification import NotificationChannel, SubjectKind
from portal.domain.webhook_rules import WebhookRules
from portal.files.notification_request import NotificationRequest
from portal.files.outbox import Notification, Outbox
from portal.notifications.delivery import NotDelivered
from portal.notifications.mail import Mailer
from portal.notifications.state import Subjects, SubjectState
from portal.notifications.waits import Waits
from portal.notifications.webhook import WebhookCaller
from portal.notifications.words import MailText, mail_to_operators, mail_to_sender, webhook_body

log = logging.getLogger(__name__)

_FAILED_KEPT = timedelta(days=30)
_MAIL_SERVER = "mail server"
_PER_STEP = 100

# A receiver, and what hands the notification over to it.
Delivery = tuple[str, Callable[[], None]]


@dataclass(frozen=True)
class Routes:
    """How notifications leave: None for a channel that is not configured. `operators` are their mail addresses."""

    public: PublicUrl
    mailer: Mailer | None
    webhooks: WebhookCaller | None
    rules: WebhookRules
    operators: tuple[str, ...] = ()


class Gone(Exception):
    """What a notification is about, or whom it is for, is not there any more."""


class Courier:
    """Goes through the outbox. `counted` is called with channel and outcome: sent, retried, failed or dropped."""

    def __init__(
        self,
        outbox: Outbox,
        routes: Routes,
        kinds: Sequence[Subjects],
        waits: Waits,
        *,
        counted: Callable[[str, str], None],
        now: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._routes = routes
        self._kinds: Mapping[SubjectKind, Subjects] = {subjects.kind: subjects for subjects in kinds}
        self._waits = waits
        self._counted = counted
        self._now = now
        self._turn: Iterator[str] = iter(())

    def step(self, stop: Callable[[], bool] = lambda: False) -> None:
        """See to the next notifications in turn, until `stop` is true."""
        some = list(islice(self._turn, _PER_STEP))
        if not some:
            names = self._outbox.names()
            self._waits.keep_only(names)
            self._turn = iter(names)
            some = list(islice(self._turn, _PER_STEP))
        for name in some:
            if stop():
                return
            with self._outbox.locked():
                notification = self._outbox.read(name)  # another process may have sent it meanwhile
                if notification is not None:
                    self._see_to(name, notification)

    def send_all(self, kind: SubjectKind) -> None:
        """Try everything of one kind once."""
        for name, held in self._outbox.all().items():
            if held.kind is kind:
                with self._outbox.locked():
                    notification = self._outbox.read(name)
                    if notification is not None:
                        self._see_to(name, notification)

    def _see_to(self, name: str, notification: Notification) -> None:
        try:
            if notification.has_failed:
                self._clear_up(name, notification)
            elif self._waits.is_due(name, notification.tries, self._since_s(notification)):
                self._try(name, notification)
        except Gone:
            self._end(name, notification, "dropped")
        except (OSError, PortalError) as error:
            # The job folder does not answer, or cannot be read at the moment: no fault of the receiver's.
            log.warning("notification %s waits: %s", name, error)
            self._waits.failed(name, notification.tries)

    def _since_s(self, notification: Notification) -> float | None:
        """Return the time since the last try (s); None if there was none."""
        return None if notification.tried is None else (self._now() - notification.tried).total_seconds()

    def _clear_up(self, name: str, notification: Notification) -> None:
        subjects = self._kinds.get(notification.kind)
        gone = subjects is not None and not subjects.folder(notification.subject).owner.is_dir()
        if gone or self._now() - notification.made > _FAILED_KEPT:
            self._outbox.remove(name)

    def _try(self, name: str, notification: Notification) -> None:
        delivery = self._delivery(name, notification)
        if delivery is None:
            return
        receiver, hand_over = delivery
        rest = self._waits.receiver(receiver)
        if rest.wait_s:
            return
        try:
            hand_over()
        except NotDelivered as error:
            if error.is_down:
                rest.failed()
            self._note_failure(name, notification, error.reason)
        except PortalError:  # the secret cannot be read, or is another one: no try of the receiver's
            raise
        except Exception as error:  # a bug of the portal's: this one fails, and the others are sent
            log.exception("an error of the portal while it sends %s", name)
            self._note_failure(name, notification, Message("notify.internal", error=type(error).__name__))
        else:
            rest.succeeded()
            self._end(name, notification, "sent")

    def _note_failure(self, name: str, notification: Notification, reason: Message) -> None:
        tried = replace(notification, tries=notification.tries + 1, tried=self._now(), problem=reason)
        outcome = "failed" if tried.has_failed else "retried"
        level = logging.ERROR if tried.has_failed else logging.WARNING
        log.log(level, "notification %s (%s, %s): %s: %s", name, tried.event, tried.channel, outcome, reason)
        self._counted(notification.channel, outcome)
        try:
            self._outbox.replace(name, tried)
        except (OSError, StorageFull) as error:
            log.error("notification %s: its tries cannot be written down: %s", name, error)
            tried = notification  # as the next look at the outbox finds it: it has to wait all the same
        self._waits.failed(name, tried.tries)

    def _end(self, name: str, notification: Notification, outcome: str) -> None:
        log.info("notification %s (%s, %s): %s", name, notification.event, notification.channel, outcome)
        self._counted(notification.channel, outcome)
        self._outbox.remove(name)

    def _delivery(self, name: str, notification: Notification) -> Delivery | None:
        """Return how a notification is delivered; None if it must not be yet.

        Raises:
            Gone: nobody is to be told any more.
            PortalError, OSError: what it is about cannot be read at the moment.
        """
        if notification.kind is SubjectKind.PORTAL:
            text = mail_to_operators(self._routes.public, notification)
            return self._mail(name, notification, text, self._routes.operators)
        subjects = self._kinds[notification.kind]
        folder = subjects.folder(notification.subject)
        try:
            if folder.awaits(notification.event):
                return None  # whoever wrote it was interrupted, and decides the event once more
            request = folder.request()
            state = subjects.look(notification.subject)
        except (NotFound, FileNotFoundError) as error:
            raise Gone from error
        except CorruptRecord as error:
            if folder.owner.is_dir():
                raise
            raise Gone from error
        if notification.channel is NotificationChannel.WEBHOOK:
            return self._call(name, notification, request, state)
        text = mail_to_sender(self._routes.public, notification, state, request.lang)
        return self._mail(name, notification, text, (request.mail,) if request.mail else ())

    def _mail(self, name: str, notification: Notification, text: MailText, to: Sequence[str]) -> Delivery:
        if not to:
            raise Gone
        mailer = self._routes.mailer
        if mailer is None:
            return _MAIL_SERVER, _channel_is_off
        return _MAIL_SERVER, lambda: mailer.send(name, text, to, made=notification.made)

    def _call(
        self, name: str, notification: Notification, request: NotificationRequest, state: SubjectState
    ) -> Delivery:
        if not request.webhook:
            raise Gone
        caller = self._routes.webhooks
        if caller is None:
            return "webhooks", _channel_is_off
        try:
            target = self._routes.rules.read(request.webhook)
        except InvalidValue as error:
            problem = error.message
            return "webhooks", lambda: _refuse(problem)  # taken off the list since it was asked for
        body = webhook_body(self._routes.public, name, notification, state)
        return target.origin, lambda: caller.send(name, target, body)


def _channel_is_off() -> None:
    raise NotDelivered(Message("notify.channel_off"))


def _refuse(problem: Message) -> None:
    raise NotDelivered(problem)
