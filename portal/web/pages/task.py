"""A task's page and its actions. Needs the task's token; without one, a form asks for it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from portal.domain.message import Message
from portal.domain.runs import last_good
from portal.domain.status import STAGE_ORDER, PipelineStage
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.heartbeat import QueueView
from portal.services.answers import TaskView
from portal.services.submission_keys import Access
from portal.web.browser import let_in, replace_old_cookie
from portal.web.context import web
from portal.web.deleted import deleted_here, is_gone
from portal.web.pages.annotate import form_of
from portal.web.pages.changes_view import ChangesView, changes_view
from portal.web.pages.closed_link import closed_link
from portal.web.pages.form import (
    LimitField,
    field_labels,
    limit_fields,
    parameter_fields,
    read_fields,
    read_limits,
    shown_values,
    told,
)
from portal.web.pages.kept_results import result_files, written_results
from portal.web.pages.results import files_context, outcome_line
from portal.web.pages.run_links import show_run
from portal.web.pages.run_view import RunsView, runs_of
from portal.web.pages.samples import tour_of, words_of_sample
from portal.web.pages.shares import sharing_of
from portal.web.pages.task_state import StatePanel, build_panel, panel_version, stage_of_interest
from portal.web.pages.unlocking import address_after, note_form, on_to
from portal.web.security import authorized_task, granted, old_cookie_grant, open_with_token, require_same_origin
from portal.web.strains import annotations_of
from portal.web.texts.i18n import current_lang
from portal.web.texts.i18n import gettext as _
from portal.web.texts.wording import wording
from portal.web.texts.words import STAGE

_TAIL_BYTES = 6000
_LOG_BYTES = 512 * 1024


def task_page(task_id: str) -> ResponseReturnValue:
    """Show a task: its progress, why it failed, or its results."""
    try:
        task = authorized_task(task_id)
    except (Unauthorized, NotFound) as error:
        return ask_for_token(task_id, wrong=isinstance(error, NotFound))
    panel = _panel(task)
    ended = task.status.is_final and not panel.retrying
    runs = runs_of(panel.task)
    if runs.is_earlier:
        show_run(runs.number)
    good = last_good(panel.task)
    results = written_results(good) if good is not None else None
    stage = stage_of_interest(task)
    grant = granted(task)
    sample = words_of_sample(task)
    may_change = grant.is_owner
    text = render_template(
        "task.html",
        panel=panel,
        results=results,
        runs=runs,
        changes=_changes(panel.task, runs),
        log=web().tasks.log(task, stage, limit_bytes=_TAIL_BYTES),
        failed_step=next((step for step in panel.steps if step.state in ("failed", "stopped")), None),
        may_change=may_change,
        sample=sample,
        tour=tour_of(results.html) if sample and results else (),
        sharing=sharing_of(task, grant),
        written=annotations_of(task).shown(to_owner=may_change),
        form=form_of(annotations_of(task)) if may_change else None,
        mark=grant.snapshot,
        retention_days=web().settings.RESULT_RETENTION_DAYS,
        refresh=bool(request.args.get("refresh")) and not task.status.is_final,
        **(files_context(result_files(task)) if ended and results is None else {}),
    )
    response = make_response(text)
    replace_old_cookie(response, old_cookie_grant(task))
    return response


def _changes(task: TaskMeta, runs: RunsView) -> ChangesView | None:
    """Return what changed from the run before to the latest one; None while it works, or if it is the first."""
    before = runs.before
    return None if before is None or runs.is_earlier else changes_view(task, before.number, runs.number)


def panel(task_id: str) -> ResponseReturnValue:
    """Return only the live part of the page; 304 if nothing changed."""
    task = authorized_task(task_id)
    view, queue, now, version = _look(task)
    response = Response(headers={"Cache-Control": "private, no-cache"})
    response.set_etag(version, weak=True)
    if request.if_none_match.contains_weak(version):
        response.status_code = HTTPStatus.NOT_MODIFIED
    else:
        response.set_data(render_template("_panel.html", panel=build_panel(view, queue, now=now, version=version)))
    return response


def verdict(task_id: str) -> ResponseReturnValue:
    """Return the result of a task in one line of text, for lists of tasks; 404 until it has ended."""
    task = authorized_task(task_id)
    if not task.status.is_final:
        abort(HTTPStatus.NOT_FOUND)
    response = Response(outcome_line(task), mimetype="text/plain", headers={"Cache-Control": "private, no-cache"})
    response.add_etag()
    return response.make_conditional(request)


def _look(task: TaskMeta) -> tuple[TaskView, QueueView, datetime, str]:
    """Return a task with its place in the queue, the queue, the current time, and the version of the panel."""
    view, queue, now = web().tasks.view(task), web().tasks.queue(), datetime.now(UTC)
    return view, queue, now, panel_version(view, queue, now=now, lang=current_lang().value)


def _panel(task: TaskMeta) -> StatePanel:
    view, queue, now, version = _look(task)
    limits = web().tasks.adjustable_limits()
    raisable = [limit.name for limit in limits if limit.has_room(task.limits.get(limit.name, limit.usual))]
    return build_panel(view, queue, now=now, version=version, raisable=raisable)


def log(task_id: str) -> ResponseReturnValue:
    """Show a stage's log; with `tail`, only its last lines as text, for the live page."""
    task = authorized_task(task_id)
    wanted = request.args.get("stage", "")
    stage = PipelineStage(wanted) if wanted in list(PipelineStage) else stage_of_interest(task)
    if request.args.get("tail"):
        text = web().tasks.log(task, stage, limit_bytes=_TAIL_BYTES)
        response = Response(text, mimetype="text/plain", headers={"Cache-Control": "private, no-cache"})
        response.add_etag()
        return response.make_conditional(request)
    return render_template(
        "log.html",
        task=task,
        stage=stage.value,
        stages=[(each.value, str(STAGE[each])) for each in STAGE_ORDER],
        log=web().tasks.log(task, stage, limit_bytes=_LOG_BYTES),
    )


# -- the token


def ask_for_token(task_id: str, *, wrong: bool) -> ResponseReturnValue:
    """Ask for the token: 403 without one, 404 with a wrong one, whether or not the task exists."""
    if not is_task_id(task_id):
        abort(HTTPStatus.NOT_FOUND)
    return unlock_page(task_id, wrong=wrong), HTTPStatus.NOT_FOUND if wrong else HTTPStatus.FORBIDDEN


def unlock_page(task_id: str, *, wrong: bool = False) -> str:
    """Return the page that asks for the token of a task; the right one leads on to what was asked for."""
    note_form()
    return render_template(
        "unlock.html",
        closed=closed_link(web().tasks.record, task_id),
        deleted=deleted_here(task_id) if is_gone(web().tasks.record, task_id) else None,
        title=_("Open task %(task_id)s", task_id=task_id),
        unknown=_("There is no such task, or the token is wrong."),
        action=url_for("pages.unlock", task_id=task_id, **on_to(url_for("pages.task", task_id=task_id))),
        wrong=wrong,
    )


def unlock(task_id: str) -> ResponseReturnValue:
    """Exchange a token, or a link that ends in it, for the task in the browser's session."""
    require_same_origin()
    try:
        grant = open_with_token(web().tasks.record, task_id, request.form.get("token", ""))
    except NotFound:
        return ask_for_token(task_id, wrong=True)
    address = address_after(url_for("pages.task", task_id=task_id))
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    let_in(response, grant)
    return response


def _to_task(task_id: str) -> Response:
    return make_response(redirect(url_for("pages.task", task_id=task_id), HTTPStatus.SEE_OTHER))


# -- actions


def cancel(task_id: str) -> ResponseReturnValue:
    """Request cancellation of a task. One that has ended meanwhile is simply shown."""
    with contextlib.suppress(Conflict):  # it ended before the user confirmed: the page shows the result
        web().tasks.cancel(authorized_task(task_id))
    return _to_task(task_id)


def again(task_id: str) -> ResponseReturnValue:
    """Show the form for another run, with the settings of the last one."""
    task = authorized_task(task_id, Access.OWNER)
    if not task.status.is_final:
        return _to_task(task_id)
    return _again_page(task, shown_values(task.parameters), task.lang.value, limits=_limit_fields(task))


def again_form(task_id: str) -> ResponseReturnValue:
    """Request another run."""
    task = authorized_task(task_id)
    sent = _last_values()
    values, lang = read_fields(sent)
    try:
        web().tasks.retry(task, parameters=values, lang=lang, limits=read_limits(sent))
    except InvalidRequest as error:
        limits = _limit_fields(task, sent)
        problems, message = told(error.errors), wording(error.message)
        page = _again_page(task, shown_values(values), lang.value, problems, message, limits=limits)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as error:
        if error.message.code == "task.retry_waiting":
            limits = _limit_fields(task, sent)
            page = _again_page(task, shown_values(values), lang.value, {}, wording(error.message), limits=limits)
            return page, HTTPStatus.CONFLICT
        # Otherwise it is already running again: someone else with the link was faster.
    return _to_task(task_id)


def _last_values() -> dict[str, str]:
    """Return the form with the last of repeated values: a hidden `false` precedes each checkbox."""
    return {name: values[-1].strip() for name, values in request.form.lists()}


def _limit_fields(task: TaskMeta, given: dict[str, str] | None = None) -> list[LimitField]:
    return limit_fields(web().tasks.adjustable_limits(), task, given=given)


def _again_page(
    task: TaskMeta,
    values: dict[str, Any],
    lang: str,
    problems: dict[str, list[str]] | None = None,
    message: str = "",
    *,
    limits: list[LimitField],
) -> str:
    return render_template(
        "again.html",
        task=task,
        fields=parameter_fields(),
        labels=field_labels(),
        values=values,
        limits=limits,
        problems=problems or {},
        message=message,
        report_lang=lang,
    )


def open_task() -> ResponseReturnValue:
    """Redirect from a typed task id to its page."""
    task_id = request.args.get("task", "").strip().lower()
    if not is_task_id(task_id):
        raise NotFound(Message("task.unknown"))
    return _to_task(task_id)
