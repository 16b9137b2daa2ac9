"""Jobs as portal and cluster name them, and what their runner's exit codes mean."""

from __future__ import annotations

import re

from portal.domain.status import PipelineStage

# Stands for the id of a job that was never submitted, as its task was cancelled before.
NEVER_SUBMITTED = "none"

EXIT_COMPLETED = 0
EXIT_FAILED = 1  # a stage failed
EXIT_STOPPED = 2  # told to end, or out of time
EXIT_SUPERSEDED = 75  # EX_TEMPFAIL of sysexits.h: another job owns the stages

_JOB_NAME = re.compile(r"bt-(?P<task_id>[a-z2-7]{12})-(?P<stage>[a-z]+)-a(?P<attempt>[0-9]+)")


def job_name(task_id: str, stage: PipelineStage, attempt: int) -> str:
    """Return the name of a job: bt-<task_id>-<stage>-a<attempt>."""
    return f"bt-{task_id}-{stage.value}-a{attempt}"


def read_job_name(name: str) -> tuple[str, int] | None:
    """Return task id and attempt from a job's name; None where it is not one of a task."""
    found = _JOB_NAME.fullmatch(name)
    return (found["task_id"], int(found["attempt"])) if found else None


def was_submitted(job_id: str | None) -> bool:
    """Tell whether a job's id in a record is one that a scheduler gave out."""
    return job_id not in (None, NEVER_SUBMITTED)
