"""The submission page: a form that works without scripts; a script sends it file by file and shows progress."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from portal.domain.errors import NotFound, PortalError
from portal.domain.message import Message
from portal.domain.notification import NotificationChannel
from portal.domain.parameters import PARAMETERS
from portal.domain.status import Lang
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.services.acceptance import Asked
from portal.services.answers import CreatedTask
from portal.services.notification_requests import MYSELF
from portal.services.shares import Grant
from portal.services.submission_keys import Access
from portal.web.browser import let_in
from portal.web.context import web
from portal.web.errors import Problem, describe_http_error, describe_portal_error
from portal.web.pages.form import changed_values, field_labels, parameter_fields, read_fields, shown_values, told
from portal.web.security import own_mail, owner, require_same_origin, submitter
from portal.web.texts.i18n import current_lang
from portal.web.texts.sample_words import SAMPLES
from portal.web.texts.wording import wording
from portal.web.texts.words import STAGE, STAGE_PURPOSE
from portal.web.upload.form import LABEL_FIELD, NOTIFY_FIELD, submit_page_form
from portal.web.upload.intake import MOST_FILES
from portal.web.upload.reader import GZIP_SUFFIX, KEY_FIELD, PASTED_FIELD, PASTED_NAME_FIELD, SUFFIXES

MAIL_FIELD = f"{NOTIFY_FIELD}{NotificationChannel.MAIL.value}"
EXAMPLE_NAME = "synthetic_kurstaki.fna"  # the name shows everywhere that this is not a real strain
_CHUNK_BYTES = 1 << 18
_TO_RUN = frozenset({"engine", "reference"})  # without these a task fails as soon as it starts


def example_path() -> Path:
    """Return the path of the example genome, beside the references it is made from, if the site has one."""
    return web().settings.reference_dir / EXAMPLE_NAME


def submit_page() -> ResponseReturnValue:
    """Show the empty form; the query may preset parameters."""
    return _page(request.args, {})


def _mail_field(given: str) -> dict[str, str] | None:
    """Return what the field for a mail address shows; None where the sender cannot be mailed."""
    rules = web().parts.notifications
    if not rules.mails:
        return None
    if not rules.people:
        return {"own": "", "value": given}
    own = own_mail()
    return {"own": own, "value": given} if own else None


def _page(
    given: Mapping[str, Any],
    problems: Mapping[str, list[str]],
    lang: Lang | None = None,
    *,
    mail: str = "",
    pasted_name: str = "",
    label: str = "",
    choose_again: bool = False,
) -> str:
    settings = web().settings
    names = [parameter.name for parameter in PARAMETERS]
    return render_template(
        "submit.html",
        fields=parameter_fields(),
        labels=field_labels(),
        known_fields=[*names, "file", LABEL_FIELD, MAIL_FIELD],
        mail=_mail_field(mail),
        mail_field=MAIL_FIELD,
        myself=MYSELF,
        values=shown_values(given),
        problems=problems,
        open_settings=any(name in problems or name in given for name in names),
        report_lang=(lang or current_lang()).value,
        extensions=",".join((*SUFFIXES, GZIP_SUFFIX)),
        limit_mb=settings.MAX_UPLOAD_MB,
        most_files=MOST_FILES,
        limit_bytes=settings.max_upload_bytes,
        retention_days=settings.RESULT_RETENTION_DAYS,
        example=example_path().is_file(),
        sample_state=web().parts.samples.look().state.value,
        cannot_run=any(part.name in _TO_RUN and part.state == "down" for part in web().health.report().parts),
        samples=SAMPLES,
        key_field=KEY_FIELD,
        pasted_field=PASTED_FIELD,
        pasted_name_field=PASTED_NAME_FIELD,
        pasted_name=pasted_name,
        label_field=LABEL_FIELD,
        label=label,
        choose_again=choose_again,
        key=secrets.token_urlsafe(16),
        stages=[{"label": str(STAGE[stage]), "purpose": str(STAGE_PURPOSE[stage])} for stage in STAGE],
    )


def submit() -> ResponseReturnValue:
    """Accept a form with genomes; respond to the script with JSON, to a plain form with a page."""
    require_same_origin()
    sent: dict[str, str] = {}
    try:
        created = submit_page_form(sent)
    except (PortalError, HTTPException) as error:
        known = isinstance(error, PortalError)
        return _refused(describe_portal_error(error) if known else describe_http_error(error), sent)  # type: ignore[arg-type]
    return _accepted(created)


def submit_example() -> ResponseReturnValue:
    """Create a task for the example genome with default settings."""
    require_same_origin()
    acceptance, asked = web().acceptance, Asked(EXAMPLE_NAME, current_lang(), {})
    try:
        with example_path().open("rb") as stream:
            upload = acceptance.begin(submitter())
            while chunk := stream.read(_CHUNK_BYTES):
                upload.write(chunk)
    except FileNotFoundError as error:
        raise NotFound(Message("example.none")) from error
    return _accepted(acceptance.create(upload, asked, submitter=submitter(), owner=owner()))


def _accepted(created: CreatedTask | Submission) -> Response:
    made: TaskMeta | Submission
    if isinstance(created, Submission):
        made, ids = created, {"submission_id": created.submission_id}
        address = url_for("pages.submission", submission_id=created.submission_id)
    else:
        made, ids = created.view.task, {"task_id": created.view.task.task_id}
        address = url_for("pages.task", task_id=made.task_id)
    if _wants_json():
        response = jsonify({**ids, "url": address})
        response.status_code = HTTPStatus.CREATED
    else:
        response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    let_in(response, Grant(made, Access.OWNER))
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(problem: Problem, sent: Mapping[str, str]) -> Response:
    """Report the problems; the page keeps the chosen values, except the file, which browsers do not let it preset."""
    message = wording(problem.message)
    problems = told(problem.errors)
    if _wants_json():
        response = jsonify({"message": message, "errors": problems})
    else:
        lang = read_fields(sent)[1]
        shown, typed = (
            problems or {"file": [message]},
            {
                "mail": MAIL_FIELD,
                "pasted_name": PASTED_NAME_FIELD,
                "label": LABEL_FIELD,
            },
        )
        had_files = problem.message.code != "upload.no_file"
        kept = {name: sent.get(field, "") for name, field in typed.items()}
        response = make_response(_page(changed_values(sent), shown, lang, **kept, choose_again=had_files))
    response.status_code = problem.code
    response.headers.update(dict(problem.headers))
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
