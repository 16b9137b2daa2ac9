"""Shell lines that the job's script runs before Python: its files, the node's own environment, and the signals."""

from __future__ import annotations

import shlex
from pathlib import Path

from slurm.command import FIXED, PASSED_ON

# What the job keeps of the environment that sbatch was run in. The rest was for sbatch itself, a token among it.
_KEPT = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SLURM_CONF", "SLURM_CONF_SERVER"})
_FORGET = " ".join(("unset", *(name for name in (*PASSED_ON, *FIXED) if name not in _KEPT)))

# PATH as a shell on that node has it, and `module` where there is one.
_NODE = "if [ -r /etc/profile ]; then . /etc/profile; fi; export PATH"

# SLURM signals every process of the job. Python's answer counts: the shell waits for it and hands its exit code on;
# without this it would end at once, and slurmstepd would kill Python before that has said why it ends.
_SIGNALS = "trap : TERM INT USR1 USR2"


def preamble(setup: tuple[str, ...]) -> list[str]:
    """Return the lines; `setup` is what the site wants to be done before Python starts."""
    return [_FORGET, _NODE, *setup, _SIGNALS]


def belongings(folder: Path, pickle: Path) -> list[str]:
    """Return the lines that make the job independent of whoever submitted it.

    The pickle comes to the name that submitit's side of the job waits for, if the submitter has not put it there. An
    exit code other than 0 is left in `<job id>_exit`: not every site has accounts that tell it.
    """
    mine = f"{shlex.quote(str(folder))}/${{SLURM_JOB_ID}}"
    source, target = shlex.quote(str(pickle)), f"{mine}_submitted.pkl"
    bring = f"[ -e {target} ] || ln {source} {target} 2>/dev/null || cp {source} {target} 2>/dev/null"
    leave = f"code=$?; [ $code -eq 0 ] || echo $code > {mine}_exit; exit $code"
    return [bring, f"trap {shlex.quote(leave)} EXIT"]
