"""Recognise a job that was killed for exceeding its memory when SLURM's state does not say so.

With jobacct_gather/linux and OverMemoryKill the state is FAILED or CANCELLED and only the job's stderr says why;
with cgroups it is OUT_OF_MEMORY. Texts: 20.11 to 26.05; since 26.05 the lines begin with the time, and no longer with
`slurmstepd:`.
"""

from __future__ import annotations

import re

# Complete sentences from SLURM, so that a similar message from a tool does not match.
_OVER_MEMORY = re.compile(
    r"^(?:\[\d{4}-\d\d-\d\dT[\d:.]+\] )?(?:(?:slurmstepd|srun)[^\n]*: )?error: (?:[^\n]*: )?(?:"
    r"(?:Job|Step|StepId=|JobId=)[^\n]* exceeded (?:job |step )?memory limit"
    r"|Exceeded (?:job|step) memory limit"
    r"|Detected \d+ oom[-_ ]kill event"
    r"|[^\n]*task \d+: Out Of Memory"
    r"|[^\n]*OOM Killed)",
    re.MULTILINE | re.IGNORECASE,
)


def exceeded_memory(log: str) -> bool:
    """Tell whether a job's log says that SLURM killed the job, or a part of it, for exceeding its memory."""
    return _OVER_MEMORY.search(log) is not None
