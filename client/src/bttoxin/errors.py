"""Every error of the client, as one tree.

    BtToxinError
    |-- PortalUnreachable      no answer within the time allowed for an outage
    |-- NotAPortal             something answers, but no portal: a log-in page, a redirect, another service
    |-- RequestRefused         the portal said no; `code`, `errors` by field, `request_id`
    |   |-- InvalidRequest     a parameter or a label is wrong                      (400, 422)
    |   |-- NotFound           no such submission, or the token is wrong            (401, 403, 404)
    |   |-- Conflict           not possible in this state                           (409)
    |   |-- TooLarge           a genome exceeds the portal's limit                  (413)
    |   `-- NoRoom             queue or disk are full; come back later              (429, 507)
    |-- RefusedFiles           `on_bad="raise"`: some genomes are no FASTA; `refused` lists them
    |-- WaitTimeout            the run goes on, only the waiting ended
    |-- DamagedDownload        what arrived is not what the portal has
    `-- JournalError           run.jsonl cannot be read or belongs to another portal

No message, representation or traceback holds a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RefusedFile:
    """A genome that the portal did not take: its path as given, the 1-based line where one is to blame, and why.

    The message begins with the line, in the portal's words.
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
    """The portal did not answer within the time that was allowed for an outage."""


class NotAPortal(BtToxinError):
    """Something answers at the address, but it is not a BtToxin Portal."""


class RequestRefused(BtToxinError):
    """The portal refused a request. `request_id` finds it in the portal's log."""

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
    """A value of the request cannot be used."""


class NotFound(RequestRefused):
    """There is no such thing, or the token does not open it."""


class Conflict(RequestRefused):
    """Not possible in the state that the submission is in."""


class TooLarge(RequestRefused):
    """The genome is larger than the portal takes."""


class NoRoom(RequestRefused):
    """The queue or the disk of the portal is full; nothing was sent."""


class RefusedFiles(BtToxinError):
    """Some genomes were refused; all others are on their way."""

    def __init__(self, refused: Sequence[RefusedFile]) -> None:
        shown = "\n".join(f"  {file}" for file in refused[:10])
        more = f"\n  and {len(refused) - 10} more" if len(refused) > 10 else ""
        super().__init__(f"{len(refused)} of the genomes were refused; the others were accepted:\n{shown}{more}")
        self.refused = tuple(refused)


class WaitTimeout(BtToxinError):
    """The time to wait is over. Nothing is lost: the portal goes on, and `run.wait()` may be called again."""


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
    """Return the class of error that an HTTP code stands for."""
    return _BY_CODE.get(code, RequestRefused)
