"""The page of a submission: progress of its genomes, grid of results, and actions on all.

Needs a token of the submission; with the view token the actions are hidden.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound, PortalError, Unauthorized
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.domain.submission import ItemStatus, Submission
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.results.names import COMPARE_ZIP
from portal.results.tables import TABLES
from portal.services.annotations import etag_of
from portal.services.snapshots import annotations_shown
from portal.services.submission_grid import GridBy
from portal.services.submission_keys import Access
from portal.services.submission_progress import SubmissionView
from portal.web.api.compare import send_comparison
from portal.web.browser import let_in, replace_old_cookie
from portal.web.context import web
from portal.web.deleted import deleted_here, deletions, is_gone
from portal.web.pages.annotate import table_form
from portal.web.pages.closed_link import closed_link
from portal.web.pages.grid import GridView, build_grid, progress_words
from portal.web.pages.grid_page import GridLinks, asked_by, data_of, grid_context, rows_answer
from portal.web.pages.shares import sharing_of
from portal.web.pages.unlocking import address_after, note_form, on_to
from portal.web.security import (
    authorized_submission,
    granted,
    old_cookie_grant,
    open_with_token,
    require_same_origin,
    submission_of_reader,
)
from portal.web.strains import named_of
from portal.web.texts.i18n import current_lang
from portal.web.texts.i18n import gettext as _
from portal.web.texts.words import item_word
from portal.web.upload.reader import GZIP_SUFFIX, SUFFIXES

_TOXIN = re.compile(r"[^/\\\x00-\x20.][^/\\\x00-\x1f]{0,99}")
_ANCHOR = re.compile(r"[a-z0-9-]{1,60}")
_WAITING = (ItemStatus.AWAITED, ItemStatus.PENDING, ItemStatus.QUEUED)


def submission_page(submission_id: str) -> ResponseReturnValue:
    """Show a submission: progress, grid, downloads, and the actions if the token is the owner's."""
    try:
        submission = authorized_submission(submission_id, Access.VIEW)
    except (Unauthorized, NotFound) as error:
        return ask_for_token(submission_id, wrong=isinstance(error, NotFound))
    grant = granted(submission)
    view = web().submissions.look(submission)
    ids = {row.task_id for row in view.rows}
    grid = _grid(view, asked_by())
    text = render_template(
        "submission.html",
        is_owner=grant.is_owner,
        is_sample=web().parts.samples.is_public(submission),
        sharing=sharing_of(submission, grant),
        table=table_form(submission) if grant.is_owner else None,
        mark=grant.snapshot,
        left=request.args.get("left", type=int),
        same_content=submission.same_content,
        deletions=[each for each in deletions() if each.deleted_id in ids] if grant.is_owner else [],
        missing=[row.n for row in view.rows if row.status is ItemStatus.AWAITED] if grant.is_owner else [],
        limit_bytes=web().settings.max_upload_bytes,
        extensions=",".join((*SUFFIXES, GZIP_SUFFIX)),
        refresh=bool(request.args.get("refresh")) and not view.is_final,
        kept_until=web().submissions.kept_until(view),
        retention_days=web().settings.RESULT_RETENTION_DAYS,
        **_look_context(view),
        **grid_context(grid, _links(submission)),
    )
    response = make_response(text)
    replace_old_cookie(response, old_cookie_grant(submission))
    return response


def changes(submission_id: str) -> ResponseReturnValue:
    """Return changes since a cursor: the panel as HTML, with rows of the grid as data; 204 if nothing changed.

    If the columns differ from the page's, or what owners have written does, all rows are returned.
    """
    submission = authorized_submission(submission_id, Access.VIEW)
    view = web().submissions.look(submission)
    changed = view.since(request.args.get("since"))
    rewritten = request.args.get("annotated") not in (None, _annotated(view))
    if not changed and not rewritten:
        return Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
    grid = _grid(view, asked_by())
    numbers = {row.n for row in changed}
    whole = rewritten or grid.key != request.args.get("columns")
    lines = [line for line in grid.lines if whole or line.n in numbers]
    page = render_template(
        "_submission_changes.html", data=data_of(grid, lines, _links(submission)), **_look_context(view)
    )
    return Response(page, headers={"Cache-Control": "no-store"})


def rows(submission_id: str) -> Response:
    """Return all rows of the grid as data, in the order of the submission; see `grid_data`."""
    submission = authorized_submission(submission_id, Access.VIEW)
    grid = _grid(web().submissions.look(submission), asked_by())
    return rows_answer(grid, _links(submission))


def _links(submission: Submission) -> GridLinks:
    """Return where the links of the grid lead: to strains by `strain`, so that they open with the submission."""
    of_submission: dict[str, Any] = {"submission_id": submission.submission_id}
    address = url_for("pages.strain", **of_submission, n=0)[:-1]
    return GridLinks(
        page=partial(url_for, "pages.submission", **of_submission),
        rows=partial(url_for, "pages.submission_rows", **of_submission),
        strain=lambda line: f"{address}{line.n}" if line.has_page else "",
        evidence=lambda column: f"?toxin={quote(column.key, safe='')}" if column.is_toxin else f"?at={column.anchor}",
    )


def submission_name(submission: Submission) -> str:
    """Return what a submission is called on the pages."""
    if web().parts.samples.is_public(submission):
        return _("Three synthetic samples")
    if submission.label or len(submission.items) > 1:
        return submission.label or _("%(count)s genomes", count=len(submission.items))
    task_id = web().submissions.task_id(submission, submission.items[0].n)
    written = annotations_shown(submission, web().submissions.annotations.of_all([task_id]))[task_id]
    return written.values.called(submission.items[0].label)


def submission_above(task: TaskMeta) -> tuple[str, str] | None:
    """Return address and name of the submission that a task is of; None where its reader may not open that."""
    if not task.submission:
        return None
    try:
        submission = submission_of_reader(task.submission)
        if submission is None:
            return None
        return url_for("pages.submission", submission_id=submission.submission_id), submission_name(submission)
    except (PortalError, OSError):  # it cannot be shown at the moment; the task can
        return None


def _look_context(view: SubmissionView) -> Mapping[str, Any]:
    """Return the template context of the page's live parts."""
    submission, counts = view.submission, view.counts
    return {
        "submission": submission,
        "name": submission_name(submission),
        "view": view,
        "counts": _counts(view),
        "progress": progress_words(view),
        "states": _states(view),
        "minutes": _minutes_left(view),
        "took": web().tasks.queue().mean_duration_s,
        "can_cancel": any(not row.status.is_final and row.status is not ItemStatus.AWAITED for row in view.rows),
        "waiting": sum(counts[status] for status in _WAITING),
        "failed": counts[ItemStatus.FAILED],
        "completed": counts[ItemStatus.COMPLETED],
        "tables": tuple(TABLES),
        "annotated": _annotated(view),
    }


def _counts(view: SubmissionView) -> list[tuple[str, int]]:
    """Return how many genomes are in each state, in its words; who cancelled a task has not seen it fail."""
    found = Counter((row.status, row.failure_kind == FailureKind.CANCELLED) for row in view.rows)
    return [
        (item_word(status, cancelled=cancelled), found[status, cancelled])
        for status in ItemStatus
        for cancelled in (False, True)
        if found[status, cancelled]
    ]


def _states(view: SubmissionView) -> list[tuple[str, str]]:
    """Return the states to choose from: those that occur, and the one that the address asks for."""
    asked = request.args.get("state", "")
    return [(status.value, item_word(status)) for status in ItemStatus if view.counts[status] or status == asked]


def _minutes_left(view: SubmissionView) -> int | None:
    if view.estimated_end is None:
        return None
    return max(1, round((view.estimated_end - datetime.now(UTC)).total_seconds() / 60))


def _grid(view: SubmissionView, by: GridBy) -> GridView:
    service = web().submissions
    return build_grid(service.grid(view, by), by, service.refusals(view.submission), service.tables.annotations(view))


def _annotated(view: SubmissionView) -> str:
    return etag_of(web().submissions.tables.annotations(view))


def strain(submission_id: str, n: int) -> ResponseReturnValue:
    """Redirect to the page of one genome, which the submission's token also opens."""
    submission = authorized_submission(submission_id, Access.VIEW)
    item = submission.item(n)
    if item is None:
        raise NotFound(Message("submission.no_item", n=n, count=len(submission.items)))
    task_id = web().submissions.task_id(submission, n)
    at, toxin = request.args.get("at", ""), request.args.get("toxin", "")
    if _TOXIN.fullmatch(toxin):
        address = url_for("pages.toxin", task_id=task_id, wanted=toxin)
    else:
        address = url_for("pages.task", task_id=task_id, _anchor=at if _ANCHOR.fullmatch(at) else None)
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    replace_old_cookie(response, old_cookie_grant(submission))  # it opens no page of a task
    response.headers["Cache-Control"] = "no-store"
    return response


def comparison(submission_id: str) -> Response:
    """Return the comparison of all completed genomes as one ZIP: tables, pictures, manifest."""
    submission = authorized_submission(submission_id, Access.VIEW)
    strains = named_of(submission, web().submissions.completed(submission))
    return send_comparison(web().compare.file(strains, current_lang(), COMPARE_ZIP))


# -- the token


def ask_for_token(submission_id: str, *, wrong: bool) -> ResponseReturnValue:
    """Ask for the token: 403 without one, 404 with a wrong one, whether or not the submission exists."""
    if not is_task_id(submission_id):
        abort(HTTPStatus.NOT_FOUND)
    return unlock_page(submission_id, wrong=wrong), HTTPStatus.NOT_FOUND if wrong else HTTPStatus.FORBIDDEN


def unlock_page(submission_id: str, *, wrong: bool = False) -> str:
    """Return the page that asks for the token of a submission; the right one leads on to what was asked for."""
    page = url_for("pages.submission", submission_id=submission_id)
    note_form()
    return render_template(
        "unlock.html",
        closed=closed_link(web().submissions.read, submission_id),
        deleted=deleted_here(submission_id) if is_gone(web().submissions.read, submission_id) else None,
        title=_("Open submission %(submission_id)s", submission_id=submission_id),
        unknown=_("There is no such submission, or the token is wrong."),
        action=url_for("pages.unlock_submission", submission_id=submission_id, **on_to(page)),
        wrong=wrong,
    )


def unlock(submission_id: str) -> ResponseReturnValue:
    """Exchange a token, or a link that ends in it, for the submission in the browser's session."""
    require_same_origin()
    try:
        grant = open_with_token(web().submissions.read, submission_id, request.form.get("token", ""))
    except NotFound:
        return ask_for_token(submission_id, wrong=True)
    address = address_after(url_for("pages.submission", submission_id=submission_id))
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    let_in(response, grant)
    return response


def _to_page(submission_id: str, **query: Any) -> Response:
    address = url_for("pages.submission", submission_id=submission_id, **query)
    return make_response(redirect(address, HTTPStatus.SEE_OTHER))


# -- actions on all


def _owned(submission_id: str) -> Submission:
    return authorized_submission(submission_id, Access.OWNER)


def cancel(submission_id: str) -> ResponseReturnValue:
    """Request cancellation of the waiting tasks, or of all that have not ended."""
    only_waiting = request.form.get("only") == "waiting"
    result = web().submissions.actions.cancel(_owned(submission_id), only_waiting=only_waiting)
    return _to_page(submission_id, left=len(result.left) or None)


def close(submission_id: str) -> ResponseReturnValue:
    """Give up the files that have not arrived; the page then says without which."""
    web().submissions.close(_owned(submission_id))
    return _to_page(submission_id)


def retry(submission_id: str) -> ResponseReturnValue:
    """Request another attempt of all failed tasks."""
    result = web().submissions.actions.retry(_owned(submission_id), only_failed=True)
    return _to_page(submission_id, left=len(result.left) or None)
