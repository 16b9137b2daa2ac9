"""Recognise a job that was killed for its memory where SLURM's state does not say so.

With jobacct_gather/linux and OverMemoryKill the state is FAILED or CANCELLED and only the job's stderr tells why;
with cgroups it is OUT_OF_MEMORY. Texts: 20.11 to 26.05; since 26.05 the lines no longer begin with `slurmstepd:`.
"""

from __future__ import annotations

import re

# Whole sentences of SLURM's: a tool that says something of the kind in its own words is not believed.
_OVER_MEMORY = re.compile(
    r"^(?:(?:slurmstepd|srun)[^\n]*: )?error: (?:[^\n]*: )?(?:"
    r"(?:Job|Step|StepId=|JobId=)[^\n]* exceeded (?:job |step )?memory limit"
    r"|Exceeded (?:job|step) memory limit"
    r"|Detected \d+ oom[-_ ]kill event"
    r"|[^\n]*task \d+: Out Of Memory"
    r"|[^\n]*OOM Killed)",
    re.MULTILINE | re.IGNORECASE,
)


def exceeded_memory(log: str) -> bool:
    """Tell whether SLURM wrote into a job's log that it killed the job, or a part of it, for its memory."""
    return _OVER_MEMORY.search(log) is not None
