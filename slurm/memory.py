"""Recognise a job that was killed for its memory where SLURM's state does not say so.

With jobacct_gather/linux and OverMemoryKill the state is FAILED or CANCELLED and only the job's stderr tells why;
with cgroups it is OUT_OF_MEMORY. Texts: slurmstepd of 20.11 to 24.11, seen on 22.05.
"""

from __future__ import annotations

import re
from pathlib import Path

_TAIL_BYTES = 64 * 1024
_OVER_MEMORY = re.compile(
    r"^(?:slurmstepd|srun)[^\n]*: error: [^\n]*(?:exceeded (?:job |step )?memory limit|oom[-_]kill event|OOM Killed"
    r"|Out Of Memory)",
    re.MULTILINE | re.IGNORECASE,
)


def exceeded_memory(log: str) -> bool:
    """Tell whether SLURM wrote into a job's log that it killed the job, or a part of it, for its memory."""
    return _OVER_MEMORY.search(log) is not None


def log_shows_exceeded_memory(folder: Path, job_id: str) -> bool:
    """Look at the end of a job's stderr, which submitit put into `folder` or a folder in it."""
    name = f"{job_id}_0_log.err"
    try:
        return any(exceeded_memory(_tail(log)) for log in (*folder.glob(name), *folder.glob(f"*/{name}")))
    except OSError:
        return False


def _tail(path: Path) -> str:
    with path.open("rb") as log:
        log.seek(0, 2)
        log.seek(max(0, log.tell() - _TAIL_BYTES))
        return log.read().decode("utf-8", errors="replace")
