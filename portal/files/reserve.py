"""Disk space reserved for what must be written on a full disk: wishes, switches, records, jobs' reports.

`.portal/reserve/` holds some files with real blocks and some empty ones. If the disk is full while data of an existing
task or of an operator's action is written, the writer removes one file with blocks and some empty ones and tries again.
New work never uses the reserve. The poller refills it once there is room. As it consists of files, any process can
use it directly.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from portal.domain.errors import StorageFull
from portal.files.room import Room
from portal.files.safe_open import below_jobs_dir, discard, is_there

T = TypeVar("T")

BLOCKS = 16
_MOST_BYTES = 4 * 1024**2
_PAGE = 4096
_SHARE = 50  # 1/50 of the disk's bytes and of its free inodes
_MOST_INODES = 48
# Folders that new work writes to; on a full disk it is refused instead.
_NEW_WORK = frozenset({"incoming", "admission", "submissions", "compare", "reserve", "references"})


def with_reserve(path: Path, write: Callable[[], T]) -> T:
    """Call `write` for a file below JOBS_DIR; on a full disk release the reserve piece by piece and try again.

    Raises:
        StorageFull: there is no room and no reserve, or the file may not use it.
    """
    while True:
        try:
            return write()
        except StorageFull as error:
            # A limit on file sizes is not a full disk.
            too_large = isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EFBIG
            if too_large or not _give_up(path):
                raise


def _give_up(path: Path) -> bool:
    root, parts = below_jobs_dir(path)
    if len(parts) < 2 or (parts[0] == ".portal" and parts[1] in _NEW_WORK):
        return False
    folder = Path(root, ".portal", "reserve")
    return any([_drop_one(folder, "block-*"), *(_drop_one(folder, "inode-*") for _ in range(3))])


def _drop_one(folder: Path, pattern: str) -> bool:
    for held in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if is_there(held):
                discard(held)
                return True
    return False


def fill_reserve(own: Path, floor_bytes: int) -> None:
    """Refill the reserve in `.portal`, as long as the disk stays above its floor.

    Raises:
        OSError: there is no room for it after all.
    """
    folder = own / "reserve"
    folder.mkdir(exist_ok=True)
    present = {entry.name for entry in folder.iterdir()}
    room = Room.of(folder)
    size = max(_PAGE, min(_MOST_BYTES, room.total // _SHARE) // BLOCKS // _PAGE * _PAGE)
    blocks = [name for name in (f"block-{number}" for number in range(BLOCKS)) if name not in present]
    if room.free < floor_bytes + 2 * size * (len(blocks) + 1) or room.lack(floor_bytes) is not None:
        return
    for name in blocks:
        _make(folder / name, size)
    inodes = _MOST_INODES if room.free_inodes is None else min(_MOST_INODES, room.free_inodes // _SHARE)
    for number in range(inodes):
        if f"inode-{number}" not in present:
            _make(folder / f"inode-{number}", 0)


def _make(path: Path, size: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        # Random bytes, because a compressing file system would store no blocks for zeros.
        left = size
        while left > 0:
            left -= os.write(handle, os.urandom(min(left, 1 << 16)))
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
