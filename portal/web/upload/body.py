"""The body of an upload: read in pieces, with a limit, and not for ever."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Request
from werkzeug.exceptions import HTTPException

from portal.domain.errors import MalformedRequest, PayloadTooLarge, TooSlow
from portal.domain.message import Message

CHUNK_BYTES = 256 * 1024  # what the FASTA checker takes at once
# Room for the boundaries, the part headers and the small fields around the file.
FORM_BYTES = 64 * 1024


@dataclass(frozen=True)
class Pace:
    """A body that brings less than `least_bytes` over a whole window is given up; 2 KiB/s is slower than any modem."""

    window_s: float = 30.0
    least_bytes: int = 64 * 1024


class PaceGuard:
    """Shut the reading side of a connection that brings too little, so that it does not hold a thread for hours.

    A read in a thread cannot be interrupted, and gunicorn's thread worker sets no time limit on it; a shut socket
    reads as ended. Behind a server that does not hand its socket out (tests, the development server) nothing
    is guarded.
    """

    def __init__(self, sock: Any, pace: Pace) -> None:
        self._sock = sock if isinstance(sock, socket.socket) else None
        self._pace = pace
        self._received = 0
        self._stop = threading.Event()
        self.fired = False

    def count(self, number: int) -> None:
        """Note that bytes have come."""
        self._received += number

    def __enter__(self) -> PaceGuard:
        if self._sock is not None:
            threading.Thread(target=self._watch, name="pace-guard", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _watch(self) -> None:
        assert self._sock is not None
        before = 0
        while not self._stop.wait(self._pace.window_s):
            if self._received - before < self._pace.least_bytes:
                self.fired = True
                with contextlib.suppress(OSError):  # the client is gone already
                    self._sock.shutdown(socket.SHUT_RD)
                return
            before = self._received


def read_pieces(request: Request, limit_bytes: int, guard: PaceGuard) -> Iterator[bytes]:
    """Yield the body of a request in pieces of at most CHUNK_BYTES.

    Raises:
        PayloadTooLarge: it is longer than `limit_bytes`; before any of it is read where the client said its length.
        TooSlow: the guard gave it up.
        MalformedRequest: it ended before it was complete.
    """
    too_large = PayloadTooLarge(Message("upload.request_too_large", limit=limit_bytes // 1024**2))
    if request.content_length is not None and request.content_length > limit_bytes:
        raise too_large
    request.max_content_length = limit_bytes
    while True:
        try:
            piece = request.stream.read(CHUNK_BYTES)
        except HTTPException as error:
            if error.code == 413:
                raise too_large from error
            raise _given_up(guard) from error
        except Exception as error:  # what a cut or malformed chunked body raises is the server's own affair
            raise _given_up(guard) from error
        if not piece:
            if guard.fired:
                raise _given_up(guard)
            return
        guard.count(len(piece))
        yield piece


def _given_up(guard: PaceGuard) -> TooSlow | MalformedRequest:
    return TooSlow(Message("upload.too_slow")) if guard.fired else MalformedRequest(Message("upload.cut"))
