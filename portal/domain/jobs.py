"""Jobs as portal and cluster name them, and what their runner's exit codes mean."""

from __future__ import annotations

import re

from portal.domain.status import FailureKind, PipelineStage

# Stands for the id of a job that was never submitted, as its task was cancelled before.
NEVER_SUBMITTED = "none"

EXIT_COMPLETED = 0
EXIT_FAILED = 1  # a stage failed; its sentinel says why
EXIT_STOPPED = 2  # told to end
EXIT_SUPERSEDED = 75  # EX_TEMPFAIL of sysexits.h: another job owns the stages
# What a job says that cannot write its sentinel any more, a full disk above all. Numbers of sysexits.h where it has one
# for the case, and that of timeout(1).
_EXIT_OF_KIND = {
    FailureKind.INVALID_INPUT: 65,
    FailureKind.OUTPUT_MISSING: 66,
    FailureKind.OUT_OF_MEMORY: 71,
    FailureKind.DISK_FULL: 73,
    FailureKind.NOT_CONFIGURED: 78,
    FailureKind.TIMEOUT: 124,
}
_KIND_OF_EXIT = {code: kind for kind, code in _EXIT_OF_KIND.items()}
# Of a shell whose program got SIGKILL: by the kernel, as a rule, because memory ran out.
EXIT_KILLED = 128 + 9

_PACK = "pack"
_JOB_NAME = re.compile(r"bt-(?P<task_id>[a-z2-7]{12})-(?P<stage>[a-z]+)-a(?P<attempt>[0-9]+)")


def exit_code_of(kind: FailureKind) -> int:
    """Return the code that a job ends with whose stage failed in this way."""
    return _EXIT_OF_KIND.get(kind, EXIT_FAILED)


def failure_of_exit(code: int | None) -> FailureKind | None:
    """Return what an exit code alone says about a failure; None where it says nothing of its own."""
    if code == EXIT_KILLED:
        return FailureKind.OUT_OF_MEMORY
    return None if code is None else _KIND_OF_EXIT.get(code)


def job_name(task_id: str, stage: PipelineStage, attempt: int) -> str:
    """Return the name of a job: bt-<task_id>-<stage>-a<attempt>."""
    return f"bt-{task_id}-{stage.value}-a{attempt}"


def pack_job_name(pack_id: str) -> str:
    """Return the name of the job that works off a pack of small genomes."""
    return f"bt-{pack_id}-{_PACK}-a1"


def pack_of(name: str) -> str | None:
    """Return the id of the pack that a job's name stands for; None where it is the job of one task."""
    found = _JOB_NAME.fullmatch(name)
    return found["task_id"] if found and found["stage"] == _PACK else None


def read_job_name(name: str) -> tuple[str, int] | None:
    """Return task id and attempt from a job's name; None where it is not one of a single task."""
    found = _JOB_NAME.fullmatch(name)
    return (found["task_id"], int(found["attempt"])) if found and found["stage"] != _PACK else None


def was_submitted(job_id: str | None) -> bool:
    """Tell whether a job's id in a record is one that a scheduler gave out."""
    return job_id not in (None, NEVER_SUBMITTED)
