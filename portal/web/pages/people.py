"""What a signed-in person sees: the list of their work on every device. There are no such pages with IDENTITY=none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.config import Settings
from portal.domain.annotations import Annotations
from portal.domain.errors import Unauthorized
from portal.domain.message import Message
from portal.domain.status import FailureKind, TaskStatus
from portal.files.task_index import TaskIndexRow
from portal.services.annotations import Annotated
from portal.services.my_work import OwnedSubmission
from portal.services.parts import WebParts
from portal.web.context import web
from portal.web.pages.grid import progress_words
from portal.web.pages.keys import add_key_pages
from portal.web.pages.submission import submission_name
from portal.web.security import signed_in
from portal.web.texts.i18n import remember_lang
from portal.web.texts.wording import wording
from portal.web.texts.words import CANCELLED, STATUS

_TONE = {
    TaskStatus.PENDING: "calm",
    TaskStatus.QUEUED: "calm",
    TaskStatus.RUNNING: "busy",
    TaskStatus.COMPLETED: "good",
    TaskStatus.FAILED: "bad",
}


@dataclass(frozen=True)
class WorkLine:
    """One line of the list: a task, or a submission with many."""

    address: str
    name: str
    entry_id: str
    submitted: datetime
    expires: datetime | None
    word: str
    tone: str
    remark: str = ""


def register_people_pages(app: Flask, settings: Settings, parts: WebParts) -> None:
    """Add the pages, and the signed-in person for all templates; nothing if nobody signs in."""
    if parts.people is None:
        return
    pages = Blueprint("people", __name__)
    pages.add_url_rule("/work", "work", work_page)
    add_key_pages(pages)
    if parts.sign_ins is not None:
        # Imported here: only sites with a provider need these libraries.
        from portal.web.oidc import add_sign_in

        add_sign_in(app, pages, settings)
    pages.after_request(_finish)
    app.register_blueprint(pages)
    app.context_processor(_shared)


def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return remember_lang(response) if response.mimetype == "text/html" else response


def _shared() -> dict[str, Any]:
    return {"people": True, "person": signed_in(), "has_sign_in": web().parts.sign_ins is not None}


def work_page() -> ResponseReturnValue:
    """Show the tasks and submissions of the signed-in person."""
    person, work = signed_in(), web().parts.work
    if person is None and web().parts.sign_ins is not None:
        return redirect(url_for("people.sign_in", next="/work"), HTTPStatus.SEE_OTHER)
    if person is None or work is None:
        raise Unauthorized(Message("access.not_signed_in"))
    page = work.page(person.owner, request.args.get("page", 1, int))
    tasks = [entry.task_id for entry in page.entries if isinstance(entry, TaskIndexRow)]
    written = web().submissions.annotations.of_all(tasks)
    return render_template("work.html", page=page, lines=[_line(entry, written) for entry in page.entries])


def _line(entry: TaskIndexRow | OwnedSubmission, written: Mapping[str, Annotated]) -> WorkLine:
    if isinstance(entry, OwnedSubmission):
        return _submission_line(entry)
    return _task_line(entry, written[entry.task_id].values)


def _task_line(row: TaskIndexRow, written: Annotations) -> WorkLine:
    status = TaskStatus(row.status)
    cancelled = row.failure_kind == FailureKind.CANCELLED
    return WorkLine(
        address=url_for("pages.task", task_id=row.task_id),
        name=written.called(row.filename),
        entry_id=row.task_id,
        submitted=datetime.fromisoformat(row.submitted),
        expires=datetime.fromisoformat(row.expires) if row.expires else None,
        word=str(CANCELLED if cancelled else STATUS[status]),
        tone="quiet" if cancelled else _TONE[status],
        remark=wording(Message(f"failure.{row.failure_kind}")) if row.failure_kind and not cancelled else "",
    )


def _submission_line(entry: OwnedSubmission) -> WorkLine:
    submission = entry.submission
    view = web().submissions.look(submission)
    return WorkLine(
        address=url_for("pages.submission", submission_id=submission.submission_id),
        name=submission_name(submission),
        entry_id=submission.submission_id,
        submitted=submission.created_at,
        expires=datetime.fromisoformat(entry.expires) if entry.expires else None,
        word=progress_words(view),
        tone="good" if view.is_final else "busy",
    )
