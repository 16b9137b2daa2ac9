"""Who bears a name: the answer to a submission of which nobody knows whether it was taken.

| squeue and sacct | claim | answer |
|---|---|---|
| a job that waits or runs, or was cancelled | any | it |
| a job that ended in another way | of that job | it |
| a job that ended in another way | none | nobody: it has done no work, and another job may |
| nothing | readable | the job of the claim, state UNKNOWN, source `claim` |
| nothing | none | nobody: no job of the name waits or runs, and none has worked; submitting is safe |
| any | illegible | no answer |

A waiting or running job is always in squeue. What an sbatch that is still under way adds later ends at the claim.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from slurm.errors import SchedulerUnavailable
from slurm.types import JobInfo, JobState


def bearers(name: str, infos: Sequence[JobInfo], claim: Path) -> tuple[JobInfo, ...]:
    """Return the jobs of a name that count, of all that are known of it; none means that submitting again is safe.

    Raises:
        SchedulerUnavailable: there is a claim, but nothing legible in it (yet).
    """
    owner = _claimed_by(claim)
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
        return str(json.loads(claim.read_text())["job_id"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchedulerUnavailable(f"the claim {claim} cannot be read: {error}") from error
