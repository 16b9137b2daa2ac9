"""Find the events that senders asked to be told, and put a notification of each into the outbox.

What is awaited stands in the folders of tasks and submissions alone. A round over all of them finds it after a start,
the later rounds look into new folders only. An event is decided in this order, so that it is neither lost nor told
twice whenever the process is killed: the notification is written, under a name that depends on the event alone; then
the event's file is removed; only then may the notification be sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from portal.domain.errors import CorruptRecord, NotFound, PortalError, StorageFull, Unreadable
from portal.domain.notification import NotificationChannel, NotificationEvent
from portal.files.notification_request import NotificationRequest
from portal.files.outbox import Notification, Outbox
from portal.notifications.state import Subjects, SubjectState

log = logging.getLogger(__name__)

_FOLDERS_PER_STEP = 2000
_LOOKS_PER_STEP = 200
# New folders are looked for this often, and for no more than this share of the time.
_LIST_EVERY_S, _LIST_SHARE = 2.0, 0.02
# A submission changes with any of its tasks, so only a look at all of them tells; a date is not urgent.
_LOOK_AGAIN_S = {NotificationEvent.ENDED: 10.0, NotificationEvent.EXPIRES: 900.0}

_AFTER_BUG_S = 900.0


@dataclass
class _Awaited:
    """One event of one subject; `stamp` is what the subject looked like when it was last read."""

    subjects: Subjects
    subject: str
    event: NotificationEvent
    due: float = 0.0
    stamp: tuple[int, ...] | None = None


@dataclass
class _Round:
    """The folders of one kind that are known, and those that are still to be looked into."""

    subjects: Subjects
    known: set[str] = field(default_factory=set)
    left: Iterator[str] = field(default_factory=lambda: iter(()))
    list_at: float = 0.0


class EventWatch:
    """Watches tasks and submissions. `early` is how long before results go their sender is told; 0: not at all."""

    def __init__(
        self,
        outbox: Outbox,
        kinds: Sequence[Subjects],
        *,
        site: Callable[[], str],
        early: timedelta,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._rounds = [_Round(subjects) for subjects in kinds]
        self._site = site
        self._early = early
        self._clock = clock
        self._now = now
        self._awaited: dict[tuple[str, str, str], _Awaited] = {}
        self._turn: Iterator[_Awaited] = iter(())

    def step(self) -> None:
        """Look into the next new folders, and at the next subjects whose events are awaited.

        Raises:
            StorageFull: a notification cannot be written; its event is still awaited.
            OSError: the job folder does not answer.
        """
        for each in self._rounds:
            self._discover(each)
        looked = list(islice(self._turn, _LOOKS_PER_STEP))
        if not looked:
            self._turn = iter(list(self._awaited.values()))
            looked = list(islice(self._turn, _LOOKS_PER_STEP))
        for awaited in looked:
            try:
                over = self._look(awaited)
            except (NotFound, FileNotFoundError):
                over = True  # it was deleted
            except StorageFull:
                raise  # no other one would find room
            except (PortalError, OSError) as error:
                log.debug("%s %s: %s", awaited.subjects.kind, awaited.subject, error)
                over = False
            except Exception:  # a bug of the portal's: it comes up again with this one, and not with the others
                log.exception("an error of the portal at %s %s", awaited.subjects.kind, awaited.subject)
                awaited.due, over = self._clock() + _AFTER_BUG_S, False
            if over:
                self._awaited.pop((awaited.subjects.kind, awaited.subject, awaited.event), None)

    def _discover(self, each: _Round) -> None:
        some = list(islice(each.left, _FOLDERS_PER_STEP))
        if not some and (began := self._clock()) >= each.list_at:
            there = each.subjects.ids()
            each.known.intersection_update(there)
            each.left = iter([subject for subject in there if subject not in each.known])
            each.list_at = began + max(_LIST_EVERY_S, (self._clock() - began) / _LIST_SHARE)
            some = list(islice(each.left, _FOLDERS_PER_STEP))
        for subject in some:
            try:
                for event in each.subjects.folder(subject).awaited():
                    self._awaited[each.subjects.kind, subject, event] = _Awaited(each.subjects, subject, event)
            except OSError as error:
                log.debug("%s %s: %s", each.subjects.kind, subject, error)
                continue  # the next round looks again
            each.known.add(subject)

    def _look(self, awaited: _Awaited) -> bool:
        """Decide an event; tell whether it is not awaited any more."""
        now = self._clock()
        if now < awaited.due:
            return False
        stamp = awaited.subjects.stamp(awaited.subject)
        if awaited.event is NotificationEvent.ENDED and stamp is not None and stamp == awaited.stamp:
            return False
        if stamp is None or awaited.event is not NotificationEvent.ENDED:
            awaited.due = now + _LOOK_AGAIN_S[awaited.event]
        state = awaited.subjects.look(awaited.subject)
        if self._is_due(awaited.event, state):
            self._tell(awaited, state)
            return True
        awaited.stamp = stamp
        return False

    def _is_due(self, event: NotificationEvent, state: SubjectState) -> bool:
        if event is NotificationEvent.ENDED:
            return state.is_final
        if not self._early or state.expires is None or state.ended is None:
            return False
        # Where results are kept for a few days only, the mail about the end has told the date just now.
        early = min(self._early, (state.expires - state.ended) / 2)
        return state.is_final and self._now() >= state.expires - early

    def _tell(self, awaited: _Awaited, state: SubjectState) -> None:
        folder = awaited.subjects.folder(awaited.subject)
        if not (awaited.event is NotificationEvent.ENDED and state.ended_by_sender):
            for channel in self._request(awaited).recipient.as_record():
                notification = Notification(
                    awaited.event,
                    awaited.subjects.kind,
                    awaited.subject,
                    NotificationChannel(channel),
                    self._now().replace(microsecond=0),
                )
                self._outbox.add(Outbox.name_of(self._site(), notification), notification)
        folder.told(awaited.event)

    def _request(self, awaited: _Awaited) -> NotificationRequest:
        try:
            return awaited.subjects.folder(awaited.subject).request()
        except (FileNotFoundError, CorruptRecord) as error:
            if isinstance(error, Unreadable) or awaited.subjects.folder(awaited.subject).owner.is_dir():
                log.error("%s %s: whom to tell cannot be read: %s", awaited.subjects.kind, awaited.subject, error)
                return NotificationRequest()  # nobody is told, once and for all
            raise
