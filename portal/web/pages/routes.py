"""The routes of the pages, and what all pages share.

Templates are in `templates/html`, scripts and styles in `static/`. English texts are in the templates and in
`web/texts/words.py`, with their Chinese in `translations/zh`; messages with a code are in `portal/domain/catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import __version__
from portal.domain.logs import request_id
from portal.domain.task_id import is_task_id
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.results.record_notes import RecordNote, dose_with_signs, note_in
from portal.web.context import web
from portal.web.deleted import DELETED_CODES, deleted_as_asked
from portal.web.errors import Problem, use_error_page
from portal.web.maintenance import expected_end
from portal.web.pages import charts as pages_charts
from portal.web.pages import compare as pages_compare
from portal.web.pages import error_codes as pages_error_codes
from portal.web.pages import evidence as pages_evidence
from portal.web.pages import info as pages_info
from portal.web.pages import my_tasks as pages_my_tasks
from portal.web.pages import samples as pages_samples
from portal.web.pages import submission as pages_submission
from portal.web.pages import submit as pages_submit
from portal.web.pages import task as pages_task
from portal.web.pages import toxin as pages_toxin
from portal.web.pages import undo as pages_undo
from portal.web.pages.annotate import add_annotation_pages
from portal.web.pages.form import field_labels, told
from portal.web.pages.kept_results import register_kept_results
from portal.web.pages.run_links import file_url, result_url
from portal.web.pages.runs import add_run_pages
from portal.web.pages.script_words import script_words
from portal.web.pages.shares import add_share_pages
from portal.web.pages.unlocking import as_page
from portal.web.strains import called
from portal.web.texts.i18n import current_lang, remember_lang, setup_languages
from portal.web.texts.i18n import gettext as _
from portal.web.texts.shown_text import breaking
from portal.web.texts.wording import sentence, with_commands, wording
from portal.web.texts.words import ORDER, PICTURE, by_prefix, target_name, written_target

_TASK = "/tasks/<task_id>"
_SUBMISSION = "/submissions/<submission_id>"
# What is not there may have been removed, with all of its task.
_GONE_CODES = frozenset(("http.404", "task.unknown", "submission.unknown", "share.unknown"))


def register_pages(app: Flask) -> None:
    """Add the pages, their languages and the HTML form of errors to the application."""
    setup_languages(app)
    register_kept_results(app)
    pages = Blueprint("pages", __name__, template_folder=str(Path(app.template_folder or "templates") / "html"))
    _add_tasks(pages)
    add_run_pages(pages)
    _add_submissions(pages)
    add_share_pages(pages)
    add_annotation_pages(pages)
    _add_comparisons(pages)
    _add_information(pages)
    _add_samples(pages)
    pages.after_request(_finish)
    pages.context_processor(_shared)
    app.register_blueprint(pages)
    app.jinja_env.filters.update(
        sentence=sentence,
        with_commands=with_commands,
        target_name=target_name,
        written_target=written_target,
        record_note=_record_note,
        dose_with_signs=dose_with_signs,
        common_name=_common_name,
        picture_name=_picture_name,
        breaking=breaking,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.globals.update(
        version=__version__,
        script_words=script_words,
        pictures_of_charts=pages_charts.pictures_of_charts,
        called=called,
        submission_above=pages_submission.submission_above,
    )
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    use_error_page(app, _error_page)
    app.after_request(as_page)


def _adders(pages: Blueprint) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return what adds an address that is read, and one to which a form is sent."""
    return pages.add_url_rule, partial(pages.add_url_rule, methods=["POST"])


def _add_tasks(pages: Blueprint) -> None:
    """Add submitting, lists of tasks, and the pages of one."""
    add, post = _adders(pages)
    add("/", "submit", pages_submit.submit_page)
    post("/", "submit_form", pages_submit.submit)
    post("/example", "example", pages_submit.submit_example)
    add("/tasks", "my_tasks", pages_info.my_tasks_page)
    add("/tasks/states", "states", pages_my_tasks.states)
    add("/open", "open_task", pages_task.open_task)
    add(_TASK, "task", pages_task.task_page)
    add(f"{_TASK}/panel", "panel", pages_task.panel)
    add(f"{_TASK}/verdict", "verdict", pages_task.verdict)
    add(f"{_TASK}/log", "log", pages_task.log)
    add(f"{_TASK}/charts", "charts", pages_charts.charts)
    add(f"{_TASK}/evidence", "evidence", pages_evidence.evidence_page)
    add(f"{_TASK}/toxins/<path:wanted>", "toxin", pages_toxin.toxin_page)
    post(f"{_TASK}/unlock", "unlock", pages_task.unlock)
    post(f"{_TASK}/cancel", "cancel", pages_task.cancel)
    post(f"{_TASK}/delete", "delete", pages_undo.delete_task)
    post(f"{_TASK}/restore", "restore", pages_undo.restore_task)
    add(f"{_TASK}/again", "again", pages_task.again)
    post(f"{_TASK}/again", "again_form", pages_task.again_form)


def _add_submissions(pages: Blueprint) -> None:
    """Add the pages of a submission."""
    add, post = _adders(pages)
    add(_SUBMISSION, "submission", pages_submission.submission_page)
    add(f"{_SUBMISSION}/changes", "submission_changes", pages_submission.changes)
    add(f"{_SUBMISSION}/rows", "submission_rows", pages_submission.rows)
    add(f"{_SUBMISSION}/strains/<int:n>", "strain", pages_submission.strain)
    add(f"{_SUBMISSION}/comparison", "comparison", pages_submission.comparison)
    post(f"{_SUBMISSION}/unlock", "unlock_submission", pages_submission.unlock)
    post(f"{_SUBMISSION}/cancel", "cancel_submission", pages_submission.cancel)
    post(f"{_SUBMISSION}/close", "close_submission", pages_submission.close)
    post(f"{_SUBMISSION}/retry", "retry_submission", pages_submission.retry)
    post(f"{_SUBMISSION}/delete", "delete_submission", pages_undo.delete_submission)
    post(f"{_SUBMISSION}/restore", "restore_submission", pages_undo.restore_submission)


def _add_comparisons(pages: Blueprint) -> None:
    """Add the comparisons of chosen tasks and of a submission's."""
    add, _ = _adders(pages)
    add("/compare", "compare", pages_compare.tasks_page)
    add("/compare/rows", "compare_rows", pages_compare.tasks_rows)
    add("/compare/table.<ending>", "compare_table", pages_compare.tasks_table)
    add("/compare/files/<name>", "compare_file", pages_compare.tasks_file)
    add(f"{_SUBMISSION}/compare", "submission_compare", pages_compare.submission_page)
    add(f"{_SUBMISSION}/compare/rows", "submission_compare_rows", pages_compare.submission_rows)
    add(f"{_SUBMISSION}/compare/table.<ending>", "submission_compare_table", pages_compare.submission_table)
    add(f"{_SUBMISSION}/compare/files/<name>", "submission_compare_file", pages_compare.submission_file)


def _add_information(pages: Blueprint) -> None:
    """Add what is about the portal."""
    add, _ = _adders(pages)
    add("/queue", "queue", pages_info.queue_page)
    add("/help", "help", pages_info.help_page)
    add("/errors", "error_codes", pages_error_codes.error_codes_page)
    add("/errors/<code>", "error_code", pages_error_codes.error_code_page)


def _add_samples(pages: Blueprint) -> None:
    """Add the list of the ready samples, and an address of each that stays the same."""
    pages.add_url_rule("/samples", "samples", pages_samples.samples_page)
    pages.add_url_rule("/samples/<name>", "sample", pages_samples.sample)


def load_templates(app: Flask) -> None:
    """Compile all templates in advance, so that the first visitor of each page does not wait."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)


def _finish(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        remember_lang(response)
    return response


def _shared() -> dict[str, Any]:
    notice = Control.read_or_hold(PortalDir(web().settings.JOBS_DIR))[0].notice_in(current_lang())
    return {"file_url": file_url, "result_url": result_url, "notice": notice}


def _common_name(target: str) -> str:
    return str(ORDER[target][1]) if target in ORDER else ""


def _record_note(note: str) -> RecordNote:
    return note_in(note, current_lang())


def _picture_name(name: str) -> str:
    return str(by_prefix(PICTURE, name) or name)


def _opens() -> datetime | None:
    """Return when a portal that is closed is expected to open, which the operator's own text need not say."""
    return expected_end(PortalDir(web().settings.JOBS_DIR), datetime.now(UTC))


def _task_of(problem: Problem) -> str:
    """Return the address of the task in which something asked for is not found; empty for all else."""
    task_id = (request.view_args or {}).get("task_id")
    is_within = problem.code == HTTPStatus.NOT_FOUND and problem.message.code not in {*_GONE_CODES, *DELETED_CODES}
    return url_for("pages.task", task_id=task_id) if task_id and is_within else ""


def _asks_for_token() -> str:
    """Return the page that asks for the token of what this request would open; empty where that is nothing."""
    asked = request.view_args or {}
    opened_id = asked.get("task_id") or asked.get("submission_id") or asked.get("opened_id")
    if not isinstance(opened_id, str) or not is_task_id(opened_id) or request.url_rule is None:
        return ""
    if request.url_rule.rule.startswith("/submissions/"):
        return pages_submission.unlock_page(opened_id)
    return pages_task.unlock_page(opened_id)


def _error_page(problem: Problem) -> ResponseReturnValue:
    is_closed_to_them = problem.message.code == "access.no_token"
    if is_closed_to_them and (form := _asks_for_token()):
        return remember_lang(Response(form, mimetype="text/html"))
    titles = {
        HTTPStatus.UNAUTHORIZED: _("Not open to you yet"),
        HTTPStatus.FORBIDDEN: _("Not from here"),
        HTTPStatus.NOT_FOUND: _("There is no such page"),
        HTTPStatus.METHOD_NOT_ALLOWED: _("Not possible"),
        HTTPStatus.CONFLICT: _("Not possible at the moment"),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Too large"),
        HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests"),
        HTTPStatus.SERVICE_UNAVAILABLE: _("Not ready"),
        HTTPStatus.INSUFFICIENT_STORAGE: _("The disk is full"),
    }
    advice = {
        HTTPStatus.UNAUTHORIZED: _("Open the task with the link you were given."),
        HTTPStatus.INTERNAL_SERVER_ERROR: _("What was submitted is safe."),
    }
    if problem.message.code in _GONE_CODES:
        advice[HTTPStatus.NOT_FOUND] = _("Tasks are removed when their time is over. Check the address you were given.")
    is_closed = problem.message.code.startswith("maintenance.")
    deleted = deleted_as_asked() if problem.message.code in DELETED_CODES else None
    title = titles.get(HTTPStatus(problem.code), _("Something went wrong"))
    title = _("Closed for maintenance") if is_closed else _("This has been deleted") if deleted else title
    page = render_template(
        "error.html",
        code=problem.code,
        is_closed=is_closed,
        opens=_opens() if problem.message.code == "maintenance.said" else None,
        deleted=deleted,
        title=title,
        task_address=_task_of(problem),
        # The words of that one are for programs.
        message="" if is_closed_to_them else wording(problem.message),
        errors=told(problem.errors),
        labels=field_labels(),
        advice=""
        if deleted or problem.message.code == "access.not_signed_in"
        else advice.get(HTTPStatus(problem.code), ""),
        # The request id in the operator's log; a reader of "not found" does not need it.
        request_id=request_id.get() if problem.code >= HTTPStatus.INTERNAL_SERVER_ERROR and not is_closed else "",
    )
    return remember_lang(Response(page, mimetype="text/html"))
