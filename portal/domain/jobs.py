"""Job names in the portal and on the cluster, and the meaning of their runner's exit codes."""

from __future__ import annotations

import re
from functools import lru_cache

from portal.domain.status import FailureKind, PipelineStage

# Stands for the id of a job that was never submitted because its task was cancelled before.
NEVER_SUBMITTED = "none"

EXIT_COMPLETED = 0
EXIT_FAILED = 1  # a stage failed; its sentinel says why
EXIT_STOPPED = 2  # asked to end by a signal
EXIT_SUPERSEDED = 75  # EX_TEMPFAIL of sysexits.h: another job owns the stages
# For a job that can no longer write its sentinel, above all on a full disk. Numbers are from sysexits.h if it has one
# for the case, and from timeout(1).
_EXIT_OF_KIND = {
    FailureKind.INVALID_INPUT: 65,
    FailureKind.OUTPUT_MISSING: 66,
    FailureKind.OUT_OF_MEMORY: 71,
    FailureKind.DISK_FULL: 73,
    FailureKind.NOT_CONFIGURED: 78,
    FailureKind.TIMEOUT: 124,
}
_KIND_OF_EXIT = {code: kind for kind, code in _EXIT_OF_KIND.items()}
# From a shell whose program got SIGKILL, usually from the kernel because memory ran out.
EXIT_KILLED = 128 + 9

_PACK = "pack"
_JOB_NAME = re.compile(r"bt-(?P<task_id>[a-z2-7]{12})-(?P<stage>[a-z]+)-a(?P<attempt>[0-9]+)")


def exit_code_of(kind: FailureKind) -> int:
    """Return the exit code of a job whose stage failed with this kind."""
    return _EXIT_OF_KIND.get(kind, EXIT_FAILED)


def failure_of_exit(code: int | None) -> FailureKind | None:
    """Return the failure kind that an exit code alone implies; None if it implies none."""
    if code == EXIT_KILLED:
        return FailureKind.OUT_OF_MEMORY
    return None if code is None else _KIND_OF_EXIT.get(code)


def job_name(task_id: str, stage: PipelineStage, attempt: int) -> str:
    """Return the name of a job: bt-<task_id>-<stage>-a<attempt>."""
    return f"bt-{task_id}-{stage.value}-a{attempt}"


def pack_job_name(pack_id: str) -> str:
    """Return the name of the job that runs a pack of small genomes."""
    return f"bt-{pack_id}-{_PACK}-a1"


@lru_cache(maxsize=4096)  # asked of each live job many times in a cycle
def pack_of(name: str) -> str | None:
    """Return the pack id in a job's name; None if it is the job of a single task."""
    found = _JOB_NAME.fullmatch(name)
    return found["task_id"] if found and found["stage"] == _PACK else None


def read_job_name(name: str) -> tuple[str, int] | None:
    """Return task id and attempt from a job's name; None if it is not the job of a single task."""
    found = _JOB_NAME.fullmatch(name)
    return (found["task_id"], int(found["attempt"])) if found and found["stage"] != _PACK else None


def was_submitted(job_id: str | None) -> bool:
    """Tell whether a job's id in a record was assigned by a scheduler."""
    return job_id not in (None, NEVER_SUBMITTED)
