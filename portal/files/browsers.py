"""The browsers that may open a task or submission: empty files in its folder, each named by a mark.

Only the holder of the portal's secret can compute a mark, so a file that something else leaves there opens nothing. The
marks disappear with the folder, and no other file has to list who may see what.

<task or submission>/browsers/<access>-<mark>
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from portal.domain.errors import CorruptRecord
from portal.files.atomic import storage_error
from portal.files.safe_open import open_to_append, open_to_read

FOLDER = "browsers"


class BrowserMarks:
    """The marks in one folder. `most` limits them for each access, so that nobody fills a disk by opening a link."""

    def __init__(self, folder: Path, most: Mapping[str, int]) -> None:
        self._folder = folder / FOLDER
        self._most = most

    def has(self, access: str, mark: str) -> bool:
        """Tell whether there is such a mark."""
        try:
            os.close(open_to_read(self._path(access, mark)))
        except (OSError, CorruptRecord):
            return False
        return True

    def add(self, access: str, mark: str) -> None:
        """Add a mark; when there are too many, the oldest of the same access goes.

        Raises:
            FileNotFoundError: the task or submission has just been removed.
            CorruptRecord: something else has taken the place of the folder.
            OSError, StorageFull: the mark cannot be written.
        """
        try:
            with suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
            os.close(open_to_append(self._path(access, mark), mode=0o600))
        except OSError as error:
            raise storage_error(error) from error
        self._drop_oldest(access)

    def _drop_oldest(self, access: str) -> None:
        marks = list(self._folder.glob(f"{access}-*"))
        if len(marks) <= self._most[access]:
            return
        for path in sorted(marks, key=_changed_ns)[: -self._most[access]]:
            path.unlink(missing_ok=True)

    def _path(self, access: str, mark: str) -> Path:
        return self._folder / f"{access}-{mark}"


def _changed_ns(path: Path) -> int:
    """Return when a mark was made; 0 for one that another worker has just removed."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0
