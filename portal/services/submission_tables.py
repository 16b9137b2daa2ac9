"""The rows of a table of all genomes of a submission, read task by task while they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.domain.annotations import metadata_columns
from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.submission import ItemStatus, Submission, SubmissionItem
from portal.results import tables
from portal.results.tables import Row, data_of
from portal.services.annotations import Annotated, AnnotationService
from portal.services.gene_count import gene_count
from portal.services.snapshots import annotations_shown
from portal.services.submission_progress import ItemRow, SubmissionView
from portal.services.tasks import TaskService


class SubmissionTables:
    """Makes the rows of `portal.results.tables.TABLES`."""

    def __init__(
        self,
        tasks: TaskService,
        refusals: Callable[[Submission], Mapping[int, Message]],
        annotations: AnnotationService,
    ) -> None:
        self._tasks = tasks
        self._refusals = refusals
        self._annotations = annotations

    def annotations(self, view: SubmissionView) -> Mapping[str, Annotated]:
        """Return what the owner has written of each strain, by task id."""
        found = self._annotations.of_all(row.task_id for row in view.rows)
        return annotations_shown(view.submission, found)

    def table(
        self, view: SubmissionView, table: str, made_with: set[str] | None = None
    ) -> tuple[Mapping[str, tables.Kind], Iterator[Row]]:
        """Return the columns of a table with their types, and its rows, genome by genome in the submission's order.

        `tasks` has a row for each genome, sent or not, and the metadata columns of all of them; the other tables have
        rows for completed ones only.

        References and data behind the rows are added to `made_with` as they are read.
        """
        seen = set() if made_with is None else made_with
        found = self.annotations(view)
        if table != "tasks":
            return tables.TABLES[table], self._rows_of_completed(view, table, found, seen)
        metadata = metadata_columns(each.values for each in found.values())
        return tables.with_metadata(metadata), self._task_rows(view, found, metadata, seen)

    def _rows_of_completed(
        self, view: SubmissionView, table: str, found: Mapping[str, Annotated], seen: set[str]
    ) -> Iterator[Row]:
        labels = {item.n: item.label for item in view.submission.items}
        for row in view.rows:
            if row.has_results:
                label = labels[row.n]
                whose = {"label": label, "task_id": row.task_id}
                whose["strain_name"] = found[row.task_id].values.called(label)
                for cells in self._result_rows(row, table, seen):
                    yield {**whose, **cells}

    def _task_rows(
        self, view: SubmissionView, found: Mapping[str, Annotated], metadata: Sequence[str], seen: set[str]
    ) -> Iterator[Row]:
        refusals = self._refusals(view.submission)
        items = {item.n: item for item in view.submission.items}
        for row in view.rows:
            cells = self._task_cells(items[row.n], row, refusals.get(row.n), seen)
            written = tables.annotation_cells(found[row.task_id].values, metadata)
            yield {"label": items[row.n].label, "task_id": row.task_id, **cells, **written}

    def _result_rows(self, row: ItemRow, table: str, seen: set[str]) -> Iterator[Row]:
        try:
            task = self._tasks.results_of(row)
            if table == "toxins":
                scores, loci = self._tasks.scores(task), self._tasks.loci(task)
                toxins = self._tasks.toxins(task)
                seen.update(data_of(toxins, scores))
                yield from tables.toxin_table_rows(toxins, scores, loci)
            elif table == "scores":
                scores = self._tasks.scores(task)
                seen.update(data_of(None, scores))
                yield from tables.score_rows(scores)
            else:
                species = self._tasks.species(task)
                seen.update(data_of(None, species))
                yield from tables.species_rows(species, self._tasks.scores(task))
        except PortalError:  # deleted, run again or unreadable at this very moment; `tasks` shows which
            return

    def _task_cells(self, item: SubmissionItem, row: ItemRow, refusal: Message | None, seen: set[str]) -> Row:
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
            task = self._tasks.record_of(row)
        except PortalError:
            return _without_owner(cells)
        cells |= {
            "message": task.error_message,
            "submitted": _moment(task.submission_time),
            "started": _moment(task.start_time),
            "completed": _moment(task.completion_time),
        }
        if row.has_results:
            cells |= self._conclusion(row, seen)
        return _without_owner(cells)

    def _conclusion(self, row: ItemRow, seen: set[str]) -> Row:
        """Return the conclusion of the last completed run, as all other tables have its rows."""
        try:
            task = self._tasks.results_of(row)
            scores, toxins = self._tasks.scores(task), self._tasks.toxins(task)
            seen.update(data_of(toxins, scores))
            strain = scores.strains[0] if scores.strains else None
            genes = gene_count(self._tasks, task, toxins)
            return tables.conclusion_cells(
                strain.conclusion if strain else None, genes, strain.damage if strain else None
            )
        except PortalError:
            return tables.conclusion_cells(None, None, None)


def _without_owner(cells: Row) -> Row:
    """Leave out columns that every row already has."""
    return {name: value for name, value in cells.items() if name not in ("label", "task_id")}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
