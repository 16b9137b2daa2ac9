"""Stuck tasks: tasks that wait for a reason that persists until somebody acts, or have waited for long. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.complaint import reason_message
from portal.domain.message import Message, verbatim
from portal.domain.task import JobRecord, TaskMeta
from slurm.reasons import does_not_pass

_OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"})
_COMMANDS = {
    "JobHeldUser": "scontrol release {job}",
    "JobHeldAdmin": "scontrol release {job}",
    "Suspended": "scontrol resume {job}",
    "DependencyNeverSatisfied": "scancel {job}",
    "draining": "btportal admin resume",
}


@dataclass(frozen=True)
class StuckTask:
    """A stuck task: since when, which job, the scheduler's reason, its wording, and the remedy."""

    task_id: str
    status: str
    since: datetime
    waits: timedelta
    job: str | None
    reason: str
    words: Message
    mend: Message | None


def stuck_tasks(
    tasks: Iterable[TaskMeta], *, now: datetime, patience: timedelta, why: Callable[[TaskMeta], str | None]
) -> list[StuckTask]:
    """Return the stuck tasks, the longest waiting first.

    `why` returns what prevents a task's first job. A reason that persists until somebody acts counts at once, any other
    wait after `patience`.
    """
    found = [_look(task, now, why) for task in tasks if not task.status.is_final]
    stuck = [each for each in found if each is not None]
    chosen = [each for each in stuck if each.waits >= patience or does_not_pass(each.reason) or each.mend]
    return sorted(chosen, key=lambda each: (each.since, each.task_id))


def _look(task: TaskMeta, now: datetime, why: Callable[[TaskMeta], str | None]) -> StuckTask | None:
    job = _current(task)
    reason = task.pending_reason or why(task) or ("slot" if not task.is_active else None)
    later = _held_behind(task, job)
    if later is not None and not does_not_pass(reason):
        job, reason = later, later.reason
    elif (job is not None and job.state == "RUNNING") or (reason is None and (job is None or job.state != "PENDING")):
        return None
    reason = reason or "None"
    since = _since(task, job)
    job_id = job.job_id if job else None
    return StuckTask(
        task_id=task.task_id,
        status=task.status.value,
        since=since,
        waits=now - since,
        job=job_id,
        reason=reason,
        words=words_of(reason),
        mend=_mend(reason, job_id or "JOBID"),
    )


def _current(task: TaskMeta) -> JobRecord | None:
    jobs = task.attempt.jobs if task.attempt else ()
    return next((job for job in jobs if job.state not in _OVER), None)


def _held_behind(task: TaskMeta, current: JobRecord | None) -> JobRecord | None:
    """Return a later job that will not start by itself once the current one has ended, such as a held one."""
    jobs = task.attempt.jobs if task.attempt else ()
    behind = [job for job in jobs if job.state == "PENDING" and job is not current]
    return next((job for job in behind if does_not_pass(job.reason)), None)


def _since(task: TaskMeta, job: JobRecord | None) -> datetime:
    if job is not None and job.submit_time is not None:
        return job.submit_time
    return task.attempt.created_at if task.attempt else task.submission_time


def words_of(reason: str) -> Message:
    """Return in plain words why a task waits, because of an operator's switch or the scheduler."""
    if reason == "draining":
        return Message("stuck.draining")
    return Message("stuck.slot") if reason == "slot" else reason_message(reason)


def _mend(reason: str, job: str) -> Message | None:
    if reason in _COMMANDS:
        return verbatim(_COMMANDS[reason].format(job=job))
    if reason == "PartitionTimeLimit":
        return Message("stuck.time_limit")
    return Message("stuck.jobs_do_not_start") if reason == "JobsDoNotStart" else None
