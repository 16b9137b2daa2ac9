"""Locks between processes. Whoever can write into JOBS_DIR can hold one for ever, so that a wait for it has an end.

What has taken the place of a lock file (a folder, a FIFO, a symlink) holds nothing: it is removed, and the file made
anew. A lock counts only while its file still stands under its name.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

from portal.domain.errors import CorruptRecord, NotReady
from portal.domain.message import Message
from portal.files.safe_open import discard, open_to_append

log = logging.getLogger(__name__)

# Longer than anything of the portal's own holds one; shorter than a client waits.
LONGEST_WAIT_S = 3.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.05


def take_lock(handle: int, name: str, *, wait_s: float = LONGEST_WAIT_S) -> None:
    """Lock an open file until it is closed.

    Raises:
        NotReady: another process has held it all the while.
    """
    until, pause_s = time.monotonic() + wait_s, _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise NotReady(Message("record.locked", name=name)) from None
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        else:
            return


@contextlib.contextmanager
def locked(path: Path, name: str, *, wait_s: float = LONGEST_WAIT_S) -> Iterator[None]:
    """Hold a lock file, which is made if it is not there; `name` is what messages call it.

    Raises:
        FileNotFoundError: its folder does not exist.
        CorruptRecord: something else has taken the place of its folder.
        NotReady: another process has held it all the while.
        OSError: it cannot be made.
    """
    handle = _held(path, name, wait_s)
    try:
        yield
    finally:
        os.close(handle)


def _held(path: Path, name: str, wait_s: float) -> int:
    while True:
        handle = open_lock(path)
        try:
            take_lock(handle, name, wait_s=wait_s)
            if _stands(path, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # another process has removed what stood there and made it anew


def open_lock(path: Path) -> int:
    """Return a handle of a lock file; see `locked` for errors."""
    try:
        return open_to_append(path, mode=0o600)
    except CorruptRecord as error:
        log.error("%s is no lock file and is removed: %s", path, error.message)
        discard(path)
        return open_to_append(path, mode=0o600)


def _stands(path: Path, handle: int) -> bool:
    """Tell whether an open file is the one under its name."""
    own = os.fstat(handle)
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return (own.st_dev, own.st_ino) == (found.st_dev, found.st_ino)
