"""Submissions that were deleted and can still be brought back: their folders wait apart from the others.

<JOBS_DIR>/.portal/withdrawn/<submission_id>~<due>    the submission's folder; `due` in whole seconds since 1970

Their tasks wait with a wish to delete them (`wishes`), due at the same moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from portal.domain.task_id import is_task_id
from portal.files.atomic import fsync_folder
from portal.files.safe_open import is_there, names_in
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.files.wishes import can_undo


class WithdrawnSubmissions:
    """The folders of deleted submissions."""

    def __init__(self, portal: PortalDir) -> None:
        self._root = portal.withdrawn
        self._folders = SubmissionFolders(portal)

    def take(self, submission_id: str, due: datetime) -> None:
        """Take a submission from the others in one step; nothing happens if it is gone.

        Raises:
            OSError: it cannot be moved.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        try:
            self._folders.folder(submission_id).rename(self._folder(submission_id, due))
        except FileNotFoundError:
            return
        fsync_folder(self._root)

    def bring_back(self, submission_id: str, due: datetime) -> bool:
        """Return a submission to the others; tell whether it is there, now or already.

        Raises:
            OSError: it cannot be moved, such as where the same announcement has come again meanwhile.
        """
        folder = self._folders.folder(submission_id)
        try:
            self._folder(submission_id, due).rename(folder)
        except FileNotFoundError:
            return is_there(folder)
        fsync_folder(self._root)
        return True

    def over(self, now: datetime) -> list[Path]:
        """Return what nobody can bring back any more; also what has no such name."""
        return [self._root / name for name in sorted(names_in(self._root) or ()) if not _is_kept(name, now)]

    def ids(self) -> frozenset[str]:
        """Return the ids of the submissions that wait."""
        return frozenset(name.partition("~")[0] for name in names_in(self._root) or ())

    def _folder(self, submission_id: str, due: datetime) -> Path:
        self._folders.folder(submission_id)  # the text is an id, or NotFound
        return self._root / f"{submission_id}~{int(due.timestamp())}"


def _is_kept(name: str, now: datetime) -> bool:
    submission_id, _, due = name.partition("~")
    if not (is_task_id(submission_id) and due.isascii() and due.isdecimal() and len(due) <= 12):
        return False
    return can_undo(datetime.fromtimestamp(int(due), UTC), now)
