"""Start a daemon in the foreground as a child, wait until it answers, end it; and end whole process trees."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


class ClusterFailed(Exception):
    """The cluster, or one part of it, does not start or answer; the text has the end of its log."""


def die_with_parent() -> None:
    """Have this process end with SIGTERM when the one that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Make this process the parent of all orphans below it, so that none can get away."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def children_of(pid: int) -> list[int]:
    """Return the direct children of a process; none where it ends meanwhile."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += [int(word) for word in (thread / "children").read_text().split()]
    return found


def tree_of(pid: int) -> list[int]:
    """Return all processes below `pid`, parents first."""
    found: list[int] = []
    for child in children_of(pid):
        found += [child, *tree_of(child)]
    return found


def kill_all(pids: Sequence[int]) -> None:
    """End processes at once; one that is gone already is no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def environment_of(pid: int) -> set[str]:
    """Return the environment a process was started with, as NAME=VALUE."""
    try:
        return set(Path(f"/proc/{pid}/environ").read_text(errors="replace").split("\0"))
    except OSError:
        return set()


def listeners_below(folder: Path) -> set[str]:
    """Return what /proc calls the sockets with a name in a folder, as in the links of a process's open files."""
    rows = [line.split() for line in Path("/proc/net/unix").read_text(errors="replace").splitlines()]
    return {f"socket:[{row[6]}]" for row in rows if len(row) == 8 and Path(row[7]).parent == folder}


def has_open(pid: int, files: set[str]) -> bool:
    """Tell whether a process has one of these open."""
    with contextlib.suppress(OSError):
        return any(str(entry.readlink()) in files for entry in Path(f"/proc/{pid}/fd").iterdir())
    return False


class Daemon:
    """One daemon of the cluster, a child of this process, its output in a log file."""

    def __init__(self, name: str, argv: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._argv = list(argv)
        self._log = log
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, ready: Callable[[], bool], *, timeout_s: float = 60) -> None:
        """Start the daemon and return as soon as `ready()` says so."""
        if self.is_running:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl(2)
            )
        self.wait(ready, timeout_s=timeout_s)

    def wait(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait until `ready()`, and say why when the daemon ends or the time is over."""
        end = time.monotonic() + timeout_s
        while not ready():
            if not self.is_running:
                raise ClusterFailed(f"{self.name} ended at its start; its log ends:\n{self._log_tail()}")
            if time.monotonic() > end:
                raise ClusterFailed(f"{self.name} did not answer within {timeout_s:g} s; log:\n{self._log_tail()}")
            time.sleep(0.05)

    def stop(self, *, timeout_s: float = 30) -> None:
        """End the daemon the way an administrator does, by SIGTERM; by SIGKILL when it does not obey."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the daemon at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal, such as SIGSTOP for a daemon that hangs."""
        if self._process is not None:
            self._process.send_signal(number)

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return self._log.read_text(errors="replace")[-2000:]
        return "(no log)"
