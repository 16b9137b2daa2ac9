"""Find the jobs of a name, to settle a submission with an unknown outcome.

| squeue and sacct | claim | answer |
|---|---|---|
| a job that waits or runs, or was cancelled | any | that job |
| a job that ended in another way | of that job | that job |
| a job that ended in another way | none | no job: it has done no work, and another job may do it |
| nothing | readable | the job of the claim, state UNKNOWN, source `claim` |
| nothing | none | no job: none of this name waits or runs, and none has worked; submitting is safe |
| any | unreadable for less than a minute | no answer |
| any | unreadable for longer | a job without an id, state UNKNOWN: no other job can claim the work any more |

A waiting or running job is always in squeue. A job that a still running sbatch adds later stops at the claim.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

from slurm.complaint import Complaint
from slurm.errors import SchedulerUnavailable
from slurm.own_files import read_tail
from slurm.types import JobInfo, JobState

# Stands for an unknown job id; no scheduler assigns it.
NOBODY = "0"
_SETTLED_S = 60.0
_LIMIT_BYTES = 64 * 1024
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


def bearers(name: str, infos: Sequence[JobInfo], claim: Path) -> tuple[JobInfo, ...]:
    """Return the jobs that count among those known of a name; none means that it is safe to submit again.

    Raises:
        SchedulerUnavailable: the claim was made just now and is not readable yet.
    """
    try:
        owner = _claimed_by(claim)
    except SchedulerUnavailable:
        if _age_s(claim) < _SETTLED_S:
            raise
        return (JobInfo(job_id=NOBODY, name=name, state=JobState.UNKNOWN, source="claim"),)
    found = tuple(
        info
        for info in infos
        if not info.state.is_over or info.state is JobState.CANCELLED or (owner is not None and info.job_id == owner)
    )
    if found or owner is None:
        return found
    return (JobInfo(job_id=owner, name=name, state=JobState.UNKNOWN, source="claim"),)


def _claimed_by(claim: Path) -> str | None:
    try:
        job_id = json.loads(read_tail(claim, _LIMIT_BYTES))["job_id"]
        if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
            raise ValueError(f"no job id: {job_id!r}")
        return job_id
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = error if isinstance(error, OSError) else repr(error)
        raise SchedulerUnavailable(Complaint("claim.unreadable", path=str(claim), reason=reason)) from error


def _age_s(claim: Path) -> float:
    try:
        return time.time() - claim.lstat().st_mtime
    except OSError:
        return 0.0
