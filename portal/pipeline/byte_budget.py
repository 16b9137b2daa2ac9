"""Limit how much a stage may write, in proportion to the size of its input.

A genome of a few megabytes has results of a few megabytes. Output far beyond that comes from a crafted file or a bug,
and must not fill the disk that all tasks share. The kernel limits the size of each file; regular checks of the folder
and of the free disk space limit the total.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind

_MB = 1024**2
_LOOK_EVERY_S = 1.0
_FLOOR_SHARE = 20


class ByteBudget(NamedTuple):
    """Bytes that a stage may write to its results folder and its work folder; `floor` is disk space to leave free, on a
    small disk a twentieth of it."""

    results: int
    work: int
    floor: int = 64 * _MB

    @classmethod
    def of(cls, genome_bytes: int) -> ByteBudget:
        """Return the budget for a genome of this size.

        Ordinary genomes take 1 to 3 times their size; the published tool takes up to 150 times in its work folder.
        """
        return cls(results=128 * _MB + 8 * genome_bytes, work=2048 * _MB + 100 * genome_bytes)

    @contextlib.contextmanager
    def bounding_files(self) -> Iterator[None]:
        """Within the block, limit each file to the larger of the two budgets, in child processes too."""
        before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        limit = max(self.results, self.work)
        bounds = [limit, *(known for known in (before, hard) if known != resource.RLIM_INFINITY)]
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(bounds), hard))
        try:
            yield
        except OSError as error:
            if error.errno == errno.EFBIG:
                raise _too_much(limit) from error
            raise
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


class BudgetWatch:
    """Checks both folders of a stage, at most once per second."""

    def __init__(self, budget: ByteBudget, results: Path, work: Path) -> None:
        self._budget = budget
        self._folders = ((results, budget.results), (work, budget.work))
        self._looked = float("-inf")

    def look(self, *, at_once: bool = False) -> None:
        """Raise StageError if a folder is over its budget or the disk is nearly full."""
        now = time.monotonic()
        if not at_once and now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        for folder, limit in self._folders:
            if folder_bytes(folder) > limit:
                raise _too_much(limit)
        disk = shutil.disk_usage(self._folders[0][0])
        # On a disk of a few hundred megabytes a fixed floor would leave no room at all.
        if disk.free < min(self._budget.floor, disk.total // _FLOOR_SHARE):
            raise StageError(Message("stage.disk_full"), kind=FailureKind.DISK_FULL)


def folder_bytes(folder: Path) -> int:
    """Return the total bytes of all files below a folder; files that vanish meanwhile count as 0."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(path) / name).lstat().st_size
    return total


def _too_much(limit: int) -> StageError:
    return StageError(Message("stage.too_much_output", limit=limit // _MB), kind=FailureKind.TOOL_ERROR)
