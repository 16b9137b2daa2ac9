"""A lock between processes on one file, on POSIX and Windows."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def locked(path: Path, *, poll_s: float = 0.1) -> Iterator[None]:
    """Hold the lock of a file; wait while another process holds it. The lock is released when the process ends."""
    with path.open("a+b") as stream:
        stream.seek(0)
        while not _try_lock(stream.fileno()):
            time.sleep(poll_s)
        yield
