"""The poller's metrics, as text that the web process serves at /metrics.

They are in one small file beside the heartbeat, so that a scrape queries neither the scheduler nor a task. Counters
restart with each poller, which Prometheus handles. No metric has an id, a name or a user.
"""

from __future__ import annotations

import contextlib
from collections import Counter as Tally
from collections.abc import Collection, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from portal.domain.errors import StorageFull
from portal.domain.notification import NotificationChannel
from portal.domain.status import FailureKind, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.atomic import write_bytes
from portal.files.folder_size import count_entries
from portal.files.metrics import PREFIX
from portal.files.taskdir import PortalDir

_WAITS_S = (1, 5, 15, 60, 300, 900, 3600, 14400, 86400)
_STAGES_S = (1, 5, 20, 60, 300, 3600)
_CYCLES_S = (0.05, 0.2, 1, 5, 20, 60)
_LIVE = (TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.RUNNING)


class PollerMetrics:
    """Counts what the poller does; `write` writes all metrics to the file."""

    def __init__(self, portal: PortalDir) -> None:
        self._path = portal.metrics
        self._portal = portal
        self._registry = registry = CollectorRegistry()
        self._tasks = Gauge(f"{PREFIX}tasks", "Tasks on the disk", ["status"], registry=registry)
        self._slots = Gauge(f"{PREFIX}slots", "Tasks that may run at once", ["state"], registry=registry)
        self._waiting = Gauge(f"{PREFIX}queue_waiting", "Tasks that wait in the portal", registry=registry)
        self._oldest = Gauge(
            f"{PREFIX}queue_oldest_wait_seconds", "How long the oldest of them has waited", registry=registry
        )
        self._ended = Counter(
            f"{PREFIX}tasks_ended", "Tasks that have ended", ["status", "failure_kind"], registry=registry
        )
        self._attempts = Counter(f"{PREFIX}attempts", "Attempts that were begun", ["reason"], registry=registry)
        self._core_s = Counter(f"{PREFIX}core_seconds", "Core seconds of ended attempts", registry=registry)
        self._wait = Histogram(
            f"{PREFIX}task_wait_seconds", "From submission to the first stage", buckets=_WAITS_S, registry=registry
        )
        self._stage = Histogram(
            f"{PREFIX}stage_duration_seconds", "Running time of stages", ["stage"], buckets=_STAGES_S, registry=registry
        )
        self._cycle = Histogram(
            f"{PREFIX}poller_cycle_seconds", "Time that a cycle took", buckets=_CYCLES_S, registry=registry
        )
        self._last_cycle = Gauge(
            f"{PREFIX}poller_last_cycle_timestamp_seconds", "When the last cycle ended", registry=registry
        )
        self._errors = Counter(
            f"{PREFIX}poller_errors", "What went wrong with a task or a cycle", ["kind"], registry=registry
        )
        self._up = Gauge(f"{PREFIX}scheduler_up", "1 where the scheduler answered the last look", registry=registry)
        self._answered = Gauge(
            f"{PREFIX}scheduler_last_answer_timestamp_seconds", "When the scheduler last answered", registry=registry
        )
        self._trash = Gauge(f"{PREFIX}trash_entries", "Deleted tasks that are still on the disk", registry=registry)
        self._quarantine = Gauge(f"{PREFIX}quarantine_entries", "Damaged files put aside", registry=registry)
        self._removed = Counter(f"{PREFIX}retention_removed", "Tasks removed after their time", registry=registry)
        self._stuck = Counter(
            f"{PREFIX}retention_failures", "Attempts to remove something that failed", registry=registry
        )
        self._suspended = Gauge(
            f"{PREFIX}retention_suspended", "1 while nothing is removed by its age", registry=registry
        )
        self._notifications = Counter(
            f"{PREFIX}notifications", "Notifications by what came of a try", ["channel", "outcome"], registry=registry
        )
        self._command = Histogram(
            f"{PREFIX}scheduler_command_seconds",
            "Time that commands of the scheduler took",
            ["command"],
            buckets=(0.1, 0.5, 2, 10, 30),
            registry=registry,
        )
        self._begin_with_all_states()

    def _begin_with_all_states(self) -> None:
        """Create every series at the start: an alert on a missing series would never fire."""
        for kind in FailureKind:
            self._ended.labels(TaskStatus.FAILED, kind)
        self._ended.labels(TaskStatus.COMPLETED, "")
        for stage in PipelineStage:
            self._stage.labels(stage)
        self._attempts.labels("first")
        for kind_of_error in ("task", "cycle"):
            self._errors.labels(kind_of_error)
        for channel in NotificationChannel:
            for outcome in ("sent", "retried", "failed", "dropped"):
                self._notifications.labels(channel, outcome)

    def saw(self, before: TaskMeta | None, after: TaskMeta) -> None:
        """Count a saved record; `before` is the one it replaces."""
        if before is None:
            return
        for attempt in after.attempts[len(before.attempts) :]:
            self._attempts.labels(attempt.reason).inc()
        if after.status.is_final and not before.status.is_final:
            self._ended.labels(after.status, after.failure_kind or "").inc()
        if after.start_time is not None and before.start_time is None:
            self._wait.observe(max(0.0, (after.start_time - after.submission_time).total_seconds()))
        was_over = {record.stage for record in before.stages if record.end_time is not None}
        for record in after.stages:
            ended = record.start_time is not None and record.end_time is not None
            if ended and record.stage not in was_over and record.state != "reused":
                assert record.start_time is not None
                assert record.end_time is not None
                self._stage.labels(record.stage).observe((record.end_time - record.start_time).total_seconds())

    def used(self, core_seconds: float) -> None:
        """Count what an ended attempt has used."""
        self._core_s.inc(max(0.0, core_seconds))

    def cycled(self, seconds: float, now: datetime) -> None:
        """Count a whole cycle."""
        self._cycle.observe(seconds)
        self._last_cycle.set(now.timestamp())

    def failed(self, kind: str) -> None:
        """Count an error: `task` or `cycle`."""
        self._errors.labels(kind).inc()

    def commanded(self, command: str, seconds: float) -> None:
        """Count a scheduler command: `squeue`, `sbatch` and the like."""
        self._command.labels(command).observe(seconds)

    def looked(self, *, known: bool, at: datetime) -> None:
        """Count a query of the scheduler."""
        self._up.set(1 if known else 0)
        if known:
            self._answered.set(at.timestamp())

    def expired(self) -> None:
        """Count a task that was removed because it had expired."""
        self._removed.inc()

    def not_removed(self) -> None:
        """Count an attempt to remove something that failed."""
        self._stuck.inc()

    def notified(self, channel: str, outcome: str) -> None:
        """Count a try to send a notification: `sent`, `retried` (to be tried again), `failed` or `dropped`."""
        self._notifications.labels(channel, outcome).inc()

    def write(
        self,
        live: Iterable[TaskMeta],
        *,
        on_disk: int,
        waiting: Collection[str],
        slots: int,
        used: int,
        suspended: bool,
        now: datetime,
    ) -> None:
        """Write all metrics; `waiting` are the ids of waiting tasks, `on_disk` is the number of all tasks."""
        living = list(live)
        by_status = Tally(task.status for task in living)
        for status in _LIVE:
            self._tasks.labels(status).set(by_status[status])
        self._tasks.labels("ended").set(max(0, on_disk - len(living)))
        self._slots.labels("used").set(used)
        self._slots.labels("free").set(max(0, slots - used))
        self._waiting.set(len(waiting))
        since = [task.submission_time for task in living if task.task_id in waiting]
        self._oldest.set(max(0.0, (now - min(since)).total_seconds()) if since else 0)
        with contextlib.suppress(OSError):  # else as they were
            self._trash.set(count_entries(self._portal.trash))
            self._quarantine.set(count_entries(self._portal.quarantine))
        self._suspended.set(1 if suspended else 0)
        # Only for monitoring: a full disk must not stop a cycle.
        with contextlib.suppress(OSError, StorageFull):
            write_bytes(self._path, generate_latest(self._registry), durable=False)
