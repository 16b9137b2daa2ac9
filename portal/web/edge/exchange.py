"""One request and its response on a connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from portal.web.answer import Answer
from portal.web.edge.access_log import note_request
from portal.web.edge.answering import Body
from portal.web.edge.bounds import Bounds
from portal.web.edge.environ import wsgi_environ
from portal.web.edge.receiving import BodyReader, Event, Receive
from portal.web.edge.threads import in_thread
from portal.web.request_id import HEADER, KEY
from portal.web.sizes import PIECE_BYTES

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

ABORT = "portal.abort"  # scope extension: ends the connection at once, even if data is waiting to be sent


class Exchange:
    """A request (`environ`), its `body` as it arrives, and `answer` to send the response."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive, send: Send, bounds: Bounds) -> None:
        self._began = time.perf_counter()
        self._scope = scope
        self._send = send
        self._bounds = bounds
        self._sent = 0
        self.environ = wsgi_environ(scope)
        expected = self.environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in self.environ
        self.body = BodyReader(receive, expected=expected)

    async def answer(self, answer: Answer, rest: Body | None, threads: Executor) -> None:
        """Send a response, the rest of its body in pieces; disconnect a client that does not receive it."""
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        headers.append((HEADER.lower().encode(), self.environ[KEY].encode()))
        if not self.body.complete:
            headers.append((b"connection", b"close"))
        try:
            await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
            piece, more = answer.body, rest is not None
            while rest is not None and more:
                await self._send_piece(piece, more=True)
                piece, more = await in_thread(threads, rest.next_piece)
            await self._send_piece(piece, more=False)
            if not self.body.complete:
                await self.body.drain(seconds=self._bounds.linger_s)
        except TimeoutError:
            self._scope.get("extensions", {}).get(ABORT, lambda: None)()
        finally:
            note_request(self.environ, answer.status, self._sent, self._began)
            if rest is not None:
                await in_thread(threads, rest.close)

    async def _send_piece(self, piece: bytes, *, more: bool) -> None:
        event: Event = {"type": "http.response.body", "body": piece, "more_body": more}
        self._sent += len(piece)
        if len(piece) < PIECE_BYTES and not more and self._sent == len(piece):
            await self._send(event)  # a complete small response: the server accepts it without waiting for the client
            return
        async with asyncio.timeout(self._bounds.send_s):
            await self._send(event)
