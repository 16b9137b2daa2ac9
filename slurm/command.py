"""Run SLURM's commands: argument lists, a time-out, a clean environment, no surviving processes."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from slurm.complaint import Complaint
from slurm.errors import CommandTimedOut, SchedulerUnavailable

# The variables that the commands need from the portal's environment. Everything else is removed: the portal's secrets,
# and SLURM_*, SBATCH_*, SQUEUE_*, SACCT_* ..., which change what the commands do and print.
PASSED_ON = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LD_LIBRARY_PATH",
    "KRB5CCNAME",
    "SLURM_CONF",
    "SLURM_CONF_SERVER",
    "SLURM_JWT",
)
# Makes times without a zone UTC, and messages those of the C locale.
FIXED = {"TZ": "UTC", "LC_ALL": "C.UTF-8"}

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class CommandResult:
    """How a command ended; stderr is kept even if the exit code is 0."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    duration_s: float

    @property
    def words(self) -> str:
        """Return what the command complained about, on one line."""
        return " ".join((self.stderr or self.stdout).split()) or f"exit code {self.returncode}"


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of an environment that a command may see."""
    return {name: environment[name] for name in PASSED_ON if name in environment} | FIXED


Observer = Callable[[str, float], None]
_observers: list[Observer] = []


def observe_commands(observer: Observer) -> None:
    """Report each command to `observer` from now on: its name and its duration (s). There is one observer at a time."""
    _observers[:] = [observer]


def run(argv: Sequence[str], *, timeout_s: float) -> CommandResult:
    """Run a command and return how it ended, whatever its exit code.

    It is killed if this process ends, and with its process group if it times out.

    Raises:
        CommandTimedOut: it did not end in time; it may have taken effect nevertheless.
        SchedulerUnavailable: it cannot be started.
    """
    begin = time.monotonic()
    environment = clean_environment(os.environ)
    program = shutil.which(argv[0], path=environment.get("PATH"))
    if program is None:
        raise SchedulerUnavailable(Complaint("command.not_found", program=argv[0]))
    guard = _guard()
    process = subprocess.Popen(
        [*guard, program, *argv[1:]],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        process_group=0,
        preexec_fn=None if guard else _die_with_parent,  # noqa: PLW1509 - one prctl(2), no lock, no allocation
    )
    with process:
        try:
            stdout, stderr = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise CommandTimedOut(Complaint("command.timed_out", program=argv[0], seconds=timeout_s)) from None
        finally:
            if process.poll() is None:
                _kill_group(process)
            for observer in _observers:
                observer(argv[0], time.monotonic() - begin)
    return CommandResult(tuple(argv), process.returncode, stdout, stderr, time.monotonic() - begin)


@cache
def _guard() -> tuple[str, ...]:
    """Return the command prefix that makes a command die with this process; empty without setpriv.

    setpriv (util-linux 2.33 and later) costs 1 ms. Without it, Python has to fork the whole poller for every command
    to do the same before exec: that costs 7 ms and is safe only if no other thread runs.
    """
    words = ("setpriv", "--pdeathsig", "KILL", "--")
    program = shutil.which(words[0], path=os.environ.get("PATH"))
    if program is None:
        return ()
    guard = (program, *words[1:])
    works = subprocess.run([*guard, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    return guard if works else ()


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _kill_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
