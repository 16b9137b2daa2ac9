"""Shell lines that the job's script runs before Python: its files, the node's environment and signal handling."""

from __future__ import annotations

import shlex
from pathlib import Path

from slurm.command import FIXED, PASSED_ON

# The variables that the job keeps from sbatch's environment. The rest, including a token, was for sbatch itself.
_KEPT = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SLURM_CONF", "SLURM_CONF_SERVER"})
_FORGET = " ".join(("unset", *(name for name in (*PASSED_ON, *FIXED) if name not in _KEPT)))

# Sets PATH as in a login shell on that node, and `module` if the node has it.
_NODE = "if [ -r /etc/profile ]; then . /etc/profile; fi; export PATH"

# SLURM signals every process of the job. The shell has to wait for Python and pass on its exit code. Without the trap
# it would end at once, and slurmstepd would kill Python before Python has recorded why it ends.
_SIGNALS = "trap : TERM INT USR1 USR2"


def preamble(setup: tuple[str, ...]) -> list[str]:
    """Return the lines; `setup` holds the site's own lines to run before Python starts."""
    return [_FORGET, _NODE, *setup, _SIGNALS]


def belongings(folder: Path, pickle: Path) -> list[str]:
    """Return the lines that make the job independent of the process that submitted it.

    They rename the pickle to the name that submitit waits for in the job, if the submitter has not done so. They write
    an exit code other than 0 to `<job id>_exit`, because not every site has accounting that records it.
    """
    mine = f"{shlex.quote(str(folder))}/${{SLURM_JOB_ID}}"
    source, target = shlex.quote(str(pickle)), f"{mine}_submitted.pkl"
    bring = f"[ -e {target} ] || ln {source} {target} 2>/dev/null || cp {source} {target} 2>/dev/null"
    leave = f"code=$?; [ $code -eq 0 ] || echo $code > {mine}_exit; exit $code"
    return [bring, f"trap {shlex.quote(leave)} EXIT"]
