"""Tidy the lists of what browsers have opened: what is no longer on the disk, and cannot come back, is dropped."""

from __future__ import annotations

from collections.abc import Callable

from portal.files.opened import FOLDER, OpenedEntry, OpenedList, listed_browsers
from portal.files.safe_open import discard, is_there, names_in
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.files.withdrawn import WithdrawnSubmissions

_LOOKS = 2000  # entries per call, each of them a question to the file system
# An empty list is made again by a search; one that was made just now is about to get its first entry.
_EMPTY_S = 86400.0


class ForgottenEntries:
    """Goes through the lists of all browsers in rounds."""

    def __init__(self, portal: PortalDir, *, clock: Callable[[], float]) -> None:
        self._portal = portal
        self._submissions = SubmissionFolders(portal)
        self._clock = clock
        self._round: list[str] = []

    def tidy(self) -> None:
        """Tidy the next lists; raise OSError."""
        if not self._round:
            self._round = listed_browsers(self._portal)
        trash = names_in(self._portal.trash) or frozenset()
        may_return = " ".join((*trash, *WithdrawnSubmissions(self._portal).ids()))
        looks = 0
        while self._round and looks < _LOOKS:
            looks += 1 + self._tidy(self._round.pop(0), may_return)

    def _tidy(self, browser: str, may_return: str) -> int:
        """Tidy one list; return how many entries it had."""
        listed = OpenedList(self._portal, browser)
        entries = listed.all()
        gone = [entry for entry in entries if entry.opened_id not in may_return and not self._is_there(entry)]
        for entry in gone:
            listed.drop(entry)
        if len(gone) == len(entries):
            self._drop_if_empty(browser)
        return len(entries)

    def _is_there(self, entry: OpenedEntry) -> bool:
        if entry.is_task:
            return is_there(self._portal.task(entry.opened_id).path)
        return is_there(self._submissions.folder(entry.opened_id))

    def _drop_if_empty(self, browser: str) -> None:
        folder = self._portal.own / FOLDER / browser
        try:
            idle = self._clock() - folder.lstat().st_mtime > _EMPTY_S
        except FileNotFoundError:
            return
        if idle:
            discard(folder)
