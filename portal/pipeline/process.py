"""Run one external program with an argument list, a log file, and limits that also apply to its children."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.domain.status import FailureKind

GRACE_S = 5.0
LOG_BYTES = 20_000_000
_POLL_S = 0.2
_DISK_EVERY_S = 2.0
_LINE_BYTES = 1 << 16


@dataclass(frozen=True)
class ToolExit:
    """How a program ended; `returncode` is negative for a signal, `log_cut` means that its output was truncated."""

    returncode: int
    seconds: float
    log_cut: bool


@dataclass(frozen=True)
class Limits:
    """What a program and its children may use.

    `cores` binds them to that many of the usable cores. `memory_bytes` limits the address space of each process.
    `folder_bytes` limits the disk space below `folder`, checked every two seconds.
    """

    timeout_s: float
    cores: int | None = None
    memory_bytes: int | None = None
    folder: Path | None = None
    folder_bytes: int | None = None
    log_bytes: int = LOG_BYTES


def run_tool(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    limits: Limits,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> ToolExit:
    """Run a program to its end; append its output and errors to `log`, and pass each line to `on_line`.

    The program leads a process group in this process's session. However this call ends, even by an exception from a
    signal handler, it first ends the whole group: SIGTERM, then SIGKILL after five seconds.

    Raises:
        StageError: it cannot be started (not_configured), took too long (timeout) or too much disk (disk_full).
    """
    started = time.monotonic()
    with log.open("ab") as stream, _sigterm_as_exit():
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        except OSError as error:
            message = Message("tool.cannot_start", program=argv[0], reason=os_reason(error))
            raise StageError(message, kind=FailureKind.NOT_CONFIGURED) from error
        try:
            _bind(process.pid, limits)
            output = _Output(process, stream, limits.log_bytes, on_line)
            _watch(process, output, argv[0], limits, started)
        finally:
            _end_group(process)
    return ToolExit(process.returncode, time.monotonic() - started, output.cut)


class _Output:
    """The program's output: written to the log up to a size, and passed to a listener line by line."""

    def __init__(
        self, process: subprocess.Popen[bytes], log: IO[bytes], log_bytes: int, on_line: Callable[[str], None] | None
    ) -> None:
        assert process.stdout is not None
        self._pipe = process.stdout
        self._log = log
        self._room = log_bytes
        self._on_line = on_line
        self._rest = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)
        self.open = True
        self.cut = False

    def read(self, wait_s: float) -> None:
        """Read the available output, waiting for a limited time."""
        if not self._selector.select(wait_s):
            return
        data = os.read(self._pipe.fileno(), _LINE_BYTES)
        if not data:
            self.open = False
            self._selector.close()
            self._pipe.close()
            self._say(self._rest)
            return
        kept = data[: self._room]
        self._room -= len(kept)
        self._log.write(kept)
        self._log.flush()
        if len(kept) < len(data) and not self.cut:
            self.cut = True
            self._log.write(b"\n[the rest of the output was not kept]\n")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._say(line)
        self._rest = self._rest[-_LINE_BYTES:]

    def _say(self, line: bytes) -> None:
        if self._on_line is not None and line.strip():
            self._on_line(line.decode("utf-8", errors="replace").rstrip())


def _watch(process: subprocess.Popen[bytes], output: _Output, name: str, limits: Limits, started: float) -> None:
    """Read until the program ends; do not wait for children that it leaves behind."""
    disk_look = started
    while not _has_ended(process):
        now = time.monotonic()
        if now - started > limits.timeout_s:
            message = Message("tool.time_limit", program=name, seconds=limits.timeout_s)
            raise StageError(message, kind=FailureKind.TIMEOUT)
        if limits.folder is not None and limits.folder_bytes is not None and now - disk_look >= _DISK_EVERY_S:
            disk_look = now
            if folder_bytes(limits.folder) > limits.folder_bytes:
                message = Message("tool.scratch_limit", program=name, gigabytes=limits.folder_bytes / 1e9)
                raise StageError(message, kind=FailureKind.DISK_FULL)
        if output.open:
            output.read(_POLL_S)
        else:
            time.sleep(_POLL_S)
    last_look = time.monotonic()
    while output.open and time.monotonic() - last_look < 2 * _POLL_S:
        output.read(_POLL_S)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the leader is a zombie; it is not reaped yet, so that its number still identifies its group."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the rest of the group, then reap its leader."""
    if not _has_ended(process):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while not _has_ended(process) and time.monotonic() < deadline:
            time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _bind(pid: int, limits: Limits) -> None:
    """Set cores and memory right after the start; children started later inherit them."""
    with contextlib.suppress(ProcessLookupError):
        if limits.cores is not None:
            usable = sorted(os.sched_getaffinity(0))
            if limits.cores < len(usable):
                # A random choice: several jobs on one machine must not all use the same cores.
                os.sched_setaffinity(pid, random.sample(usable, max(1, limits.cores)))
        if limits.memory_bytes is not None:
            resource.prlimit(pid, resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def folder_bytes(folder: Path) -> int:
    """Return the disk usage of a folder in bytes, without files that vanish meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder, onerror=lambda _: None):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(parent, name).lstat().st_blocks * 512
    return total


@contextlib.contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """If nothing handles SIGTERM (a stage run by hand), turn it into an exception, so that the program ends with us."""
    is_default = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not is_default or threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
