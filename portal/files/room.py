"""How much room a disk has: bytes and inodes, for a disk without free inodes takes no file either."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from portal.domain.message import Message

_GIB = 1024**3
# What no setting lowers: with less a task cannot even be written down.
LEAST_BYTES = 64 * 1024
LEAST_INODES = 64
# Of the floor in bytes: files of the portal are larger on the average, so that bytes run out first as a rule.
_BYTES_PER_INODE = 1024**2


@dataclass(frozen=True)
class Room:
    """What is free for this user; `free_inodes` is None where the file system has no fixed number of them."""

    total: int
    free: int
    free_inodes: int | None

    @classmethod
    def of(cls, folder: Path) -> Room:
        """Return the room on a folder's disk; raise OSError where it cannot be reached."""
        facts = os.statvfs(folder)
        inodes = facts.f_favail if facts.f_files else None
        return cls(facts.f_blocks * facts.f_frsize, facts.f_bavail * facts.f_frsize, inodes)

    def lack(self, floor_bytes: int) -> Message | None:
        """Return what there is too little of; `floor_bytes` must stay free, and an inode for each MiB of them."""
        if self.free < max(floor_bytes, LEAST_BYTES):
            return Message("health.disk_full", free=self.free / _GIB, floor=floor_bytes / _GIB)
        inodes = max(floor_bytes // _BYTES_PER_INODE, LEAST_INODES)
        if self.free_inodes is not None and self.free_inodes < inodes:
            return Message("health.inodes_full", free=self.free_inodes, floor=inodes)
        return None
