"""Get from the cluster's accounting what its queue does not show: why a job failed, who cancelled it, what it used.

The accounting is queried once for all open attempts, at most once per cycle, and never waited for: if it is down the
portal continues, and the figures are filled in once it is back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain.complaint import message_of
from portal.domain.errors import Unreadable
from portal.domain.jobs import was_submitted
from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta, advance, error_fields
from portal.files.reports import Sentinel
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger, UsageLine
from portal.poller.job_outcome import cancelled_on_cluster
from portal.poller.sync import user_name, with_info
from portal.ports import Accounts
from slurm.errors import SchedulerUnavailable
from slurm.types import JobInfo, JobState, Snapshot

log = logging.getLogger(__name__)

_ASK_EVERY_S = 10.0
_EAGER_S = 90.0
# How long a working accounting may take to record a job's end.
_PATIENCE = timedelta(minutes=10)


def _is_over(task: TaskMeta, attempt: Attempt) -> bool:
    return attempt is not task.attempt or task.status.is_final


class Accountant:
    """Keeps the attempts whose figures are not written yet; `accounts` is None if there is no accounting."""

    def __init__(
        self,
        portal: PortalDir,
        ledger: UsageLedger,
        accounts: Accounts | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._portal = portal
        self._accounts = accounts
        self._clock = clock
        self._asked = float("-inf")
        self._open: dict[str, datetime] = {}  # task id -> the oldest intent that counts
        self._opened: dict[str, float] = {}
        self._of_packs: set[str] = set()  # tasks whose figures come from their own stages
        self._seen: Mapping[str, tuple[JobInfo, ...]] = {}  # from the last query of the queue
        self._patience_ends: dict[str, datetime] = {}
        self._history: Mapping[tuple[str, str], JobInfo] | None = None
        self.ledger = ledger

    def watch(self, task: TaskMeta) -> None:
        """Remember a task as long as it has an ended attempt that is not in the ledger."""
        due = [attempt for attempt in task.attempts if self._is_due(task, attempt)]
        if due and all(job.pack is not None for attempt in due for job in attempt.jobs):
            # Accounting does not know each task's part of a shared job.
            self._of_packs.add(task.task_id)
        elif due:
            self._open[task.task_id] = min(job.intent_time for attempt in due for job in attempt.jobs)
            self._opened.setdefault(task.task_id, self._clock())
        else:
            self.forget(task.task_id)

    def _is_due(self, task: TaskMeta, attempt: Attempt) -> bool:
        return bool(attempt.jobs) and _is_over(task, attempt) and not self.ledger.has(task.task_id, attempt.number)

    def forget(self, task_id: str) -> None:
        """Drop a task whose figures are written or which is gone."""
        self._open.pop(task_id, None)
        self._of_packs.discard(task_id)
        self._opened.pop(task_id, None)
        self._patience_ends.pop(task_id, None)

    @property
    def is_eager(self) -> bool:
        """Tell whether a task ended so recently that its figures, and who cancelled it, are wanted soon."""
        return any(self._clock() - opened < _EAGER_S for opened in self._opened.values())

    # -- queries

    def look(self, snapshot: Snapshot, active: Iterable[TaskMeta]) -> Snapshot:
        """Add to the snapshot what only the accounting knows of failed jobs; query open figures at the same time."""
        self._history = None
        jobs = [job for task in active if task.attempt for job in task.attempt.jobs if job.job_id]
        if self._accounts is None or snapshot.accounting is None or not snapshot.known:
            return snapshot
        if any(not snapshot.of(job.name) or snapshot.of(job.name)[-1].source == "sacct" for job in jobs):
            return snapshot  # the accounting was queried in this cycle
        since = [job.intent_time for job in jobs if any(_is_unexplained(info) for info in snapshot.of(job.name))]
        if self._clock() - self._asked >= _ASK_EVERY_S:
            since += self._open.values()
        if not since:
            return snapshot
        self._asked = self._clock()
        try:
            history = self._accounts.history(min(since))
        except SchedulerUnavailable as error:
            log.warning("the accounts do not answer: %s", message_of(error.complaint))
            return replace(snapshot, accounting=False)
        # sacct selects by time, and a job that was cancelled before its dependency was fulfilled has none (22.05).
        never_ran = [info for infos in snapshot.jobs.values() for info in infos if _never_ran(info)]
        self._history = {(info.name, info.job_id): info for info in (*never_ran, *history)}
        return replace(
            snapshot,
            jobs={name: tuple(self._explained(info) for info in infos) for name, infos in snapshot.jobs.items()},
        )

    def _explained(self, info: JobInfo) -> JobInfo:
        known = (self._history or {}).get((info.name, info.job_id))
        if known is None or not known.state.is_over or not _is_unexplained(info):
            return info
        return replace(known, reason=info.reason or known.reason, state=info.state)

    # -- closing

    def ready(self, snapshot: Snapshot) -> list[str]:
        """Return the tasks whose figures can be computed now."""
        self._seen = snapshot.jobs
        without = self._accounts is None or (snapshot.known and snapshot.accounting is None)
        return [*self._of_packs, *(self._open if without or self._history is not None else ())]

    def figures(self, task: TaskMeta, now: datetime, *, at_once: bool = False) -> tuple[TaskMeta, list[UsageLine]]:
        """Return the record with the figures of its ended attempts, and the lines that may be written now.

        `at_once`: use what is known now, because the task is about to be removed.
        """
        lines, attempts = [], []
        for attempt in task.attempts:
            if not (self._is_due(task, attempt) and (at_once or self._may_close(task.task_id, attempt, now))):
                attempts.append(attempt)
                continue
            jobs = tuple(self._with_figures(task, attempt, job) for job in attempt.jobs)
            attempts.append(replace(attempt, jobs=jobs))
            lines.append(self._line(task, attempts[-1], now))
        return advance(task, now=now, attempts=tuple(attempts), **_who_cancelled(task, attempts)), lines

    def _may_close(self, task_id: str, attempt: Attempt, now: datetime) -> bool:
        if self._history is None or any(job.pack is not None for job in attempt.jobs):
            return True
        infos = [self._history.get((job.name, job.job_id or "")) for job in attempt.jobs if was_submitted(job.job_id)]
        if all(info is not None and info.state.is_over for info in infos):
            return True
        return now >= self._patience_ends.setdefault(task_id, now + _PATIENCE)

    def _of_pack(self, task: TaskMeta, attempt: Attempt, job: JobRecord) -> JobRecord:
        """Return the record of a shared job with this task's part of its figures."""
        own = self._measured(task, attempt, job)
        if own is None:
            return job
        elapsed_s, _, memory, start, end = own
        well = attempt is task.attempt and task.status is TaskStatus.COMPLETED
        # A task that ends by its own sentinel may have ended before any query of the queue showed its node.
        node = job.node or next((info.node for info in self._seen.get(job.name, ()) if info.job_id == job.job_id), None)
        return replace(
            job,
            node=node,
            state=JobState.COMPLETED.value if well else job.state,
            start_time=start,
            end_time=end,
            elapsed_s=round(elapsed_s),
            cpu_time_s=round(elapsed_s * (job.cpus or 1)),
            max_rss_bytes=memory,
        )

    def _with_figures(self, task: TaskMeta, attempt: Attempt, job: JobRecord) -> JobRecord:
        if job.pack is not None:
            return self._of_pack(task, attempt, job)
        info = (self._history or {}).get((job.name, job.job_id or ""))
        if info is not None and info.state.is_over:
            # OUT_OF_MEMORY was read from the job's log even if the accounting says FAILED.
            state = JobState.OUT_OF_MEMORY if job.state == JobState.OUT_OF_MEMORY else info.state
            job = with_info(job, replace(info, state=state, cancelled_by=user_name(info.cancelled_by)))
        if job.cpu_time_s is not None and job.max_rss_bytes is not None:
            return job
        own = self._measured(task, attempt, job)
        if own is None:
            return job
        elapsed_s, _, max_rss_bytes, start, end = own
        return replace(
            job,
            start_time=job.start_time or start,
            end_time=job.end_time or end,
            elapsed_s=job.elapsed_s if job.elapsed_s is not None else round(elapsed_s),
            max_rss_bytes=job.max_rss_bytes or max_rss_bytes,
        )

    def _measured(
        self, task: TaskMeta, attempt: Attempt, job: JobRecord
    ) -> tuple[float, float, int, datetime, datetime] | None:
        """Return what the job's stages measured: seconds, CPU seconds, peak memory, first start, last end."""
        folder = self._portal.task(task.task_id).attempt(attempt.number)
        found = []
        for stage in job.stages:
            if stage in attempt.reuse:
                continue
            try:
                sentinel = Sentinel.read(folder.stage(stage).sentinel)
            except (Unreadable, OSError):
                continue
            if sentinel is not None:
                found.append(sentinel)
        if not found:
            return None
        start = min(sentinel.started_at for sentinel in found)
        end = max(sentinel.ended_at for sentinel in found)
        # Each stage reports what its process had used so far, so that the last report covers everything.
        cpu_s = max(sentinel.usage.cpu_s for sentinel in found)
        memory = max(sentinel.usage.max_rss_bytes for sentinel in found)
        return (end - start).total_seconds(), cpu_s, memory, start, end

    def _line(self, task: TaskMeta, attempt: Attempt, now: datetime) -> UsageLine:
        measured = [own for job in attempt.jobs if (own := self._measured(task, attempt, job))]
        last = attempt is task.attempts[-1] or attempt.number == len(task.attempts)
        ended = max((job.end_time for job in attempt.jobs if job.end_time), default=None) or now
        starts = [job.start_time for job in attempt.jobs if job.start_time]
        asked = task.submission_time if attempt.number == 1 else attempt.created_at
        elapsed_s = sum(job.elapsed_s or 0 for job in attempt.jobs)
        memory = [job.max_rss_bytes for job in attempt.jobs if job.max_rss_bytes]
        return UsageLine(
            task_id=task.task_id,
            attempt=attempt.number,
            day=ended.astimezone(UTC).date().isoformat(),
            status=task.status.value if last else "failed",
            failure_kind=_failure(task, attempt.number),
            submitter=task.submitter,
            jobs=tuple(job.job_id or "" for job in attempt.jobs if was_submitted(job.job_id)),
            source="stages" if self._history is None or any(job.pack for job in attempt.jobs) else "sacct",
            wait_s=max(0.0, round((min(starts) - asked).total_seconds(), 1)) if starts else None,
            elapsed_s=elapsed_s,
            core_s=sum(job.cpu_time_s if job.cpu_time_s is not None else job.elapsed_s or 0 for job in attempt.jobs),
            used_cpu_s=round(sum(own[1] for own in measured), 3),
            max_rss_bytes=max(memory) if memory else None,
        )


def _is_unexplained(info: JobInfo) -> bool:
    return info.state is JobState.FAILED and info.source == "squeue" and info.exit_code is None


def _never_ran(info: JobInfo) -> bool:
    return info.state is JobState.CANCELLED and not info.elapsed_s


def _failure(task: TaskMeta, number: int) -> str | None:
    """Return why an attempt failed: the task's failure kind, or the reason of the next attempt."""
    if number == len(task.attempts):
        return task.failure_kind.value if task.failure_kind else None
    answer = task.attempts[number].reason
    return None if answer == "retry" else answer


def _who_cancelled(task: TaskMeta, attempts: list[Attempt]) -> dict[str, Any]:
    """Return the changes for a record that says `cancelled` but not by whom."""
    if task.failure_kind is not FailureKind.CANCELLED or task.cancelled_by is not None:
        return {}
    # The portal itself ended the other jobs after this one had failed; older records do not name it.
    jobs = [job for job in attempts[-1].jobs if task.decided_by in (None, job.name)]
    by = next((job.cancelled_by for job in jobs if job.cancelled_by), None)
    return {"cancelled_by": by, **error_fields(cancelled_on_cluster(by))} if by else {}
