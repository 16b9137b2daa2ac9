"""Make a task of a form with a genome, or a submission of one with several; the same Idempotency-Key finds it again."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from typing import Any

from flask import request

from portal.domain.errors import InvalidInput, InvalidRequest, InvalidValue, KeyReused, PortalError
from portal.domain.message import Message
from portal.domain.notification import NotificationChannel
from portal.domain.parameters import read_parameters
from portal.domain.status import Lang
from portal.domain.submission import Submission, labels_of, read_items
from portal.files.staging import RepeatedUpload, StagedUpload
from portal.services.acceptance import Asked
from portal.services.announcer import announced_label
from portal.services.answers import CreatedTask
from portal.web.context import web
from portal.web.security import own_mail, owner, submitter
from portal.web.upload.body import read_pieces
from portal.web.upload.intake import INTAKE, KEY, KEY_HEADER, FormIntake, begin_intake
from portal.web.upload.reader import FILE_FIELD, KEY_FIELD, PASTED_NAME_FIELD, ReceivedForm

log = logging.getLogger(__name__)

NOTIFY_FIELD = "notify_"  # and the channel
LABEL_FIELD = "label"  # the name of a submission of several files
_SUBMISSION = re.compile(r"[\w.:@-]{1,100}")


@contextlib.contextmanager
def receive_form(fields: dict[str, str] | None = None) -> Iterator[ReceivedForm]:
    """Return the form of this request; nothing of it is kept unless a task is created from it.

    `fields` is filled with the form's fields, so that the caller can show them after a refusal.

    Raises:
        PayloadTooLarge, UnsupportedFile, InvalidRequest, InvalidInput, StorageFull, TooManyRequests: refused.
        MalformedRequest, TooSlow: the body is cut, damaged or too slow.
    """
    intake = request.environ.get(INTAKE) or _read_whole_form()
    try:
        if fields is not None:
            fields.update(intake.fields)
        yield intake.form()
    finally:
        intake.abandon()


def _read_whole_form() -> FormIntake:
    """Read the body here if the edge has not read it."""
    limit = web().settings.max_upload_bytes
    intake = begin_intake(request.environ, web().acceptance, limit)
    try:
        if intake.wants_more:
            for piece in read_pieces(request, limit):
                if not intake.feed(piece):
                    break
            intake.end()
    except Exception as error:
        intake.give_up(error)
    return intake


def submit_form() -> CreatedTask:
    """Make a task of the form in this request, or find the one that the same Idempotency-Key led to before.

    Raises:
        InvalidRequest: with every invalid field; see also `receive_form` and `Acceptance.create`.
    """
    with receive_form() as form:
        _require_right(form)
        return _one(form, *_asked(form))


def submit_page_form(sent: dict[str, str]) -> CreatedTask | Submission:
    """Make a task of the form of a page, or a submission if several files were chosen.

    `sent` is filled with the fields of the form, even if the form is refused.

    Raises:
        InvalidRequest: with every invalid field; see also `receive_form`, `Acceptance.create`, `Announcer.announce`.
    """
    with receive_form(sent) as form:
        given = form.fields.pop(LABEL_FIELD, "")
        if not form.files and not form.wrong:
            raise InvalidRequest(Message("upload.no_file"), errors={FILE_FIELD: [Message("upload.choose")]})
        if len(form.files) + len(form.wrong) == 1 or not form.files:
            _require_right(form)
        asked, key = _asked(form)
        try:
            label = announced_label(given)
        except InvalidValue as error:
            raise InvalidRequest(Message("request.fields"), errors={LABEL_FIELD: [error.message]}) from error
        try:
            if len(form.files) + len(form.wrong) == 1:
                return _one(form, asked, key)
            return _several(form, asked, key, label)
        except KeyReused as error:  # the key is in the form: its sender knows of none
            raise KeyReused(Message("upload.sent_before")) from error


def _require_right(form: ReceivedForm) -> None:
    """Raise what is wrong with the files of a form: of several, with the name of each."""
    if not form.wrong:
        return
    _, first = form.wrong[0]
    if len(form.files) + len(form.wrong) == 1:
        raise first
    wrong = [Message("input.file", name=name, reason=error.message) for name, error in form.wrong]
    problem = type(first)(wrong[0])
    problem.errors = {FILE_FIELD: wrong}
    raise problem from first


def _asked(form: ReceivedForm) -> tuple[Asked, str | None]:
    """Return what was sent with the first file, and the key."""
    if not form.files:
        raise InvalidRequest(Message("upload.no_file"), errors={FILE_FIELD: [Message("field.missing")]})
    fields = {name: value for name, value in form.fields.items() if value}
    key = request.headers.get(KEY_HEADER) or fields.pop(KEY_FIELD, None)
    fields.pop(KEY_FIELD, None)
    fields.pop(PASTED_NAME_FIELD, None)
    addresses = {channel.value: fields.pop(f"{NOTIFY_FIELD}{channel}", "") for channel in NotificationChannel}
    lang, submission, parameters = _read_fields(fields, key)
    notify = web().parts.notifications.read(addresses, field=NOTIFY_FIELD, own_mail=own_mail())
    return Asked(form.files[0].name, lang, parameters, submission, notify), key


def _one(form: ReceivedForm, asked: Asked, key: str | None) -> CreatedTask:
    [file] = form.files
    return web().acceptance.create(file.upload, asked, submitter=submitter(), idempotency_key=key, owner=owner())


def _several(form: ReceivedForm, asked: Asked, key: str | None, label: str) -> Submission:
    """Make a submission of all files, or of none: each is checked before it is announced.

    Where one cannot be kept after that (a full disk), the submission has the others, and its page says what is missing.
    """
    service = web().submissions
    rows: list[dict[str, Any]] = []
    staged: list[StagedUpload] = []
    for file, name in zip(form.files, labels_of([file.name for file in form.files]), strict=True):
        if isinstance(file.upload, RepeatedUpload):  # the key was sent with one file before
            raise KeyReused(Message("task.key_reused"))
        try:
            file.upload.finish(read_parameters(asked.parameters)["sequence_kind"])
        except InvalidInput as error:
            form.wrong.append((file.name, error))
            continue
        staged.append(file.upload)
        rows.append({"label": name, "size": file.upload.size, "sha256": file.upload.sha256})
    _require_right(form)
    submission = service.announcer.announce(
        read_items(rows, limit_bytes=web().settings.max_upload_bytes),
        label=label,
        lang=asked.lang,
        parameters=asked.parameters,
        submitter=submitter(),
        idempotency_key=key,
        owner=owner(),
        notify=asked.notify,
    ).submission
    for item, upload in zip(submission.items, staged, strict=True):
        try:
            if service.present(submission, item.n) is None:
                service.accept(submission, item, upload)
        except PortalError as error:
            log.warning("submission %s: item %d was not kept: %s", submission.submission_id, item.n, error)
    return submission


def read_key() -> str | None:
    """Return the Idempotency-Key of this request, if any.

    Raises:
        InvalidRequest: the key is not valid.
    """
    key = request.headers.get(KEY_HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise InvalidRequest(Message("request.fields"), errors={KEY_HEADER: [Message("value.idempotency_key")]})
    return key


def _read_fields(fields: dict[str, str], key: str | None) -> tuple[Lang, str, dict[str, Any]]:
    errors: dict[str, list[Message]] = {}
    lang, submission = fields.pop("lang", Lang.EN.value), fields.pop("submission", "")
    if lang not in list(Lang):
        errors["lang"] = [Message("value.choice", choices=list(Lang))]
    if submission and not _SUBMISSION.fullmatch(submission):
        errors["submission"] = [Message("value.submission")]
    if key is not None and not KEY.fullmatch(key):
        errors[KEY_HEADER] = [Message("value.idempotency_key")]
    parameters: dict[str, Any] = {}
    try:
        parameters = read_parameters(fields)
    except InvalidRequest as error:
        errors.update(error.errors)
    if errors:
        raise InvalidRequest(Message("request.fields"), errors=errors)
    return Lang(lang), submission, parameters
