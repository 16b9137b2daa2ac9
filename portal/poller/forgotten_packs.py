"""Remove the folders of packs whose tasks are all gone, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from portal.domain.errors import CorruptRecord, Unreadable
from portal.files.pack import Pack
from portal.files.taskdir import PackDir, PortalDir

_LOOKS = 100
# A job that could not write its exit report, for example on a full disk, has ended after this time.
_LONGEST_PACK_S = 3 * 24 * 3600


class ForgottenPacks:
    """Checks the packs of a portal in rounds."""

    def __init__(self, portal: PortalDir, *, clock: Callable[[], float]) -> None:
        self._portal = portal
        self._clock = clock
        self._round: list[Path] = []

    def find(self, known: Collection[str]) -> list[Path]:
        """Return the next unneeded folders; `known` are the tasks on the disk."""
        if not self._round:
            self._round = sorted(self._portal.packs.iterdir()) if self._portal.packs.is_dir() else []
        looked, self._round = self._round[:_LOOKS], self._round[_LOOKS:]
        return [path for path in looked if self._is_over(path) and not self._is_wanted(path, known)]

    def _is_over(self, path: Path) -> bool:
        """Tell whether the pack's job has ended; the folder of a live job is needed to recognise it as ours."""
        try:
            return PackDir(path).exit.exists() or self._clock() - path.stat().st_mtime > _LONGEST_PACK_S
        except FileNotFoundError:
            return False

    def _is_wanted(self, path: Path, known: Collection[str]) -> bool:
        try:
            members = Pack.read(PackDir(path).document).members
        except (FileNotFoundError, CorruptRecord):
            return False
        except Unreadable:
            return True
        return any(member.task_id in known or self._may_come_back(member.task_id) for member in members)

    def _may_come_back(self, task_id: str) -> bool:
        return any(self._portal.trash.glob(f"*{task_id}-*"))
