"""SLURM's job states, as one table.

Source: SLURM's manual, "Job State Codes" (base states and flags, 24.11) and the sections of that name in squeue(1) and
sacct(1) of 22.05 to 25.05. squeue and sacct print one word: a flag replaces the base state, so each flag is mapped to
the state that fits it best. A flag never ends a job: the job has not ended until its base state is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from slurm.types import JobState

BASE_STATES: dict[str, JobState] = {
    state.value: state for state in JobState if state not in (JobState.UNKNOWN, JobState.REVOKED)
}

FLAGS: dict[str, JobState] = {
    "COMPLETING": JobState.RUNNING,  # some processes are still ending; the final state follows
    "CONFIGURING": JobState.PENDING,  # its nodes are still booting
    "EXPEDITING": JobState.PENDING,  # requeued, to be started before others
    "LAUNCH_FAILED": JobState.PENDING,  # could not be started; waits to be tried again
    "POWER_UP_NODE": JobState.PENDING,  # its node is being switched on
    "RECONFIG_FAIL": JobState.PENDING,  # its node could not be configured
    "REQUEUED": JobState.PENDING,
    "REQUEUE_FED": JobState.PENDING,
    "REQUEUE_HOLD": JobState.PENDING,
    "RESIZING": JobState.RUNNING,
    "RESV_DEL_HOLD": JobState.PENDING,  # held: its reservation was deleted
    "REVOKED": JobState.REVOKED,  # a sibling started on another cluster: this one will never run
    "SIGNALING": JobState.RUNNING,
    "SPECIAL_EXIT": JobState.PENDING,  # requeued and held by the site's epilog
    "STAGE_OUT": JobState.RUNNING,  # a burst buffer is still writing
    "STOPPED": JobState.SUSPENDED,  # stopped by a signal, keeps its cores
    "UPDATE_DB": JobState.RUNNING,
}


@dataclass(frozen=True)
class StateWords:
    """A state as SLURM prints it, split into its parts."""

    state: JobState
    flags: tuple[str, ...] = ()
    cancelled_by: str | None = None


def read_state(text: str) -> StateWords:
    """Parse `RUNNING`, `CANCELLED by 1000`, `COMPLETING` or a list such as `RUNNING,SIGNALING`.

    A word that is missing from the tables makes the state UNKNOWN.
    """
    head, _, rest = text.strip().partition(" ")
    words = [word for word in re.split(r"[,+|]", head.upper()) if word]
    base = [BASE_STATES[word] for word in words if word in BASE_STATES]
    flags = tuple(word for word in words if word in FLAGS)
    if not words or len(base) + len(flags) < len(words) or len(base) > 1:
        return StateWords(JobState.UNKNOWN, flags)
    state = base[0] if base else FLAGS[flags[0]]
    if base and "COMPLETING" in flags:
        state = JobState.RUNNING
    by = re.fullmatch(r"by (\S+)", rest.strip())
    return StateWords(state, flags, by[1] if by else None)
