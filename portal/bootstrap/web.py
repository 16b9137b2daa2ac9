"""The parts of the web process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from portal.bootstrap.cluster import digger_engine, executor
from portal.bootstrap.folder import cache_of, keyring_of, portal_dir_of
from portal.bootstrap.operators import admin_parts, people_parts
from portal.config import Settings
from portal.files.heartbeat import HeartbeatReader
from portal.files.outbox import Outbox
from portal.files.site import why_not_ours
from portal.files.taskdir import PortalDir
from portal.ports import TaskStore
from portal.reference.store import ReferenceStore
from portal.services.acceptance import Acceptance
from portal.services.admission import Admission, ClientLimits
from portal.services.answers import PartHealth
from portal.services.browsers import Browsers
from portal.services.compare import CompareService
from portal.services.health import HealthService
from portal.services.health_checks import check_engine, check_notifications, check_redis, check_reference
from portal.services.installation import InstallationCheck
from portal.services.notification_requests import NotificationRequests
from portal.services.own_search import OwnSearch
from portal.services.own_strains import OwnStrains
from portal.services.parts import WebParts
from portal.services.rates import search_rate, upload_rate, wrong_token_rate
from portal.services.reservations import Reservations
from portal.services.run_changes import RunChanges
from portal.services.samples import SampleService
from portal.services.secrets import Keyring
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService
from portal.services.undo import UndoService
from portal.storage.codec import to_json
from portal.storage.file import FileTaskStore
from portal.storage.hybrid import HybridTaskStore
from portal.storage.redis import RedisTaskCache

_REMEMBERED = 1024  # records, some 10 kB each


def build_web(settings: Settings, *, checks: Sequence[Callable[[], PartHealth]] | None = None) -> WebParts:
    """Return the parts of the web process; `checks` replace those of Redis, engine and reference.

    Raises:
        NotReady: the job folder cannot be made or used.
    """
    portal_dir = portal_dir_of(settings)
    keyring = keyring_of(settings, portal_dir)
    # A copied folder has the original's id; it must not use the original's cache entries.
    cache = cache_of(settings, portal_dir) if why_not_ours(portal_dir) is None else None
    files = FileTaskStore(portal_dir, remember=_REMEMBERED)
    store: TaskStore = files if cache is None else HybridTaskStore(files, cache)
    notifications = notification_requests(settings, portal_dir, keyring)
    tasks, acceptance, submissions = task_parts(settings, portal_dir, store, keyring, notifications)
    installation = InstallationCheck(_exercise_report)
    health = HealthService(
        portal_dir,
        checks=(*_health_checks(settings, cache), installation) if checks is None else checks,
        floor_bytes=settings.min_free_bytes,
    )
    browsers = Browsers(portal_dir, keyring, tasks, submissions)
    return WebParts(
        tasks,
        RunChanges(portal_dir, tasks),
        health,
        keyring,
        CompareService(portal_dir, tasks, submissions, keyring),
        submissions,
        browsers,
        acceptance,
        wrong_token_rate(portal_dir, settings.WRONG_TOKENS_PER_MINUTE),
        installation,
        notifications,
        OwnSearch(OwnStrains(portal_dir, tasks, submissions, browsers), tasks, submissions, search_rate(portal_dir)),
        SampleService(portal_dir, submissions, enabled=settings.SAMPLES),
        UndoService(portal_dir, keyring, tasks, submissions),
        admin_parts(settings, portal_dir, keyring),
        *people_parts(settings, portal_dir, keyring),
    )


def notification_requests(settings: Settings, portal_dir: PortalDir, keyring: Keyring) -> NotificationRequests:
    """Return what takes requests to be told."""
    return NotificationRequests(
        portal_dir,
        keyring,
        mails=bool(settings.SMTP_URL),
        people=settings.has_people,
        webhooks=settings.webhook_rules,
        per_hour=settings.NOTIFY_PER_HOUR,
    )


def task_parts(
    settings: Settings,
    portal_dir: PortalDir,
    store: TaskStore,
    keyring: Keyring,
    notifications: NotificationRequests,
) -> tuple[TaskService, Acceptance, SubmissionService]:
    """Return what reads tasks, what takes new ones, and what takes several at once."""
    heartbeat = HeartbeatReader(portal_dir)
    reservations = Reservations(
        portal_dir,
        waiting=lambda: heartbeat.queue(settings.MAX_ACTIVE_PIPELINES).waiting,
        max_waiting=settings.MAX_WAITING_TASKS,
        floor_bytes=settings.min_free_bytes,
    )
    admission = Admission(
        portal_dir,
        store,
        reservations,
        max_waiting=settings.MAX_WAITING_TASKS,
        limits=ClientLimits(settings.CLIENT_MAX_WAITING, settings.CLIENT_MAX_GB),
    )
    tasks = TaskService(
        portal_dir,
        store,
        keyring,
        admission,
        floor_bytes=settings.min_free_bytes,
        slots=settings.MAX_ACTIVE_PIPELINES,
        limits=settings.limit_ranges,
        retention=settings.retention,
    )
    acceptance = Acceptance(
        portal_dir,
        tasks,
        admission,
        keyring,
        encode=to_json,
        upload_rate=upload_rate(portal_dir, settings.CLIENT_UPLOADS_PER_MINUTE),
        notifications=notifications,
        limit_bytes=settings.max_upload_bytes,
        floor_bytes=settings.min_free_bytes,
    )
    submissions = SubmissionService(portal_dir, tasks, acceptance, admission, reservations, keyring, notifications)
    return tasks, acceptance, submissions


def _exercise_report() -> None:
    # Imported here because the report's modules are slow to import, and most callers do not need them.
    from portal.pipeline.report.self_check import exercise_report

    exercise_report()


def _health_checks(settings: Settings, cache: RedisTaskCache | None) -> tuple[Callable[[], PartHealth], ...]:
    engine, references = digger_engine(settings), ReferenceStore(settings.reference_dir)
    # On a cluster the program has to be on the nodes, where this machine cannot check for it.
    here = engine == "bttoxin_digger" and executor(settings) == "local"
    return (
        partial(check_redis, cache.ping if cache else None),
        partial(check_engine, engine, settings.BTTOXIN_DIGGER if here else None),
        partial(check_reference, references),
        partial(check_notifications, Outbox(PortalDir(settings.JOBS_DIR)), configured=settings.has_notifications),
    )
