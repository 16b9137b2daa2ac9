"""What a person owns, on whichever device it was submitted: read from the task index, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound
from portal.domain.submission import Submission
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndexReader, TaskIndexRow
from portal.files.taskdir import PortalDir
from portal.files.wishes import is_being_deleted

PAGE_SIZE = 50
T = TypeVar("T")


@dataclass(frozen=True)
class OwnedSubmission:
    """A submission of many genomes, and how many of its tasks have which status."""

    submission: Submission
    expires: str


@dataclass(frozen=True)
class WorkPage:
    """One page, the newest first; `number` counts from 1, `total` is the number of entries on all pages."""

    entries: tuple[TaskIndexRow | OwnedSubmission, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class OwnedTaskPage:
    """One page of tasks alone; see `WorkPage`."""

    rows: tuple[TaskIndexRow, ...]
    number: int
    pages: int
    total: int


class MyWork:
    """Reads the poller's index: a task is listed once the poller has seen it, usually within a second."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._index = TaskIndexReader(portal)
        self._folders = SubmissionFolders(portal)

    def tasks(self, owner: str, number: int, *, size: int) -> OwnedTaskPage:
        """Return one page of a person's tasks, the newest first; see `page`."""
        rows = [row for row in reversed(self._index.rows()) if row.owner == owner]
        shown, number, pages = _cut(rows, number, size)
        kept = [row if self._is_announced(row.submission) else row._replace(submission="") for row in shown]
        return OwnedTaskPage(tuple(row for row in kept if not self._is_leaving(row)), number, pages, len(rows))

    def page(self, owner: str, number: int) -> WorkPage:
        """Return one page of a person's tasks and submissions; a number beyond the end gives the last page."""
        groups: dict[str, list[TaskIndexRow]] = {}
        announced: dict[str, bool] = {"": False}
        for row in reversed(self._index.rows()):
            if row.owner == owner:
                name = row.submission
                if name not in announced:
                    announced[name] = self._is_announced(name)
                if announced[name]:
                    groups.setdefault(name, []).append(row)
                else:
                    groups[row.task_id] = [row]
        shown, number, pages = _cut(list(groups.items()), number, PAGE_SIZE)
        entries = [entry for name, rows in shown for entry in self._entries(owner, name, rows)]
        return WorkPage(tuple(entries), number, pages, len(groups))

    def _entries(self, owner: str, name: str, rows: Sequence[TaskIndexRow]) -> Sequence[TaskIndexRow | OwnedSubmission]:
        submission = self._submission(name) if rows[0].task_id != name else None
        if submission is None or submission.owner != owner:
            return [row for row in rows if not self._is_leaving(row)]
        return [OwnedSubmission(submission, min((row.expires for row in rows if row.expires), default=""))]

    def _is_announced(self, name: str) -> bool:
        """Tell a submission from a name that single tasks share in the queue."""
        return bool(name) and self._folders.folder(name).is_dir()

    def _submission(self, submission_id: str) -> Submission | None:
        try:
            return self._folders.read(submission_id)
        except (NotFound, CorruptRecord, NewerFormat):
            return None

    def _is_leaving(self, row: TaskIndexRow) -> bool:
        return is_being_deleted(self._portal.task(row.task_id))


def _cut(items: list[T], number: int, size: int) -> tuple[list[T], int, int]:
    """Return the items of a page, its number within the pages there are, and their count."""
    pages = max(1, -(-len(items) // size))
    number = min(max(1, number), pages)
    return items[(number - 1) * size : number * size], number, pages
