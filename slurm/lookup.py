"""Who bears a name: the answer to a submission of which nobody knows whether it was taken.

| squeue and sacct | claim | answer |
|---|---|---|
| a job that waits or runs, or was cancelled | any | it |
| a job that ended in another way | of that job | it |
| a job that ended in another way | none | nobody: it has done no work, and another job may |
| nothing | readable | the job of the claim, state UNKNOWN, source `claim` |
| nothing | none | nobody: no job of the name waits or runs, and none has worked; submitting is safe |
| any | illegible for less than a minute | no answer |
| any | illegible for longer | a job without an id, state UNKNOWN: whoever it was, no other one can claim the work |

A waiting or running job is always in squeue. What an sbatch that is still under way adds later ends at the claim.
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

# Stands for the id of a job that nobody knows; no scheduler gives it out.
NOBODY = "0"
_SETTLED_S = 60.0
_LIMIT_BYTES = 64 * 1024
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


def bearers(name: str, infos: Sequence[JobInfo], claim: Path) -> tuple[JobInfo, ...]:
    """Return the jobs of a name that count, of all that are known of it; none means that submitting again is safe.

    Raises:
        SchedulerUnavailable: there is a claim that was just made, but nothing legible in it (yet).
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
