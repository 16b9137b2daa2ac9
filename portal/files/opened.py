"""What a browser has opened: a list per browser, so that a search over one's own asks only about these.

Nothing is believed of it: whoever reads it checks for each entry that the browser may still open what it names.

.portal/browsers/{browser}/task-{id}, submission-{id}    empty files; the folder is named by a pseudonym of the session
.portal/browsers/{browser}/complete                      everything that the browser may open is listed
.portal/browsers/{browser}/newest                        the newest of it are
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from portal.domain.task_id import is_task_id
from portal.files.atomic import storage_error
from portal.files.safe_open import discard, names_in, open_to_append
from portal.files.taskdir import PortalDir

FOLDER = "browsers"
# Per browser; the entry that was made first goes, so that nobody fills a disk.
MOST_LISTED = 3000


class ListExtent(StrEnum):
    """How much of what a browser may open is in its list."""

    COMPLETE = "complete"
    NEWEST = "newest"


@dataclass(frozen=True, order=True)
class OpenedEntry:
    """A task or submission."""

    is_task: bool
    opened_id: str

    @property
    def file_name(self) -> str:
        """The name of the file that stands for it."""
        return f"{'task' if self.is_task else 'submission'}-{self.opened_id}"


class OpenedList:
    """The list of one browser, named by a pseudonym of its session."""

    def __init__(self, portal: PortalDir, browser: str) -> None:
        self._folder = portal.own / FOLDER / browser

    def add(self, entry: OpenedEntry, *, starts_complete: bool = False) -> None:
        """List an entry; with `starts_complete` the browser has opened nothing before.

        Raises:
            CorruptRecord: something else has taken the place of the folder.
            OSError, StorageFull: it cannot be written.
        """
        self._touch(*([ListExtent.COMPLETE] if starts_complete else []), entry.file_name)
        self._drop_oldest()

    def extent(self) -> ListExtent | None:
        """Return how much is listed; None if nobody has gone through what was opened before there was a list."""
        names = names_in(self._folder) or ()
        return next((extent for extent in (ListExtent.NEWEST, ListExtent.COMPLETE) if extent in names), None)

    def note_extent(self, extent: ListExtent) -> None:
        """Write down how much is listed; see `add` for errors."""
        self._touch(extent)

    def newest(self, most: int) -> tuple[list[OpenedEntry], bool]:
        """Return the entries that were listed last, at most so many, and whether there are more."""
        found = self.all()
        if len(found) <= most:
            return found, False
        found.sort(key=lambda entry: _changed_ns(self._folder / entry.file_name), reverse=True)
        return found[:most], True

    def all(self) -> list[OpenedEntry]:
        """Return all entries, in no order."""
        return [entry for name in names_in(self._folder) or () if (entry := _entry(name)) is not None]

    def drop(self, entry: OpenedEntry) -> None:
        """Remove an entry; one that is gone is no error."""
        discard(self._folder / entry.file_name)

    def _touch(self, *names: str) -> None:
        try:
            for folder in (self._folder.parent, self._folder):
                with suppress(FileExistsError):
                    folder.mkdir(mode=0o700)
            for name in names:
                os.close(open_to_append(self._folder / name, mode=0o600))
        except OSError as error:
            raise storage_error(error) from error

    def _drop_oldest(self) -> None:
        names = names_in(self._folder) or ()
        if len(names) <= MOST_LISTED:
            return
        kept, _ = self.newest(MOST_LISTED)
        over = {name for name in names if name not in set(ListExtent)} - {entry.file_name for entry in kept}
        if over:
            self.note_extent(ListExtent.NEWEST)
        for name in over:
            discard(self._folder / name)


def listed_browsers(portal: PortalDir) -> list[str]:
    """Return the names of the lists there are."""
    return sorted(names_in(portal.own / FOLDER) or ())


def _entry(name: str) -> OpenedEntry | None:
    kind, _, opened_id = name.partition("-")
    if kind not in ("task", "submission") or not is_task_id(opened_id):
        return None
    return OpenedEntry(kind == "task", opened_id)


def _changed_ns(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0
