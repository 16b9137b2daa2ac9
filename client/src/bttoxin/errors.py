"""All errors of the client, in one hierarchy.

    BtToxinError
    |-- PortalUnreachable      no response within the time allowed for an outage
    |-- NoGenomes              there is no file to send; also a FileNotFoundError
    |-- NotAPortal             something else answers: a log-in page, a redirect, another service
    |-- NoSamples              the portal has no samples, or is still making them
    |-- RequestRefused         the portal refused; `code`, `errors` by field, `request_id`
    |   |-- InvalidRequest     a parameter or a label is wrong                      (400, 422)
    |   |-- NotFound           no such submission, or the token is wrong            (401, 403, 404)
    |   |-- Conflict           not possible in this state                           (409)
    |   |-- TooLarge           a genome exceeds the portal's limit                  (413)
    |   `-- NoRoom             queue or disk is full; try again later               (429, 507)
    |-- AlreadyWritten         `annotate`: other text is there, and `replace` was not said
    |-- RefusedFiles           `on_bad="raise"`: some files cannot be sent or are not FASTA; `refused` lists them
    |-- WaitTimeout            the wait ended; the run continues
    |-- DamagedDownload        the file does not match the portal's
    `-- JournalError           run.jsonl cannot be read or belongs to another portal

No message, representation or traceback contains a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RefusedFile:
    """A file that is not on the portal: its path, the 1-based line if the error has one, and the reason.

    It cannot be sent (unreadable, empty, damaged), or the portal refused it; then the message begins with the line.
    """

    path: str
    label: str
    message: str
    line: int | None = None
    field: str | None = None
    request_id: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class BtToxinError(Exception):
    """Base of all errors of this package."""


class PortalUnreachable(BtToxinError):
    """The portal did not respond within the time allowed for an outage."""


class NoGenomes(BtToxinError, FileNotFoundError):
    """There is no file to send where genomes were looked for."""


class NotAPortal(BtToxinError):
    """The service at the address is not a BtToxin Portal."""


class NoSamples(BtToxinError):
    """The portal has no samples, or is still making them."""


class RequestRefused(BtToxinError):
    """The portal refused a request. `request_id` identifies it in the portal's log."""

    def __init__(
        self,
        message: str,
        *,
        code: int,
        errors: Mapping[str, Sequence[str]] | None = None,
        request_id: str | None = None,
        line: int | None = None,
    ) -> None:
        fields = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in (errors or {}).items())
        text = f"{message} ({fields})" if fields and fields not in message else message
        super().__init__(f"{text} [HTTP {code}, request {request_id}]" if request_id else f"{text} [HTTP {code}]")
        self.message = message
        self.code = code
        self.errors: dict[str, list[str]] = {name: list(texts) for name, texts in (errors or {}).items()}
        self.request_id = request_id
        self.line = line


class InvalidRequest(RequestRefused):
    """A value in the request is invalid."""


class NotFound(RequestRefused):
    """The resource does not exist, or the token does not give access to it."""


class Conflict(RequestRefused):
    """Not possible in the submission's current state."""


class TooLarge(RequestRefused):
    """The genome exceeds the portal's size limit."""


class NoRoom(RequestRefused):
    """The queue or the disk of the portal is full; nothing was sent."""


class AlreadyWritten(BtToxinError):
    """What `annotate` was to write has other text already; nothing was written.

    `label` is the genome, `columns` are those with other text. With `is_outdated`, the row was read from the portal,
    and somebody has written since.
    """

    def __init__(self, label: str, columns: Sequence[str], *, is_outdated: bool = False) -> None:
        names = ", ".join(columns)
        text = f"{label} has another {names} already"
        if is_outdated:
            text = f"{label} was changed since these rows were read ({names})"
        super().__init__(f"{text}; replace=True writes over it.")
        self.label = label
        self.columns = tuple(columns)
        self.is_outdated = is_outdated


class RefusedFiles(BtToxinError):
    """Some files were refused; all others were submitted."""

    def __init__(self, refused: Sequence[RefusedFile]) -> None:
        shown = "\n".join(f"  {file}" for file in refused[:10])
        more = f"\n  and {len(refused) - 10} more" if len(refused) > 10 else ""
        super().__init__(f"{len(refused)} of the files were refused; the others were accepted:\n{shown}{more}")
        self.refused = tuple(refused)


class WaitTimeout(BtToxinError):
    """The wait timed out. Nothing is lost: the portal keeps working, and `run.wait()` may be called again."""


class DamagedDownload(BtToxinError):
    """A file arrived damaged more than once; nothing was saved under its name."""


class JournalError(BtToxinError):
    """The journal of a run cannot be used."""


_BY_CODE: dict[int, type[RequestRefused]] = {
    400: InvalidRequest,
    422: InvalidRequest,
    415: InvalidRequest,
    401: NotFound,
    403: NotFound,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    429: NoRoom,
    507: NoRoom,
}


def refusal(code: int) -> type[RequestRefused]:
    """Return the error class for an HTTP status code."""
    return _BY_CODE.get(code, RequestRefused)
