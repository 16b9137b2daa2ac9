"""Update a task's record from the scheduler and the job's reports, without interpreting them."""

from __future__ import annotations

import pwd
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from portal.domain.status import TaskStatus
from portal.domain.task import JobRecord, TaskMeta, advance
from portal.files.taskdir import PortalDir
from portal.poller.job_outcome import JobEvidence
from portal.poller.observe import Observation
from portal.ports import Scheduler
from slurm.types import JobInfo, JobState, Snapshot

# A job that was submitted this long before its intent belongs to a cluster whose ids started again.
_CLOCK_SKEW = timedelta(minutes=10)


# The web shows when the scheduler was last queried; it warns after 90 s.
_SYNC_SHOWN = timedelta(seconds=30)
_OVER = frozenset(state.value for state in JobState if state.is_over)


def with_info(job: JobRecord, info: JobInfo, *, keep_elapsed: bool = False) -> JobRecord:
    """Return a job's record updated with the scheduler's information; missing values keep the old ones.

    Without a change it is the record itself. `keep_elapsed`: the elapsed time stays as it was.
    """
    told: dict[str, Any] = {
        "job_id": info.job_id,
        "state": info.state.value,
        "raw_state": info.raw_state or None,
        "reason": info.reason,
        "submit_time": info.submit_time or job.submit_time,
        "start_time": info.start_time or job.start_time,
        "end_time": info.end_time or job.end_time,
        "start_estimate": info.start_estimate,
        "exit_code": job.exit_code if info.exit_code is None else info.exit_code,
        "cancelled_by": info.cancelled_by or job.cancelled_by,
        "node": info.node or job.node,
        "cpus": info.cpus or job.cpus,
        # A job of less than a second took 0 s: that is a valid value.
        "elapsed_s": job.elapsed_s if keep_elapsed or info.elapsed_s is None else info.elapsed_s,
        "cpu_time_s": job.cpu_time_s if info.cpu_time_s is None else info.cpu_time_s,
        "max_rss_bytes": info.max_rss_bytes or job.max_rss_bytes,
        "absent_since": None,
    }
    before = vars(job)
    changes = {name: value for name, value in told.items() if before[name] != value}
    return replace(job, **changes) if changes else job  # a new record costs more than the comparison


_IN_A_PACK = "SharedJob"  # a name in slurm.reasons


def _pending_reason(jobs: tuple[JobRecord, ...], before: str | None) -> str | None:
    """Return why the next job waits, unless the second job just waits for the first.

    `before` is the reason so far: the scheduler reports nothing about a job that was not submitted.
    """
    current = next((job for job in jobs if job.state not in _OVER), None)
    if current is None:
        return None
    if current.job_id is None:
        return before
    if current.state == JobState.SUSPENDED:
        return "Suspended"
    if current.pack is not None and current.state == JobState.RUNNING:
        return _IN_A_PACK  # until one of its own stages reports
    return current.reason if current.state == JobState.PENDING and current.reason != "Dependency" else None


def user_name(uid: str | None) -> str | None:
    """Return the name of a user id if this host knows it, else the id."""
    if uid is None or not uid.isdecimal():
        return uid
    try:
        return pwd.getpwuid(int(uid)).pw_name
    except (KeyError, OverflowError):
        return uid


class RecordSync:
    """Queries the scheduler and updates records with the answers."""

    def __init__(self, portal: PortalDir, scheduler: Scheduler) -> None:
        self._portal = portal
        self._scheduler = scheduler

    def look(self, active: Iterable[TaskMeta]) -> Snapshot:
        """Query the scheduler once for all jobs of the active tasks, including jobs that may have been submitted."""
        wanted = {}
        for task in active:
            assert task.attempt is not None
            folder = self._portal.task(task.task_id).attempt(task.attempt.number)
            for job in task.attempt.jobs:
                files = self._portal.pack(job.pack) if job.pack else folder.job(job.stages[0])
                if job.job_id is not None or files.intent.exists():
                    wanted[job.name] = (job.intent_time, files.claim)
        return self._scheduler.snapshot(wanted)

    def show(self, task: TaskMeta, observation: Observation, now: datetime) -> TaskMeta:
        """Return the record with the reported progress; a stage that reports has begun, whatever the scheduler says."""
        status = TaskStatus.RUNNING if observation.begun and task.status is TaskStatus.QUEUED else task.status
        reason = None if observation.begun and task.pending_reason == _IN_A_PACK else task.pending_reason
        return advance(
            task,
            now=now,
            status=status,
            pending_reason=reason,
            progress=observation.progress,
            current_stage=observation.current_stage or task.current_stage,
            stages=observation.stage_records(),
        )

    def update_jobs(self, task: TaskMeta, observation: Observation, snapshot: Snapshot, now: datetime) -> TaskMeta:
        """Return the record updated with the scheduler's information about its jobs."""
        attempt = task.attempt
        if attempt is None or not snapshot.known:
            return task
        jobs = tuple(self._update_job(job, observation, snapshot, now) for job in attempt.jobs)
        changed = jobs != attempt.jobs
        return self._synced(
            task,
            now,
            attempts=(*task.attempts[:-1], replace(attempt, jobs=jobs)) if changed else task.attempts,
            pending_reason=_pending_reason(jobs, task.pending_reason),
        )

    @staticmethod
    def _synced(task: TaskMeta, now: datetime, **changes: Any) -> TaskMeta:
        """Return the record with the changes, and the query's time if that is worth a separate write."""
        changed = advance(task, now=now, **changes)
        if changed is task and task.last_synced is not None and now - task.last_synced < _SYNC_SHOWN:
            return task
        return advance(changed, now=now, last_synced=now)

    @staticmethod
    def measure_anew(task: TaskMeta, now: datetime) -> TaskMeta:
        """Return the record with the waits for missing jobs reset; the next snapshot starts them again."""
        attempt = task.attempt
        if attempt is None or all(job.absent_since is None for job in attempt.jobs):
            return task
        jobs = tuple(replace(job, absent_since=None) for job in attempt.jobs)
        return advance(task, now=now, attempts=(*task.attempts[:-1], replace(attempt, jobs=jobs)))

    def _update_job(self, job: JobRecord, observation: Observation, snapshot: Snapshot, now: datetime) -> JobRecord:
        if job.job_id is None:
            return job  # the dispatcher looks up the jobs of its name and records the result
        info = self.info(job, observation, snapshot)
        if info is None:
            return replace(job, absent_since=job.absent_since or now)
        # A running job's elapsed time alone is not worth a write.
        return with_info(job, info, keep_elapsed=job.state == info.state.value and not info.state.is_over)

    @staticmethod
    def info(job: JobRecord, observation: Observation, snapshot: Snapshot) -> JobInfo | None:
        """Return the scheduler's information on the decisive job: the one with the claim, else the recorded one."""
        infos = [
            info
            for info in snapshot.of(job.name)
            if info.submit_time is None or info.submit_time > job.intent_time - _CLOCK_SKEW
        ]
        claimed_by = observation.claims.get(job.name)
        for wanted in (claimed_by, job.job_id):
            for info in infos:
                if info.job_id == wanted:
                    by = user_name(info.cancelled_by)
                    return info if by == info.cancelled_by else replace(info, cancelled_by=by)
        return None

    def evidence(self, job: JobRecord, observation: Observation, snapshot: Snapshot) -> JobEvidence:
        """Return all evidence about one job."""
        sentinel, files_ok = observation.job_sentinel(job)
        return JobEvidence(
            known=snapshot.known,
            accounting=snapshot.accounting,
            info=self.info(job, observation, snapshot),
            sentinel=sentinel,
            files_ok=files_ok,
            absent_since=job.absent_since,
            claimed_by=observation.claims.get(job.name),
            restarted=job.name in observation.restarted,
            shared=job.pack is not None,
            pack_began=observation.pack_began,
            stopped=observation.stopped,
            time_limit_s=job.time_limit_s,
            memory_gb=job.memory_gb,
        )

    def extras(self, task: TaskMeta, snapshot: Snapshot) -> list[str]:
        """Return the ids of live jobs that have this task's names but are not its own."""
        attempt = task.attempt
        if attempt is None:
            return []
        return [
            info.job_id
            for job in attempt.jobs
            if job.job_id is not None
            for info in snapshot.of(job.name)
            if info.job_id != job.job_id and not info.state.is_over
        ]
