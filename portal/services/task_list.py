"""The operator's list of all tasks: filtered, counted, page by page; read only from the task index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.files.folder_size import folder_size
from portal.files.task_index import TaskIndexReader, TaskIndexRow
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks to list; empty text: all. `text` is part of an id or of a file name, ignoring case."""

    status: str = ""
    failure_kind: str = ""
    text: str = ""

    def takes(self, row: TaskIndexRow) -> bool:
        return (
            (not self.status or row.status == self.status)
            and (not self.failure_kind or row.failure_kind == self.failure_kind)
            and (not self.text or self.text in row.task_id or self.text in row.filename.casefold())
        )


@dataclass(frozen=True)
class TaskPage:
    """Some rows, the newest first; `number` counts pages from 1, `total` is how many tasks match the filter."""

    rows: tuple[TaskIndexRow, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class Expiring:
    """A task that is about to be removed, and the size of its folder (bytes)."""

    row: TaskIndexRow
    size: int


class TaskList:
    """Reads the poller's task index; a task is listed once the poller has seen it."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._index = TaskIndexReader(portal)

    def page(self, wanted: TaskFilter, *, number: int, size: int) -> TaskPage:
        """Return a page of the tasks that match a filter; a number beyond the end gives the last page."""
        wanted = TaskFilter(wanted.status, wanted.failure_kind, wanted.text.casefold())
        rows = [row for row in reversed(self._rows()) if wanted.takes(row)]
        pages = max(1, -(-len(rows) // size))
        number = min(max(1, number), pages)
        return TaskPage(tuple(rows[(number - 1) * size : number * size]), number, pages, len(rows))

    def counts(self) -> dict[str, int]:
        """Return the number of tasks with each status."""
        return Counter(row.status for row in self._rows())

    def failures(self) -> dict[str, int]:
        """Return the number of failed tasks by failure kind, the most frequent first."""
        kinds = Counter(row.failure_kind for row in self._rows() if row.failure_kind)
        return dict(kinds.most_common())

    def expiring(self, *, until: datetime) -> list[TaskIndexRow]:
        """Return the tasks that expire by then, the earliest first."""
        limit = until.astimezone(UTC).isoformat(timespec="seconds")
        rows = [row for row in self._rows() if row.expires and row.expires <= limit]
        return sorted(rows, key=lambda row: (row.expires, row.task_id))

    def weigh(self, rows: Iterable[TaskIndexRow]) -> list[Expiring]:
        """Add the sizes of the folders; this walks the folders, so use it only for the few that are shown."""
        return [Expiring(row, folder_size(self._portal.task(row.task_id).path)) for row in rows]

    def _rows(self) -> list[TaskIndexRow]:
        return self._index.rows()
