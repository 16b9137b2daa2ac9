"""What an owner writes about strains: a form on the page of each strain, a table for those of a submission.

Both are plain forms. What is wrong, or was changed meanwhile on another device, is told on a page of its own that still
has what was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.annotations import (
    MAX_COLUMN,
    MAX_NAME,
    MAX_NOTE,
    MAX_VALUE,
    MOST_COLUMNS,
    Annotations,
    changed,
    joined_tags,
    split_tags,
)
from portal.domain.errors import ChangedMeanwhile, InvalidRequest
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.services.annotation_table import ENCODINGS, read_table
from portal.services.annotations import Annotated
from portal.services.submission_keys import Access
from portal.web.api.strain_annotations import change_all, table_answer
from portal.web.context import web
from portal.web.pages.form import told
from portal.web.security import authorized_submission, authorized_task, owner
from portal.web.sizes import LIST_BYTES
from portal.web.strains import annotations_of
from portal.web.texts.wording import wording

_EMPTY_ROWS = 3
_LONGEST_TAGS = 1000


@dataclass(frozen=True)
class AnnotationForm:
    """The form of a strain: its values as they were typed, the revision that it changes, and what is wrong."""

    name: str
    tags: str
    note: str
    columns: Sequence[tuple[str, str]]
    revision: int
    problems: dict[str, list[str]] = field(default_factory=dict)
    message: str = ""
    longest_name: int = MAX_NAME
    longest_tags: int = _LONGEST_TAGS
    longest_note: int = MAX_NOTE
    longest_column: int = MAX_COLUMN
    longest_value: int = MAX_VALUE


def add_annotation_pages(pages: Blueprint) -> None:
    """Add the routes of tasks and of submissions."""
    pages.add_url_rule("/tasks/<task_id>/annotations", "annotations", annotations_page)
    pages.add_url_rule("/tasks/<task_id>/annotations", "annotate", annotate, methods=["POST"])
    place = "/submissions/<submission_id>/annotations"
    pages.add_url_rule(place, "submission_annotations", submission_annotations)
    pages.add_url_rule(place, "annotate_submission", annotate_submission, methods=["POST"])


def form_of(found: Annotated) -> AnnotationForm:
    """Return the form with what is written now, and some rows for more."""
    values = found.values
    return AnnotationForm(
        values.name, joined_tags(values.tags), values.note, _with_empty([*values.metadata.items()]), found.revision
    )


def _with_empty(columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return columns + [("", "")] * min(_EMPTY_ROWS, max(0, MOST_COLUMNS - len(columns)))


def annotations_page(task_id: str) -> ResponseReturnValue:
    """Show the form alone."""
    task = authorized_task(task_id, Access.OWNER)
    return _form_page(task, form_of(annotations_of(task)))


def _form_page(
    task: TaskMeta, form: AnnotationForm, status: HTTPStatus = HTTPStatus.OK, present: Annotations | None = None
) -> Response:
    """Show the form; `present` is what another device has written meanwhile."""
    response = make_response(render_template("annotations.html", task=task, form=form, present=present), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def annotate(task_id: str) -> ResponseReturnValue:
    """Write what the form has."""
    request.max_content_length = LIST_BYTES
    task = authorized_task(task_id, Access.OWNER)
    sent = request.form
    columns = [*zip(sent.getlist("column"), sent.getlist("value"), strict=False)]
    revision = sent.get("revision", type=int)
    typed = AnnotationForm(
        sent.get("name", ""), sent.get("tags", ""), sent.get("note", ""), _with_empty(_named(columns)), revision or 0
    )
    try:
        values = _values(typed, columns)
        web().submissions.annotations.change(
            task,
            lambda _present: changed(Annotations(), values),
            revision=-1 if revision is None else revision,
            by=owner(),
        )
    except InvalidRequest as error:
        problems = told(error.errors)
        return _form_page(task, _wrong(typed, problems, wording(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    except ChangedMeanwhile as error:
        found = annotations_of(task)
        again = _wrong(typed, {}, wording(error.message), revision=found.revision)
        return _form_page(task, again, HTTPStatus.PRECONDITION_FAILED, found.values)
    return redirect(url_for("pages.task", task_id=task_id), HTTPStatus.SEE_OTHER)


def _named(columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(column, value) for column, value in columns if column.strip() or value.strip()]


def _values(typed: AnnotationForm, columns: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what was typed as values; raise InvalidRequest where a column has no name, or comes twice."""
    metadata: dict[str, str] = {}
    for column, value in _named(columns):
        name = column.strip()
        if name in metadata:
            raise _metadata_error(Message("annotation.same_column", column=name))
        if not name:
            raise _metadata_error(Message("annotation.no_column"))
        metadata[name] = value
    return {"name": typed.name, "tags": split_tags(typed.tags), "note": typed.note, "metadata": metadata}


def _metadata_error(reason: Message) -> InvalidRequest:
    return InvalidRequest(Message("request.fields"), errors={"metadata": [reason]})


def _wrong(
    typed: AnnotationForm, problems: dict[str, list[str]], message: str, *, revision: int | None = None
) -> AnnotationForm:
    of_metadata = [f"{name.removeprefix('metadata.')}: {text}" if "." in name else text
                   for name, texts in problems.items() if name.startswith("metadata") for text in texts]  # fmt: skip
    shown = {name: texts for name, texts in problems.items() if not name.startswith("metadata")}
    if of_metadata:
        shown["metadata"] = of_metadata
    return AnnotationForm(
        typed.name,
        typed.tags,
        typed.note,
        typed.columns,
        typed.revision if revision is None else revision,
        shown,
        message,
    )


# -- a submission


@dataclass(frozen=True)
class TableForm:
    """The form that takes a table: what it replaces, the encodings, and what was wrong with the last one."""

    etag: str
    encodings: Sequence[str] = ("utf-8", "gbk", "windows-1252")
    problems: Sequence[str] = ()
    done: int | None = None


def table_form(submission: Submission) -> TableForm:
    """Return the form with the state that it changes."""
    return TableForm(web().submissions.annotations.etag_of(submission))


def submission_annotations(submission_id: str) -> ResponseReturnValue:
    """Send the table to edit, or show the form alone."""
    separator = request.args.get("separator", "")
    if separator in ("comma", "semicolon", "tab"):
        return table_answer(authorized_submission(submission_id, Access.VIEW), separator)
    return _table_page(authorized_submission(submission_id, Access.OWNER))


def _table_page(
    submission: Submission, problems: Sequence[str] = (), status: HTTPStatus = HTTPStatus.OK, done: int | None = None
) -> Response:
    etag = web().submissions.annotations.etag_of(submission)
    form = TableForm(etag, problems=problems, done=done)
    response = make_response(render_template("submission_annotations.html", submission=submission, table=form), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def annotate_submission(submission_id: str) -> ResponseReturnValue:
    """Take a table, all of it or nothing."""
    request.max_content_length = LIST_BYTES
    submission = authorized_submission(submission_id, Access.OWNER)
    file, encoding = request.files.get("file"), request.form.get("encoding", "")
    data = file.read() if file is not None else b""
    try:
        strains = web().submissions.annotated_strains(submission)
        changes = read_table(data, encoding if encoding in ENCODINGS else "", strains)
        done = change_all(submission, changes, request.form.get("etag", ""))
    except InvalidRequest as error:
        problems = [text for texts in told(error.errors).values() for text in texts] or [wording(error.message)]
        return _table_page(submission, problems, HTTPStatus.UNPROCESSABLE_ENTITY)
    except ChangedMeanwhile as error:
        return _table_page(submission, [wording(error.message)], HTTPStatus.PRECONDITION_FAILED)
    return _table_page(submission, done=done)
