"""Disk usage of the portal, as far as it is known without walking through all tasks."""

from __future__ import annotations

import os
from dataclasses import dataclass

from portal.files.folder_size import count_entries
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class DiskFacts:
    """Sizes in bytes, then numbers of folders: deleted tasks, unfinished uploads, files moved aside as damaged."""

    total: int
    free: int
    trash: int
    incoming: int
    quarantine: int

    @property
    def used(self) -> int:
        return self.total - self.free


def look_at_disk(portal: PortalDir) -> DiskFacts:
    """Return the facts; raise OSError if the folder cannot be reached."""
    facts = os.statvfs(portal.own)
    return DiskFacts(
        total=facts.f_blocks * facts.f_frsize,
        free=facts.f_bavail * facts.f_frsize,
        trash=count_entries(portal.trash),
        incoming=count_entries(portal.incoming),
        quarantine=count_entries(portal.quarantine),
    )
