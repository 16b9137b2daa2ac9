"""Records in the memory of one process: valid as long as the file is the one that was read, which one `stat` tells.

A record is replaced by renaming a new file over the old one, so that another content means another inode or other
times. A file system keeps times in steps of some milliseconds and reuses inodes: a file that was changed a moment
before it was read could be replaced by one that looks the same, so that it is not remembered.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from portal.domain.task import TaskMeta

_SETTLED_S = 2.0  # longer than any step of a file system's times


class FileState(NamedTuple):
    """What distinguishes a file from the one that replaces it."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


class RememberedRecords:
    """The `most` records that were used last. Thread-safe."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.time) -> None:
        """Begin empty; `clock` returns the time of day in seconds, to compare with a file's times."""
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Path, tuple[FileState, TaskMeta]] = OrderedDict()

    def get(self, path: Path) -> TaskMeta | None:
        """Return the record of a file that is still the one it was read from."""
        with self._lock:
            kept = self._kept.get(path)
        if kept is None:
            return None
        state, task = kept
        is_same = _state_of(path) == state
        with self._lock:
            if is_same and path in self._kept:
                self._kept.move_to_end(path)
            elif not is_same:
                self._kept.pop(path, None)
        return task if is_same else None

    def read(self, path: Path, read: Callable[[Path], TaskMeta]) -> TaskMeta:
        """Read a record and remember it if its file was the same before and after, and is not new."""
        before = _state_of(path)
        task = read(path)
        if before is not None and self._is_settled(before) and _state_of(path) == before:
            with self._lock:
                self._kept[path] = before, task
                self._kept.move_to_end(path)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return task

    def _is_settled(self, state: FileState) -> bool:
        return self._clock() - max(state.modified_ns, state.changed_ns) / 1e9 > _SETTLED_S


def _state_of(path: Path) -> FileState | None:
    """Return the state of a file, without following a symlink; None if there is none, or the disk does not answer."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
