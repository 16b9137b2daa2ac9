"""Strains side by side: all of a submission, or tasks that this browser has opened, as a grid with its own address.

The address names tasks by id and contains no token; each reader sees those tasks that they may open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    NotReady,
    NotShown,
    PortalError,
    Unauthorized,
    Unreadable,
)
from portal.domain.message import Message
from portal.domain.submission import ItemStatus
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.snapshots import SnapshotMark
from portal.files.taskdir import fasta_stem
from portal.results.names import COMPARE_ZIP, ComparePicture
from portal.services.annotations import Annotated
from portal.services.snapshots import row_of_reader
from portal.services.submission_grid import LabelledRow, labelled
from portal.services.submission_keys import Access
from portal.web.api.about_table import about_many
from portal.web.api.compare import send_comparison
from portal.web.api.table_formats import PAGE_TYPES, available_formats, write_table
from portal.web.context import web
from portal.web.pages.grid import ColumnView, GridLine, GridView, build_grid
from portal.web.pages.grid_page import GridLinks, asked_by, asked_wish, grid_context, rows_answer
from portal.web.pages.grid_table import as_number, as_text, grid_columns, grid_rows, grid_value_words, precise
from portal.web.pages.script_words import compare_pictures
from portal.web.pages.submission import ask_for_token, submission_name
from portal.web.security import authorized_submission, granted, task_of_reader
from portal.web.strains import annotations_of
from portal.web.texts.i18n import current_lang
from portal.web.texts.sample_words import SAMPLES

MOST_TASKS = 500  # of longer addresses, some proxies do not approve
RUN_AGAIN = Message("share.run_again")
PAGE_FORMATS = ("xlsx", "csv", "tsv", "parquet")
SHOWN_FORMATS = ("xlsx", "csv", "tsv")  # Parquet has numbers alone


@dataclass(frozen=True)
class ComparedStrains:
    """Completed strains; `closed`, `unfinished` and `replaced` count what was asked for and cannot be shown.

    endpoint, identity: what its addresses are made of. written: what the owners of the strains have written of them,
    by task id, as far as the reader may see it. mark: the snapshot that the submission is seen by.
    """

    endpoint: str
    identity: Mapping[str, Any]
    name: str
    rows: tuple[LabelledRow, ...]
    written: Mapping[str, Annotated]
    closed: int = 0
    unfinished: int = 0
    replaced: int = 0
    mark: SnapshotMark | None = None

    def address(self, part: str = "", **query: Any) -> str:
        """Return the address of the page, or of a part of it."""
        return url_for(f"pages.{self.endpoint}{part}", **self.identity, **query)

    @property
    def links(self) -> GridLinks:
        """The links of its grid."""
        task_ids = {row.item.n: row.item.task_id for row in self.rows}

        def page_of(line: GridLine) -> str:
            return url_for("pages.task", task_id=task_ids[line.n])

        return GridLinks(self.address, partial(self.address, "_rows"), page_of, _evidence_of)

    def grid(self) -> GridView:
        """Return the grid with the columns of the query."""
        by = asked_by()
        return build_grid(web().submissions.strains(self.rows, by), by, {}, self.written)


def of_submission(submission_id: str) -> ComparedStrains:
    """Return the completed genomes of a submission that the request may read."""
    submission = authorized_submission(submission_id, Access.VIEW)
    view = web().submissions.look(submission)
    genomes = labelled(view)
    done = tuple(genome for genome in genomes if genome.item.has_results)
    replaced = view.counts[ItemStatus.REPLACED]
    identity = {"submission_id": submission_id}
    return ComparedStrains(
        "submission_compare",
        identity,
        submission_name(submission),
        done,
        _of_rows(done, web().submissions.tables.annotations(view)),
        unfinished=len(genomes) - len(done) - replaced,
        replaced=replaced,
        mark=granted(submission).snapshot,
    )


def of_tasks() -> ComparedStrains:
    """Return the completed ones of the tasks in the query that this browser, or who is signed in, may read."""
    asked = list(dict.fromkeys(filter(None, request.args.get("tasks", "").split(","))))
    if len(asked) > MOST_TASKS:
        raise InvalidRequest(Message("compare.too_many", limit=MOST_TASKS))
    found = [_task(task_id) for task_id in asked if is_task_id(task_id)]
    tasks = [task for task in found if isinstance(task, TaskMeta)]
    replaced = found.count(RUN_AGAIN)
    names = {task.task_id: fasta_stem(task.filename) for task in tasks}
    times = Counter(names.values())
    rows = [
        LabelledRow(
            row_of_reader(n, web().tasks.view(task)),
            name if times[name := names[task.task_id]] == 1 else f"{name} ({task.task_id})",
        )
        for n, task in enumerate(tasks, start=1)
    ]
    done = tuple(row for row in rows if row.item.has_results)
    identity = {"tasks": ",".join(task_id for task_id in asked if is_task_id(task_id))}
    written = {task.task_id: annotations_of(task) for task in tasks}
    closed, unfinished = len(asked) - len(rows) - replaced, len(rows) - len(done)
    return ComparedStrains("compare", identity, "", done, _of_rows(done, written), closed, unfinished, replaced)


def _of_rows(rows: Sequence[LabelledRow], written: Mapping[str, Annotated]) -> Mapping[str, Annotated]:
    return {row.item.task_id: written[row.item.task_id] for row in rows}


def _task(task_id: str) -> TaskMeta | Message | None:
    """Return a task, why a snapshot no longer shows it, or None if it is closed."""
    try:
        return task_of_reader(task_id)
    except NotShown as error:
        return error.message
    except (NotReady, Unreadable, OSError):  # being repaired: not open at the moment
        return None


def _evidence_of(column: ColumnView) -> str:
    """Return what leads from a task's page to the evidence of a column."""
    return f"/toxins/{quote(column.key, safe='')}" if column.is_toxin else f"#{column.anchor}"


# -- the page and its parts, of both kinds


def submission_page(submission_id: str) -> ResponseReturnValue:
    """Show the strains of a submission side by side."""
    try:
        selection = of_submission(submission_id)
    except (Unauthorized, NotFound) as error:
        return ask_for_token(submission_id, wrong=isinstance(error, NotFound))
    return _page(selection)


def tasks_page() -> ResponseReturnValue:
    """Show tasks side by side; without tasks in the query, those that this browser knows, to choose from."""
    if "tasks" not in request.args:
        found = web().parts.samples.look()
        return render_template("compare_choose.html", sample_ids=found.tasks, samples=SAMPLES)
    return _page(of_tasks())


def _page(selection: ComparedStrains) -> str:
    grid = selection.grid()
    return render_template(
        "compare.html",
        selection=selection,
        mark=selection.mark,
        replaced=selection.replaced,
        query_kept={} if selection.endpoint == "submission_compare" else selection.identity,
        titles=dict(compare_pictures()),
        formats=[name for name in PAGE_FORMATS if name in available_formats()],
        shown_formats=SHOWN_FORMATS,
        pictures=tuple(ComparePicture),
        archive=COMPARE_ZIP,
        **grid_context(grid, selection.links),
    )


def submission_rows(submission_id: str) -> Response:
    """Return the rows of the grid as data."""
    return _rows(of_submission(submission_id))


def tasks_rows() -> Response:
    """Return the rows of the grid as data."""
    return _rows(of_tasks())


def _rows(selection: ComparedStrains) -> Response:
    return rows_answer(selection.grid(), selection.links)


def submission_table(submission_id: str, ending: str) -> Response:
    """Return the grid as a table to download."""
    return _table(of_submission(submission_id), ending)


def tasks_table(ending: str) -> Response:
    """Return the grid as a table to download."""
    return _table(of_tasks(), ending)


def _table(selection: ComparedStrains, ending: str) -> Response:
    """Return the rows that the page shows, in its order, with its columns and those that the page leaves out.

    Numbers are as shown, or with `values=precise` those behind them, as in Parquet, which has nothing else.
    """
    if ending not in PAGE_FORMATS:
        raise NotFound(Message("results.no_such_file"))
    by = asked_by()
    strains = web().submissions.strains(selection.rows, by)
    grid = build_grid(strains, by, {}, selection.written, most_columns=None)
    is_precise = ending == "parquet" or request.args.get("values") == "precise"
    read = precise if is_precise else as_number if ending == "xlsx" else as_text
    rows = grid_rows(grid, strains, asked_wish(), read)
    made_with = {name for row in strains if row.strain for name in row.strain.made_with}
    about = about_many(selection.name, made_with, grid_value_words(grid))
    pieces = write_table(rows, grid_columns(grid), ending, {}, name=f"strains by {by}", about=about)
    response = Response(pieces, content_type=PAGE_TYPES[ending])
    digits = "_precise" if is_precise else ""
    response.headers["Content-Disposition"] = f"attachment; filename=strains_by_{by}{digits}.{ending}"
    response.headers["Cache-Control"] = "no-store"
    return response


def submission_file(submission_id: str, name: str) -> Response:
    """Return a picture of the comparison, or all of it as a ZIP."""
    return _file(of_submission(submission_id), name)


def tasks_file(name: str) -> Response:
    """Return a picture of the comparison, or all of it as a ZIP."""
    return _file(of_tasks(), name)


def _file(selection: ComparedStrains, name: str) -> Response:
    strains = []
    for row in selection.rows:
        strain = selection.written[row.item.task_id].values.called(row.label)
        try:
            strains.append((strain, web().tasks.results_of(row.item)))
        except PortalError:  # it was removed at this very moment
            continue
    if len(strains) < 2:
        raise Conflict(Message("submission.too_few"))
    return send_comparison(web().compare.file(strains, current_lang(), name))
