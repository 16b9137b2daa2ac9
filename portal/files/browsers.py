"""The browsers that may open a task or submission: empty files in its folder, each named by a mark.

Only the holder of the portal's secret can compute a mark, so a file that something else leaves there opens nothing. The
marks disappear with the folder, and no other file has to list who may see what.

<task or submission>/browsers/<way>-<mark>       the way in: owner, view, or share<n>
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portal.domain.errors import CorruptRecord
from portal.files.atomic import storage_error
from portal.files.safe_open import discard, open_to_append, open_to_read

FOLDER = "browsers"


@dataclass(frozen=True)
class Mark:
    """A file in the folder: the way in, the mark, and when the browser came by it."""

    way: str
    mark: str
    made_at: datetime


class BrowserMarks:
    """The marks in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def has(self, way: str, mark: str) -> bool:
        """Tell whether there is such a mark."""
        try:
            os.close(open_to_read(self._path(way, mark)))
        except (OSError, CorruptRecord):
            return False
        return True

    def add(self, way: str, mark: str, *, most: int) -> None:
        """Add a mark; when there are more than `most`, the oldest of the same way in goes: nobody fills a disk.

        Raises:
            FileNotFoundError: the task or submission has just been removed.
            CorruptRecord: something else has taken the place of the folder.
            OSError, StorageFull: the mark cannot be written.
        """
        try:
            with suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
            os.close(open_to_append(self._path(way, mark), mode=0o600))
        except OSError as error:
            raise storage_error(error) from error
        self._drop_oldest(way, most)

    def all(self) -> list[Mark]:
        """Return the marks, whatever they are worth."""
        found = []
        for path in self._folder.glob("*-*"):
            way, _, mark = path.name.partition("-")
            made_ns = _changed_ns(path)
            if made_ns:
                found.append(Mark(way, mark, datetime.fromtimestamp(made_ns / 1e9, UTC)))
        return found

    def drop(self, way: str, mark: str) -> None:
        """Remove a mark; one that is gone is no error."""
        discard(self._path(way, mark))

    def _drop_oldest(self, way: str, most: int) -> None:
        marks = list(self._folder.glob(f"{way}-*"))
        if len(marks) <= most:
            return
        for path in sorted(marks, key=_changed_ns)[:-most]:
            discard(path)

    def _path(self, way: str, mark: str) -> Path:
        return self._folder / f"{way}-{mark}"


def _changed_ns(path: Path) -> int:
    """Return when a mark was made; 0 for one that another worker has just removed."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0
