"""Run a WSGI application in a thread and read its response piece by piece."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

from portal.web.answer import Answer
from portal.web.edge.errors import edge_error
from portal.web.sizes import PIECE_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)


class FileInPieces:
    """`wsgi.file_wrapper` with large pieces, since each costs a round trip to a thread."""

    def __init__(self, file: IO[bytes], _size: int = 0) -> None:
        self._file = file
        # Werkzeug needs these to send a range.
        self.seekable, self.seek, self.tell = file.seekable, file.seek, file.tell

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._file.read(PIECE_BYTES)
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        self._file.close()


class Body:
    """The response body of a WSGI application, read in a thread; `close` must be called."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._pieces = iter(body)

    def next_piece(self) -> tuple[bytes, bool]:
        """Return the next bytes, and whether more may follow."""
        gathered = bytearray()
        for piece in self._pieces:
            gathered += piece
            if len(gathered) >= PIECE_BYTES:
                return bytes(gathered), True
        return bytes(gathered), False

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()


def run_wsgi(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[Answer, Body | None]:
    """Call the application; return its response, and the rest of the body if it did not fit into the first piece.

    An exception outside the application's own error handlers is logged and becomes an error response.
    """
    told: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:  # noqa: ARG001
        told.update(status=int(status[:3]), headers=headers)

    environ["wsgi.file_wrapper"] = FileInPieces
    body: Body | None = None
    try:
        body = Body(app(environ, start_response))
        first, more = body.next_piece()
        if not more:
            body.close()
        return Answer(told["status"], told["headers"], first), body if more else None
    except Exception:
        log.exception("an accident outside of the application's handlers")
        if body is not None:
            body.close()
        return edge_error(HTTPStatus.INTERNAL_SERVER_ERROR), None
