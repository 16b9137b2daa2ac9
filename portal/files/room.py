"""Free space on a disk: bytes and inodes, because a disk without free inodes cannot take files either."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from portal.domain.message import Message

GIGABYTE = 1000**3  # of disk, as all pages tell sizes and as the settings mean them
# The minimum whatever the settings: with less, not even a task's record can be written.
LEAST_BYTES = 64 * 1024
LEAST_INODES = 64
# One inode per this many bytes of the floor: the portal's files are larger on average, so bytes usually run out first.
_BYTES_PER_INODE = 1024**2


class Room(NamedTuple):
    """Free space for this user; `free_inodes` is None if the file system has no fixed number of inodes."""

    total: int
    free: int
    free_inodes: int | None

    @classmethod
    def of(cls, folder: Path) -> Room:
        """Return the free space on a folder's disk; raise OSError if it cannot be reached."""
        facts = os.statvfs(folder)
        inodes = facts.f_favail if facts.f_files else None
        return cls(facts.f_blocks * facts.f_frsize, facts.f_bavail * facts.f_frsize, inodes)

    def lack(self, floor_bytes: int) -> Message | None:
        """Return what is too scarce, or None; `floor_bytes` must stay free, and one inode for each MiB of them."""
        if self.free < max(floor_bytes, LEAST_BYTES):
            return Message("health.disk_full", free=self.free / GIGABYTE, floor=floor_bytes / GIGABYTE)
        inodes = max(floor_bytes // _BYTES_PER_INODE, LEAST_INODES)
        if self.free_inodes is not None and self.free_inodes < inodes:
            return Message("health.inodes_full", free=self.free_inodes, floor=inodes)
        return None
