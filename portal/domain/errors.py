"""Every error that the portal raises on purpose, as one tree.

    PortalError
    |-- InvalidRequest            a field of the request is wrong           (422)
    |   |-- InvalidInput          the uploaded file is wrong, with a line   (422)
    |   `-- InvalidValue          one value is wrong; the caller names the field
    |-- MalformedRequest          the request is truncated or malformed     (400)
    |-- Unauthorized              no token came with the request            (401)
    |-- Forbidden                 not allowed from there                    (403)
    |-- TooSlow                   the body came too slowly                  (408)
    |-- PayloadTooLarge           the body exceeds the limit                (413)
    |-- UnsupportedFile           extension or media type not accepted      (415)
    |-- NotFound                  no such task, or the token is wrong       (404)
    |-- NotShown                  it exists, and the caller's link does not show it (404)
    |-- Conflict                  not possible in the task's state          (409)
    |-- ChangedMeanwhile          If-Match names an earlier revision        (412)
    |-- NoCondition               a change without If-Match                 (428)
    |-- KeyReused                 Idempotency-Key with other content        (422)
    |-- TooManyRequests           a limit on requests or waiting tasks      (429)
    |-- NotReady                  a required part is missing                (503)
    |-- StorageFull               no room on the disk                       (507)
    |-- StaleWrite                a record was changed by somebody else     (internal)
    |-- Unreadable                a stored file exists but is unusable      (503)
    |   |-- CorruptRecord         it is damaged
    |   `-- NewerFormat           a newer version of the portal wrote it
    `-- StageError                a stage ended without its result, with a failure kind

The web layer maps them to HTTP in one place (`portal.web.errors`); the numbers here are for reference only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain.message import Message
from portal.domain.status import FailureKind

FieldErrors = Mapping[str, Sequence[Message]]


class PortalError(Exception):
    """Base of all errors that may be shown to a user: a message, and the errors by field.

    `str(error)` is the English sentence, for logs; `error.message.word(lang)` is the sentence for a reader.
    """

    def __init__(self, message: Message, *, errors: FieldErrors | None = None) -> None:
        self.message = message
        self.errors = {field: list(texts) for field, texts in (errors or {}).items()}
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses ask for keywords that `args` does not have.
        return _restore, (type(self), self.message), self.__dict__


def by_field(errors: Mapping[str, Sequence[Message]]) -> tuple[Message, ...]:
    """Return what is wrong with each field as one list, for a sentence that names them all."""
    return tuple(Message("input.field", field=field, problems=list(texts)) for field, texts in errors.items())


def _restore(kind: type[PortalError], message: Message) -> PortalError:
    error = kind.__new__(kind, message)
    Exception.__init__(error, message)
    return error


class InvalidRequest(PortalError):
    """A field of a request has an invalid value."""


class InvalidInput(InvalidRequest):
    """An input file is invalid; `line` is the 1-based number of the line at fault, if there is one.

    `reason` is the message without the line.
    """

    def __init__(self, reason: Message, *, line: int | None = None, field: str = "file") -> None:
        self.reason = reason
        self.line = line
        message = self.reason if line is None else Message("input.line", line=line, reason=self.reason)
        super().__init__(message, errors={field: [message]})


class InvalidValue(InvalidRequest):
    """A value is not valid for its field."""


class MalformedRequest(PortalError):
    """The request is truncated or malformed."""


class Unauthorized(PortalError):
    """No token came with the request; the answer is the same whether or not the task exists."""


class Forbidden(PortalError):
    """The request is not allowed from where it was sent."""


class TooSlow(PortalError):
    """The body came too slowly."""


class PayloadTooLarge(PortalError):
    """The body or the file exceeds the portal's limit."""


class UnsupportedFile(PortalError):
    """The file's type is not accepted."""


class NotFound(PortalError):
    """The thing does not exist, or the caller may not know that it does."""


class NotShown(PortalError):
    """It exists, and the link by which the caller came does not show it."""


class Conflict(PortalError):
    """The task's state does not allow this; with `retry_after_s`, the state is temporary."""

    def __init__(
        self, message: Message, *, errors: FieldErrors | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message, errors=errors)
        self.retry_after_s = retry_after_s


class ChangedMeanwhile(PortalError):
    """What was to be changed is no longer what the caller has seen."""


class NoCondition(PortalError):
    """The caller must say which revision they have seen."""


class KeyReused(PortalError):
    """An Idempotency-Key came back with other content."""


class TooManyRequests(PortalError):
    """The caller should come back later."""

    def __init__(self, message: Message, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotReady(PortalError):
    """A required part is not available yet."""


class UnderMaintenance(NotReady):
    """An operator has closed the portal; the caller should come back later."""

    def __init__(self, message: Message, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StorageFull(PortalError):
    """The disk has no room for a write."""


class StaleWrite(PortalError):
    """The record on disk is newer than the one that was to replace it."""


class Unreadable(PortalError):
    """A stored file exists but cannot be used."""


class CorruptRecord(Unreadable):
    """A stored file is empty, truncated or does not match its schema."""


class NewerFormat(Unreadable):
    """A stored file has a format that this version does not know: it is intact, and must not be changed."""


class StageError(PortalError):
    """A stage ended without its result.

    `message` is one sentence for the user: what happened, what to do. `kind` is for machines.
    """

    def __init__(self, message: Message, *, kind: FailureKind = FailureKind.TOOL_ERROR) -> None:
        super().__init__(message)
        self.kind = kind
