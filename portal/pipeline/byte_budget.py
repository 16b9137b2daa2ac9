"""How much a stage may write: bounded by what it was given, whatever the genome makes of it.

A genome of some megabytes has results of some megabytes. What grows far beyond is the work of a crafted file or of a
fault, and must not fill the disk that all tasks share. One file is bounded by the kernel, all together by looks at the
folder, each with a look at the free disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind

_MB = 1024**2
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class ByteBudget:
    """Bytes that a stage may leave in its folder of results and in the one for its work; `floor` stays free."""

    results: int
    work: int
    floor: int = 64 * _MB

    @classmethod
    def of(cls, genome_bytes: int) -> ByteBudget:
        """Return what a genome of this size may take.

        Ordinary ones take 1 to 3 times their size; the published tool, in its work folder, up to 150 times.
        """
        return cls(results=128 * _MB + 8 * genome_bytes, work=2048 * _MB + 100 * genome_bytes)

    @contextlib.contextmanager
    def bounding_files(self) -> Iterator[None]:
        """Let no single file grow beyond the larger of both within the block, in child processes too."""
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
    """Looks at both folders of a stage, at most once a second."""

    def __init__(self, budget: ByteBudget, results: Path, work: Path) -> None:
        self._budget = budget
        self._folders = ((results, budget.results), (work, budget.work))
        self._looked = float("-inf")

    def look(self, *, at_once: bool = False) -> None:
        """Raise StageError where a folder holds more than it may, or the disk is about to be full."""
        now = time.monotonic()
        if not at_once and now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        for folder, limit in self._folders:
            if folder_bytes(folder) > limit:
                raise _too_much(limit)
        if shutil.disk_usage(self._folders[0][0]).free < self._budget.floor:
            raise StageError(Message("stage.disk_full"), kind=FailureKind.DISK_FULL)


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder; what goes meanwhile counts as nothing."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(path) / name).lstat().st_size
    return total


def _too_much(limit: int) -> StageError:
    return StageError(Message("stage.too_much_output", limit=limit // _MB), kind=FailureKind.TOOL_ERROR)
