"""Receive one item of a submission: the FASTA file itself, compressed or not, fed piece by piece.

As with a form (`intake`), the edge feeds what has arrived, and Flask sees the request when the file is complete or
refused. Sender and item are checked with the first piece, in the thread that receives it.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from flask import request

from portal.domain.errors import InvalidInput, MalformedRequest, PayloadTooLarge, PortalError, UnsupportedFile
from portal.domain.message import Message
from portal.domain.submission import Submission, SubmissionItem
from portal.files.staging import StagedUpload
from portal.services.answers import CreatedTask
from portal.services.browsers import Browsers
from portal.services.submission_keys import Access
from portal.services.submissions import SubmissionService
from portal.web.browser import old_token_in, session_in
from portal.web.context import web
from portal.web.identity import person_of
from portal.web.sizes import FEED_BYTES
from portal.web.upload.body import read_pieces
from portal.web.upload.gunzip import Gunzip
from portal.web.upload.intake import FORM_BYTES, INTAKE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PATH = re.compile(r"/api/submissions/([a-z2-7]{12})/items/([1-9][0-9]{0,3})/?")
# How much is received between two looks whether the submission was closed without this item.
_LOOK_BYTES = 4 * 1024**2
_BEARER = re.compile(r"Bearer +([\w-]{43})", re.ASCII | re.IGNORECASE)


def is_item(environ: WSGIEnvironment) -> bool:
    """Return whether a request uploads an item of a submission."""
    return environ["REQUEST_METHOD"] == "PUT" and _PATH.fullmatch(environ["PATH_INFO"]) is not None


class ItemIntake:
    """Receives the bytes of one item. The first problem is kept for `finish`; after it nothing more is read."""

    def __init__(
        self, environ: WSGIEnvironment, service: SubmissionService, browsers: Browsers, max_upload_bytes: int
    ) -> None:
        self._environ = environ
        self._service = service
        self._browsers = browsers
        self._limit = max_upload_bytes + FORM_BYTES
        self._received = 0
        self._problem: Exception | None = None
        self._present: CreatedTask | None = None
        self._wanted: tuple[Submission, SubmissionItem] | None = None
        self._upload: StagedUpload | None = None
        self._gunzip: Gunzip | None = None
        self._lock = threading.Lock()  # an upload may be abandoned while a thread still works on its last piece
        self.wants_more = True
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdecimal() and int(length) > self._limit:
            self.give_up(self._too_large())

    def feed(self, piece: bytes) -> bool:
        """Take the next bytes, and tell whether more are wanted; raises nothing."""
        with self._lock:
            if self.wants_more:
                try:
                    self._take(piece)
                except Exception as error:  # Flask handles an unexpected exception as if a view had raised it
                    self._refuse(error)
        return self.wants_more

    def _take(self, piece: bytes) -> None:
        if self._wanted is None:
            self._begin()
        looks = self._received // _LOOK_BYTES
        self._received += len(piece)
        if self._received > self._limit:
            raise self._too_large()
        if self._received // _LOOK_BYTES > looks and self._wanted is not None:
            self._service.item(self._wanted[0], self._wanted[1].n)  # raises if nobody waits for it any more
        if self._upload is None or self._wanted is None:
            return  # the item already exists: ignore the repeated data
        for part in self._gunzip.feed(piece) if self._gunzip else (piece,):
            if self._upload.size + len(part) > self._wanted[1].size:
                raise InvalidInput(Message("item.longer", announced=self._wanted[1].size))
            self._upload.write(part)

    def _begin(self) -> None:
        """Check sender and item, and create the staging file."""
        path = _PATH.fullmatch(self._environ["PATH_INFO"])
        if path is None:
            raise MalformedRequest(Message("upload.cut"))  # the view reports what is missing before it uses this
        submission = self._open(path[1])
        item = self._service.item(submission, int(path[2]))
        packed = _is_packed(self._environ.get("HTTP_CONTENT_ENCODING", ""))
        self._wanted = submission, item
        self._present = self._service.present(submission, item.n)
        if self._present is None:
            self._gunzip = Gunzip(item.size, FEED_BYTES) if packed else None
            self._upload = self._service.begin_item()

    def _open(self, submission_id: str) -> Submission:
        """Return the submission if the token in the header or the browser's session is its owner's."""
        bearer = _BEARER.fullmatch(self._environ.get("HTTP_AUTHORIZATION", ""))
        token = bearer[1] if bearer else old_token_in(self._environ)
        session = None if bearer else session_in(self._environ, self._browsers)
        if session is not None:
            submission = self._service.read(submission_id)
            if self._browsers.access(submission, session) is Access.OWNER:
                return submission
        return self._service.open(submission_id, token or "", Access.OWNER, person=person_of(self._environ))

    def end(self) -> None:
        """Note that the body has ended."""
        self.wants_more = False

    def give_up(self, problem: Exception) -> None:
        """Refuse the item and stop reading it."""
        with self._lock:
            self._refuse(problem)

    def _refuse(self, problem: Exception) -> None:
        self._problem = self._problem or problem
        self.wants_more = False
        if self._upload is not None:
            self._upload.abandon()

    def finish(self) -> CreatedTask:
        """Return the item's task, new or existing; raise the first problem, if any."""
        if self._problem is not None:
            if self._wanted is not None and isinstance(self._problem, InvalidInput):
                self._service.note_refusal(self._wanted[0], self._wanted[1].n, self._problem)
            raise self._problem
        if self._received == 0 or self._wanted is None:
            raise InvalidInput(Message("fasta.empty"))
        if self._present is not None:
            return self._present
        assert self._upload is not None  # set unless the item already existed
        if self._gunzip is not None:
            self._gunzip.end()
        return self._service.accept(*self._wanted, self._upload)

    def abandon(self) -> None:
        """Remove the staged file; after it became a task there is nothing to remove."""
        with self._lock:
            self.wants_more = False
            if self._upload is not None:
                self._upload.abandon()

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(Message("upload.request_too_large", limit=self._limit // 1024**2))


def _is_packed(encoding: str) -> bool:
    """Return whether a body is compressed with gzip; raise UnsupportedFile for any other encoding."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise UnsupportedFile(Message("item.encoding"))
    return encoding.endswith("gzip")


def receive_item() -> CreatedTask:
    """Return the task created from the body of this request, or the existing one.

    Raises:
        NotFound, Conflict: there is no such item, or it has lapsed.
        UnsupportedFile: the body has an unsupported encoding.
        PayloadTooLarge, InvalidInput, StorageFull: the body is refused.
        MalformedRequest, TooSlow: the body is cut or too slow.
    """
    intake = request.environ.get(INTAKE) or _read_whole_item()
    try:
        return intake.finish()
    finally:
        intake.abandon()


def _read_whole_item() -> ItemIntake:
    """Read the body here if the edge has not read it."""
    limit = web().settings.max_upload_bytes
    intake = ItemIntake(request.environ, web().submissions, web().browsers, limit)
    try:
        for piece in read_pieces(request, limit):
            if not intake.feed(piece):
                break
        intake.end()
    except PortalError as error:
        intake.give_up(error)
    return intake
