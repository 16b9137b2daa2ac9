"""What a task's jobs on the cluster say on its page, where the reports of its stages are newer than the scheduler's."""

from __future__ import annotations

from portal.domain.status import PipelineStage
from portal.domain.task import JobRecord, TaskMeta
from slurm.types import JobState

# States of a job whose stage may be at work.
_AT_WORK = frozenset({JobState.RUNNING, JobState.SUSPENDED, JobState.UNKNOWN})


def is_handed_over(task: TaskMeta) -> bool:
    """Return whether the cluster has a job of the task."""
    return any(job.job_id for job in _jobs(task))


def is_started(task: TaskMeta) -> bool:
    """Return whether a job of the task's own runs; the job of a pack may be at another task."""
    return any(job.state == JobState.RUNNING and not job.pack for job in _jobs(task))


def is_suspended(task: TaskMeta) -> bool:
    """Return whether the scheduler has suspended a job of the task."""
    return any(job.state == JobState.SUSPENDED for job in _jobs(task))


def is_between_jobs(task: TaskMeta) -> bool:
    """Return whether a running task waits for the cluster again: the job of its next stage has not started."""
    stage = task.current_stage
    job = job_of(task, stage) if stage else None
    if stage is None or job is None or task.stage(stage).state != "waiting":
        return False
    return job.stages[0] is stage and job.state in (None, JobState.PENDING)


def job_of(task: TaskMeta, stage: PipelineStage) -> JobRecord | None:
    """Return the job of the current attempt that runs a stage."""
    return next((job for job in _jobs(task) if stage in job.stages), None)


def job_state(job: JobRecord, stage_state: str) -> str | None:
    """Return the scheduler's word for a job unless its stage has reported something newer."""
    known = job.state or ""
    if stage_state in ("done", "stopped") or (stage_state == "running" and known.upper() not in _AT_WORK):
        return None
    return job.raw_state or job.state


def _jobs(task: TaskMeta) -> tuple[JobRecord, ...]:
    return task.attempt.jobs if task.attempt else ()
