"""The rows of a table of all genomes of a submission, read task by task while they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.submission import ItemStatus, Submission
from portal.domain.task import TaskMeta
from portal.results import tables
from portal.results.tables import Row
from portal.services.submission_progress import ItemRow, SubmissionView
from portal.services.tasks import TaskService


class SubmissionTables:
    """Makes the rows of `portal.results.tables.TABLES`."""

    def __init__(self, tasks: TaskService, refusals: Callable[[Submission], Mapping[int, Message]]) -> None:
        self._tasks = tasks
        self._refusals = refusals

    def rows(self, view: SubmissionView, table: str) -> Iterator[Row]:
        """Yield the rows of a table, genome by genome in the order of the submission.

        `tasks` has a row for each genome, sent or not; the other tables have rows for completed ones only.
        """
        labels = {item.n: item.label for item in view.submission.items}
        refusals = self._refusals(view.submission) if table == "tasks" else {}
        for row in view.rows:
            whose = {"label": labels[row.n], "task_id": row.task_id}
            if table == "tasks":
                yield {**whose, **self._task_cells(view, row, refusals.get(row.n))}
            elif row.status.value == TaskStatus.COMPLETED.value:
                for cells in self._result_rows(row.task_id, table):
                    yield {**whose, **cells}

    def _result_rows(self, task_id: str, table: str) -> Iterator[Row]:
        try:
            task = self._tasks.record(task_id)
            if table == "toxins":
                scores, loci = self._tasks.scores(task), self._tasks.loci(task)
                yield from tables.toxin_table_rows(self._tasks.toxins(task), scores, loci)
            elif table == "scores":
                yield from tables.score_rows(self._tasks.scores(task))
            else:
                yield from tables.species_rows(self._tasks.species(task))
        except PortalError:  # deleted, run again or unreadable at this very moment; `tasks` shows which
            return

    def _task_cells(self, view: SubmissionView, row: ItemRow, refusal: Message | None) -> Row:
        item = view.submission.items[row.n - 1]
        cells: dict[str, Any] = dict.fromkeys(tables.TABLES["tasks"])
        cells |= {
            "status": row.status.value,
            "stage": row.stage,
            "progress": row.progress,
            "failure_kind": row.failure_kind,
            "size_bytes": item.size,
            "sha256": item.sha256,
        }
        if row.status is ItemStatus.REFUSED and refusal is not None:
            cells["message"] = str(refusal)
        try:
            task = self._tasks.record(row.task_id)
        except PortalError:
            return _without_owner(cells)
        cells |= {
            "message": task.error_message,
            "submitted": _moment(task.submission_time),
            "started": _moment(task.start_time),
            "completed": _moment(task.completion_time),
        }
        if task.status is TaskStatus.COMPLETED:
            cells |= self._conclusion(task)
        return _without_owner(cells)

    def _conclusion(self, task: TaskMeta) -> Row:
        try:
            scores = self._tasks.scores(task)
            conclusion = scores.strains[0].conclusion if scores.strains else None
            return tables.conclusion_cells(conclusion, self._tasks.toxins(task))
        except PortalError:
            return tables.conclusion_cells(None, None)


def _without_owner(cells: Row) -> Row:
    """Leave out columns that every row already has."""
    return {name: value for name, value in cells.items() if name not in ("label", "task_id")}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
