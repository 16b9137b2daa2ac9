"""A multipart form with a genome, taken apart while it arrives: the file goes, checked, straight to its folder.

Werkzeug's own form parser would first store the whole file in a temporary one, and its decoder takes as long as all
the rest together (50 MB: 93 ms, `multipart` 27 ms). Fields may stand before or after the file; of a field that comes
twice the last one counts (a hidden `false` before a checkbox), an empty one counts as not given.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Request, request
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from werkzeug.exceptions import HTTPException

from portal.domain.errors import InvalidInput, InvalidRequest, MalformedRequest, PortalError, UnsupportedFile
from portal.domain.message import Message
from portal.domain.parameters import read_parameters
from portal.domain.status import Lang
from portal.files.staging import StagedUpload
from portal.services.answers import CreatedTask
from portal.web.context import web
from portal.web.security import submitter
from portal.web.upload.body import FORM_BYTES, PaceGuard, read_pieces

SUFFIXES = (".fna", ".fa", ".fasta")
FILE_FIELD = "file"
KEY_HEADER = "Idempotency-Key"
_MAX_FIELD_BYTES = 4096
_MAX_PARTS = 50
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEY_FIELD = "idempotency_key"
_SUBMISSION = re.compile(r"[\w.:@-]{1,100}")


@dataclass
class ReceivedForm:
    """What came: the staged file with its cleaned name, and the fields."""

    upload: StagedUpload | None = None
    filename: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def display_name(raw: str) -> str:
    """Return the last part of a file name without control, format and private characters; for display only."""
    base = raw.replace("\\", "/").rsplit("/", 1)[-1]
    normal = unicodedata.normalize("NFC", base)
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char)[0] == "C" else char for char in normal)


class _FormReader:
    """Turn the events of the decoder into a ReceivedForm, and refuse what a form of ours cannot be."""

    def __init__(self, begin_upload: Callable[[], StagedUpload], fields: dict[str, str]) -> None:
        self._begin_upload = begin_upload
        self.form = ReceivedForm(fields=fields)
        self._field: str | None = None
        self._value = bytearray()
        self._refused = False

    def abandon(self) -> None:
        """Remove the staged file; after it became a task there is nothing to remove."""
        if self.form.upload is not None:
            self.form.upload.abandon()

    def refuse(self) -> None:
        """Give the file up; what follows is read for its fields alone, so that the form can be shown as it was."""
        self.abandon()
        self._refused = True
        self._field = None

    def take(self, event: MultipartSegment | bytes | None) -> None:
        """Take the head of a part, a piece of its content, or None at its end."""
        if isinstance(event, MultipartSegment):
            self._open_part(event)
        elif event is not None:
            self._take_content(event)
        elif self._field is not None:
            self.form.fields[self._field] = self._value.decode("utf-8", "replace").strip()

    def _open_part(self, part: MultipartSegment) -> None:
        if self._refused and (part.filename is not None or part.name == FILE_FIELD):
            self._field = None
        elif part.filename is not None:
            self._open_file(part.name, part.filename)
        elif part.name == FILE_FIELD:
            raise InvalidInput(Message("upload.no_filename"))
        else:
            self._field = part.name or ""
            self._value.clear()

    def _open_file(self, name: str | None, filename: str) -> None:
        if name != FILE_FIELD:
            raise InvalidRequest(Message("upload.file_field"), errors={str(name): [Message("field.not_a_file")]})
        if self.form.upload is not None:
            raise InvalidInput(Message("upload.one_file"))
        self.form.filename = display_name(filename)
        _require_suffix(self.form.filename)
        self._field = None
        self.form.upload = self._begin_upload()

    def _take_content(self, content: bytes) -> None:
        if self._field is None:
            if self.form.upload is not None and not self._refused:
                self.form.upload.write(content)
            return
        self._value += content
        if len(self._value) > _MAX_FIELD_BYTES:
            too_long = Message("field.length", limit=_MAX_FIELD_BYTES)
            raise InvalidRequest(Message("upload.field_length"), errors={self._field: [too_long]})


def _require_suffix(filename: str) -> None:
    if filename.lower().endswith(SUFFIXES):
        return
    if filename.lower().endswith((".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar")):
        raise UnsupportedFile(
            Message("upload.packed", suffixes=SUFFIXES), errors={FILE_FIELD: [Message("field.packed")]}
        )
    raise UnsupportedFile(
        Message("upload.suffix", suffixes=SUFFIXES), errors={FILE_FIELD: [Message("field.suffix", suffixes=SUFFIXES)]}
    )


def _boundary(request: Request) -> str:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedFile(Message("upload.not_multipart"))
    boundary = request.mimetype_params.get("boundary", "")
    if not (boundary.isascii() and 0 < len(boundary) <= 200):
        raise MalformedRequest(Message("upload.boundary"))
    return boundary


def _events(pieces: Iterable[bytes], boundary: str) -> Iterator[MultipartSegment | bytes | None]:
    """Yield heads, contents and ends of the parts.

    Raises:
        MalformedRequest: the form is cut, or is not a form.
    """
    parser = PushMultipartParser(boundary, max_segment_count=_MAX_PARTS)
    try:
        for piece in pieces:
            yield from parser.parse(piece)
        parser.close()
    except MultipartError as error:
        raise MalformedRequest(Message("upload.incomplete_form")) from error


@contextlib.contextmanager
def receive_form(fields: dict[str, str] | None = None) -> Iterator[ReceivedForm]:
    """Read the form of this request; whatever happens, nothing of it stays behind unless a task was made of it.

    What is left of a refused body is read, for its fields alone: most clients look for the answer only when they have
    sent all. `fields` is filled as they arrive, so that whoever asks can show them after a refusal.

    Raises:
        PayloadTooLarge, UnsupportedFile, InvalidRequest, InvalidInput, StorageFull, TooManyRequests: refused.
        MalformedRequest, TooSlow: the body is cut, damaged or too slow.
    """
    boundary = _boundary(request)
    limit = web().settings.max_upload_bytes + FORM_BYTES
    reader = _FormReader(web().tasks.begin_upload, {} if fields is None else fields)
    try:
        with PaceGuard(request.environ.get("gunicorn.socket"), web().upload_pace) as guard:
            pieces = read_pieces(request, limit, guard)
            events = _events(pieces, boundary)
            try:
                for event in events:
                    reader.take(event)
            except (PortalError, HTTPException):
                reader.refuse()
                _read_on(reader, events, pieces)
                raise
        yield reader.form
    finally:
        reader.abandon()


def _read_on(reader: _FormReader, events: Iterable[MultipartSegment | bytes | None], pieces: Iterable[bytes]) -> None:
    """Read a refused body to its end, as far as it comes; a second fault in it says nothing new."""
    with contextlib.suppress(PortalError, HTTPException):
        for event in events:
            reader.take(event)
    with contextlib.suppress(PortalError, HTTPException):
        for _ in pieces:
            pass


def submit_form(sent: dict[str, str] | None = None) -> CreatedTask:
    """Make a task of the form in this request, or find the one that the same Idempotency-Key led to before.

    `sent` is filled with the fields of the form, also of one that is refused.

    Raises:
        InvalidRequest: naming every field that is wrong; and see `receive_form` and `TaskService.create`.
    """
    with receive_form(sent) as form:
        if form.upload is None:
            raise InvalidRequest(Message("upload.no_file"), errors={FILE_FIELD: [Message("field.missing")]})
        fields = {name: value for name, value in form.fields.items() if value}
        key = request.headers.get(KEY_HEADER) or fields.pop(KEY_FIELD, None)
        fields.pop(KEY_FIELD, None)
        lang, submission, parameters = _read_fields(fields, key)
        return web().tasks.create(
            form.upload,
            filename=form.filename,
            lang=lang,
            parameters=parameters,
            submitter=submitter(),
            submission=submission,
            idempotency_key=key,
        )


def _read_fields(fields: dict[str, str], key: str | None) -> tuple[Lang, str, dict[str, Any]]:
    errors: dict[str, list[Message]] = {}
    lang, submission = fields.pop("lang", Lang.EN.value), fields.pop("submission", "")
    if lang not in list(Lang):
        errors["lang"] = [Message("value.choice", choices=list(Lang))]
    if submission and not _SUBMISSION.fullmatch(submission):
        errors["submission"] = [Message("value.submission")]
    if key is not None and not _KEY.fullmatch(key):
        errors[KEY_HEADER] = [Message("value.idempotency_key")]
    parameters: dict[str, Any] = {}
    try:
        parameters = read_parameters(fields)
    except InvalidRequest as error:
        errors.update(error.errors)
    if errors:
        raise InvalidRequest(Message("request.fields"), errors=errors)
    return Lang(lang), submission, parameters
