"""Receive a form with genomes, fed piece by piece by the reader of the connection.

Nothing here waits for the client: the edge feeds what has arrived (`portal.web.edge`), and Flask sees the request only
when the form is complete or refused. Under another WSGI server, and in tests, Flask's view feeds it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from multipart import MultipartError, MultipartSegment, PushMultipartParser
from werkzeug.http import parse_options_header

from portal.domain.errors import MalformedRequest, PayloadTooLarge, PortalError, UnsupportedFile
from portal.domain.message import Message
from portal.services.acceptance import Acceptance, Upload
from portal.web.client import submitter_of
from portal.web.upload.reader import BeginUpload, FormReader, ReceivedForm

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

KEY_HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
INTAKE = "portal.intake"  # key in an environ: the intake that has already been fed
# Allowance for the boundaries, the part headers and the small fields around the file.
FORM_BYTES = 64 * 1024
MOST_FILES = 50  # in one form of a page; scripts and clients send each by itself
_MOST_OTHER_PARTS = 49
_MAX_HEADER_BYTES = 32 * 1024


class Intake(Protocol):
    """The receiver of an upload; the feeder uses only this interface."""

    wants_more: bool

    def feed(self, piece: bytes) -> bool:
        """Take the next bytes, and tell whether more are wanted; raises nothing."""

    def end(self) -> None:
        """Note that the body has ended."""

    def give_up(self, problem: Exception) -> None:
        """Refuse the upload and stop reading it."""

    def abandon(self) -> None:
        """Remove what was staged; of what became a task there is nothing to remove."""


class FormIntake:
    """Receives the bytes of one form. The first problem is kept for `form`; after it only fields are read.

    `content_type` and `content_length` are those of the request; `limit_bytes` applies to the whole body.
    """

    def __init__(
        self,
        begin_upload: BeginUpload,
        *,
        content_type: str,
        content_length: int | None,
        limit_bytes: int,
        most_files: int = 1,
    ) -> None:
        self._reader = FormReader(begin_upload, limit_bytes - FORM_BYTES, most_files=most_files)
        self._limit = limit_bytes
        self._received = 0
        self._problem: Exception | None = None
        self._parser: PushMultipartParser | None = None
        self.wants_more = True
        self._lock = threading.Lock()  # an upload may be abandoned while a thread still works on its last piece
        try:
            if content_length is not None and content_length > limit_bytes:
                raise self._too_large()
            self._parser = PushMultipartParser(
                _boundary(content_type),
                max_segment_count=most_files + _MOST_OTHER_PARTS,
                max_header_size=_MAX_HEADER_BYTES,
                header_charset="latin-1",  # accept any byte: `filename` decodes names
            )
        except PortalError as error:
            self.give_up(error)

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields that have arrived so far."""
        return self._reader.form.fields

    def feed(self, piece: bytes) -> bool:
        """Take the next bytes, and tell whether more are wanted; raises nothing."""
        self._received += len(piece)
        if self._received > self._limit:
            self.give_up(self._too_large())
        with self._lock:
            if self._parser is not None:
                self._parse(self._parser, piece)
        return self.wants_more

    def _parse(self, parser: PushMultipartParser, piece: bytes) -> None:
        try:
            for event in parser.parse(piece):
                self._take(event)
        except MultipartError:
            self._parser = None
            self._refuse(MalformedRequest(Message("upload.incomplete_form")))

    def _take(self, event: MultipartSegment | bytes | None) -> None:
        try:
            self._reader.take(event)
        except Exception as error:  # Flask handles an unexpected exception as if a view had raised it
            self._refuse(error)

    def end(self) -> None:
        """Note that the body has ended."""
        if self._parser is not None:
            try:
                self._parser.close()
            except MultipartError:
                self._refuse(MalformedRequest(Message("upload.incomplete_form")))
        self.wants_more = False

    def give_up(self, problem: Exception) -> None:
        """Refuse the form and stop reading it."""
        self._refuse(problem)
        self._parser = None
        self.wants_more = False

    def _refuse(self, problem: Exception) -> None:
        """Keep the first problem. Read the rest for its fields: most clients read a response only after sending all."""
        self._reader.refuse()
        self._problem = self._problem or problem

    def form(self) -> ReceivedForm:
        """Return the received form, whose single files may be wrong; raise the first problem of the form itself."""
        if self._problem is not None:
            raise self._problem
        return self._reader.form

    def abandon(self) -> None:
        """Remove the staged files; of one that became a task there is nothing to remove."""
        with self._lock:
            self._parser = None
            self._reader.abandon()

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(Message("upload.request_too_large", limit=self._limit // 1024**2))


def _boundary(content_type: str) -> str:
    kind, options = parse_options_header(content_type)
    if kind.lower() != "multipart/form-data":
        raise UnsupportedFile(Message("upload.not_multipart"))
    boundary = options.get("boundary", "")
    if not (boundary.isascii() and 0 < len(boundary) <= 200):
        raise MalformedRequest(Message("upload.boundary"))
    return boundary


def begin_intake(environ: WSGIEnvironment, acceptance: Acceptance, max_upload_bytes: int) -> FormIntake:
    """Return the intake for the body of a request; a key in the header takes precedence over one in the fields."""
    length = environ.get("CONTENT_LENGTH") or ""
    header = environ.get("HTTP_IDEMPOTENCY_KEY")

    begun = 0

    def begin_upload(field: str | None) -> Upload:
        nonlocal begun
        key = header or field
        begun += 1
        known = key if key and KEY.fullmatch(key) else None
        return acceptance.begin(submitter_of(environ), known, counted=begun == 1)

    return FormIntake(
        begin_upload,
        content_type=environ.get("CONTENT_TYPE", ""),
        content_length=int(length) if length.isascii() and length.isdecimal() else None,
        limit_bytes=max_upload_bytes + FORM_BYTES,
        most_files=1 if environ["PATH_INFO"].rstrip("/") else MOST_FILES,  # the page is at the root
    )
