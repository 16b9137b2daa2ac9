"""What sends notifications: beside the poller, and for `btportal notify-check`."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from portal.bootstrap.folder import keyring_of, site_id_of
from portal.config import Settings
from portal.domain.errors import PortalError
from portal.domain.mail_address import read_mail_addresses
from portal.domain.notification import SubjectKind
from portal.domain.retention import expires_at
from portal.domain.submission import ItemStatus
from portal.domain.task import TaskMeta
from portal.files.heartbeat import QueueView
from portal.files.outbox import Outbox
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.notifications.alarms import AlarmWatch, ConditionReader, Conditions
from portal.notifications.courier import Courier, Routes
from portal.notifications.events import EventWatch
from portal.notifications.mail import Mailer
from portal.notifications.notifier import Notifier
from portal.notifications.state import (
    Subjects,
    SubjectState,
    SubmissionSubjects,
    TaskSubjects,
    is_cancelled_by_sender,
)
from portal.notifications.waits import Waits
from portal.notifications.webhook import WebhookCaller
from portal.services.answers import TaskView
from portal.services.submission_keys import SubmissionKeys
from portal.services.submission_progress import ItemRow, SubmissionProgress
from portal.storage.file import FileTaskStore

_NO_QUEUE = QueueView(0, 0, 0, False, None, None)


def _now() -> datetime:
    return datetime.now(UTC)


def webhook_key(settings: Settings, portal_dir: PortalDir, host: str) -> str:
    """Return the secret that the portal shares with a host: the key of its webhooks' signatures."""
    return keyring_of(settings, portal_dir).derive("webhook", host).hex()


class _SubmissionStates:
    """Looks at submissions as a whole."""

    def __init__(self, settings: Settings, portal_dir: PortalDir) -> None:
        self._settings = settings
        self._portal_dir = portal_dir
        self._folders = SubmissionFolders(portal_dir)
        self._files = FileTaskStore(portal_dir)
        self._progress: SubmissionProgress | None = None

    def look(self, submission_id: str) -> SubjectState:
        """Return the state of a submission; see `Subjects.look`."""
        view = self._made_progress().look(self._folders.read(submission_id), _NO_QUEUE, _now())
        counts = {status: count for status, count in view.counts.items() if count}
        if not view.is_final:
            return SubjectState(is_final=False, counts=counts)
        ended = list(self._ended(view.rows))
        leaving = [(when, task.completion_time) for task in ended if (when := self._expires(task)) is not None]
        expires, completed = min(leaving, key=lambda pair: pair[0], default=(None, None))
        cancelled = [is_cancelled_by_sender(task) for task in ended]
        # All of it was cancelled or deleted, and something was.
        by_sender = all(cancelled) and bool(cancelled or view.counts.get(ItemStatus.DELETED))
        return SubjectState(True, expires=expires, ended=completed, counts=counts, ended_by_sender=by_sender)

    def _ended(self, rows: Iterable[ItemRow]) -> Iterator[TaskMeta]:
        """Yield the tasks that completed or failed, as far as they can be read."""
        for row in rows:
            if row.status in (ItemStatus.COMPLETED, ItemStatus.FAILED):
                with contextlib.suppress(PortalError):
                    yield self._files.get(row.task_id)

    def _expires(self, task: TaskMeta) -> datetime | None:
        """Return when the results of a task go; None if an operator keeps them."""
        return None if self._portal_dir.task(task.task_id).kept.exists() else expires_at(task, self._settings.retention)

    def _made_progress(self) -> SubmissionProgress:
        # The secret is read when a submission is first looked at: most pollers never need it.
        if self._progress is None:
            keys = SubmissionKeys(keyring_of(self._settings, self._portal_dir))
            self._progress = SubmissionProgress(
                self._portal_dir, self._folders, keys, lambda task_id: TaskView(self._files.get(task_id))
            )
        return self._progress


def _subjects(settings: Settings, portal_dir: PortalDir) -> tuple[Subjects, ...]:
    return (
        TaskSubjects(portal_dir, FileTaskStore(portal_dir), kept=settings.retention),
        SubmissionSubjects(portal_dir, _SubmissionStates(settings, portal_dir).look),
    )


def _routes(settings: Settings, portal_dir: PortalDir) -> Routes:
    public, server, rules = settings.public_url, settings.smtp_server, settings.webhook_rules
    assert public is not None  # `read_settings` asks for it where anybody is to be told anything
    return Routes(
        public,
        Mailer(server, sender=settings.MAIL_FROM, host=public.name) if server is not None else None,
        WebhookCaller(rules, key=lambda host: webhook_key(settings, portal_dir, host)) if rules else None,
        rules,
        read_mail_addresses(settings.OPERATOR_MAIL),
    )


def build_notifier(settings: Settings, counted: Callable[[str, str], None]) -> Notifier | None:
    """Return what notifies, to be run beside the poller; None if nobody is to be told anything.

    `counted` is called with channel and outcome of each try.
    """
    if not settings.has_notifications:
        return None
    portal_dir = PortalDir(settings.JOBS_DIR)
    outbox, kinds = Outbox(portal_dir), _subjects(settings, portal_dir)
    watch = EventWatch(
        outbox,
        kinds,
        site=lambda: site_id_of(portal_dir),
        early=timedelta(days=settings.NOTIFY_BEFORE_DAYS),
        clock=time.monotonic,
        now=_now,
    )
    courier = Courier(outbox, _routes(settings, portal_dir), kinds, Waits(time.monotonic), counted=counted, now=_now)
    steps = [lambda _stop: watch.step(), courier.step]
    if settings.OPERATOR_MAIL:
        alarms = _alarm_watch(portal_dir, outbox, _conditions(settings, portal_dir).beside_poller)
        steps.insert(1, lambda _stop: alarms.step())
    return Notifier(steps)


def _conditions(settings: Settings, portal_dir: PortalDir) -> ConditionReader:
    return ConditionReader(portal_dir, floor_bytes=settings.min_free_bytes, now=_now)


def _alarm_watch(portal_dir: PortalDir, outbox: Outbox, conditions: Callable[[], Conditions]) -> AlarmWatch:
    site = partial(site_id_of, portal_dir)
    return AlarmWatch(portal_dir, outbox, conditions, site=site, clock=time.monotonic, now=_now)


@dataclass(frozen=True)
class Checked:
    """What one look from outside has found, and how many mails were sent and could not be sent."""

    conditions: Conditions
    sent: int
    failed: int


def check_once(settings: Settings) -> Checked:
    """Look at the portal from outside the poller, and send the operators what waits for them.

    Raises:
        OSError, StorageFull: the job folder does not answer, or is full.
    """
    portal_dir = PortalDir(settings.JOBS_DIR)
    outbox, found = Outbox(portal_dir), _conditions(settings, portal_dir).from_outside()
    _alarm_watch(portal_dir, outbox, lambda: found).step()
    outcomes: Counter[str] = Counter()
    courier = Courier(
        outbox,
        _routes(settings, portal_dir),
        (),
        Waits(time.monotonic),
        counted=lambda _channel, outcome: outcomes.update([outcome]),
        now=_now,
    )
    courier.send_all(SubjectKind.PORTAL)
    return Checked(found, outcomes["sent"], outcomes["retried"] + outcomes["failed"])
