"""What does not move: tasks that wait for something which does not pass by itself, or have waited for long. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.task import JobRecord, TaskMeta
from slurm.reasons import explain

_OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"})
_MEND = {
    "JobHeldUser": "scontrol release {job}",
    "JobHeldAdmin": "scontrol release {job}",
    "Suspended": "scontrol resume {job}",
    "DependencyNeverSatisfied": "scancel {job}",
    "PartitionTimeLimit": "lower TASK_TIMEOUT, or choose another SLURM_PARTITION",
    "draining": "btportal admin resume",
    "JobsDoNotStart": "mend what the alarm says (JOB_SETUP, Python, JOBS_DIR on the nodes), then restart the poller",
    "slot": "",
}


@dataclass(frozen=True)
class StuckTask:
    """A task that does not move: since when, which job, the scheduler's reason, in words, and what mends it."""

    task_id: str
    status: str
    since: datetime
    waits: timedelta
    job: str | None
    reason: str
    words: str
    mend: str


def stuck_tasks(
    tasks: Iterable[TaskMeta], *, now: datetime, patience: timedelta, why: Callable[[TaskMeta], str | None]
) -> list[StuckTask]:
    """Return the tasks that are stuck, the one that waits longest first.

    `why` says what keeps a task from its first job. A reason that does not pass by itself counts at once, every other
    wait after `patience`.
    """
    found = [_look(task, now, why) for task in tasks if not task.status.is_final]
    stuck = [each for each in found if each is not None]
    chosen = [each for each in stuck if each.waits >= patience or explain(each.reason).stuck or _MEND.get(each.reason)]
    return sorted(chosen, key=lambda each: (each.since, each.task_id))


def _look(task: TaskMeta, now: datetime, why: Callable[[TaskMeta], str | None]) -> StuckTask | None:
    job = _current(task)
    if job is not None and job.state == "RUNNING":
        return None
    reason = task.pending_reason or why(task) or ("slot" if not task.is_active else None)
    if reason is None and (job is None or job.state != "PENDING"):
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
        words=_words(reason),
        mend=_MEND.get(reason, "").format(job=job_id or "JOBID"),
    )


def _current(task: TaskMeta) -> JobRecord | None:
    jobs = task.attempt.jobs if task.attempt else ()
    return next((job for job in jobs if job.state not in _OVER), None)


def _since(task: TaskMeta, job: JobRecord | None) -> datetime:
    if job is not None and job.submit_time is not None:
        return job.submit_time
    return task.attempt.created_at if task.attempt else task.submission_time


def _words(reason: str) -> str:
    own = {"draining": "The operator lets nothing new start.", "slot": "All places for running tasks are taken."}
    return own.get(reason) or explain(reason).en
