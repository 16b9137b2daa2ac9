"""Whether a folder is on a disk of this machine, whose small reads never wait for another machine."""

from __future__ import annotations

from pathlib import Path

import psutil

_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "tmpfs", "overlay"})


def is_on_local_disk(folder: Path) -> bool:
    """Return whether the file system of a folder is one of a local disk; False if it is unknown."""
    path = folder.resolve()
    # The last one mounted on a mount point hides those before it.
    kinds = {Path(each.mountpoint): each.fstype for each in psutil.disk_partitions(all=True)}
    kind = next((kinds[place] for place in (path, *path.parents) if place in kinds), "")
    return kind in _LOCAL
