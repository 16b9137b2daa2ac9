"""The edge: an ASGI application that waits for clients without a thread, and runs Flask in one when there is work.

A thread is taken for a piece of an upload, for the call of the WSGI application, and for a piece of its answer; never
for a client that is slow to send or to take. Every wait has a deadline (`bounds`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from portal.domain.errors import TooSlow
from portal.web.answer import Answer
from portal.web.edge.answering import Body, run_wsgi
from portal.web.edge.bounds import Bounds, most_bytes
from portal.web.edge.environ import wsgi_environ
from portal.web.edge.receiving import BodyReader, ClientGone, Event, FaultyInput, Receive
from portal.web.edge.uploads import Uploads, is_upload
from portal.web.front import Front
from portal.web.upload.intake import INTAKE, Intake

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
T = TypeVar("T")

ABORT = "portal.abort"  # extension of the scope: ends the connection at once, whatever still waits to be sent


class Edge:
    """See the module. `begin_intake` makes the intake of an upload; nothing is read before it agrees."""

    def __init__(
        self, front: Front, begin_intake: Callable[[WSGIEnvironment], Intake], bounds: Bounds = Bounds()
    ) -> None:
        self._front = front
        self._bounds = bounds
        # What a slow page or a slow disk holds up there leaves the looks at records alone, and the other way round.
        self._short = ThreadPoolExecutor(bounds.short_threads, "short")
        self._long = ThreadPoolExecutor(bounds.threads, "long")
        self._uploads = Uploads(begin_intake, bounds, self._long)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._live(receive, send)

    @staticmethod
    async def _live(receive: Receive, send: Send) -> None:
        """Take part in the server's start and end; there is nothing to open or to close."""
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._long, call, *arguments)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        environ = wsgi_environ(scope)
        self._front.prepare(environ)
        expected = environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ
        body = BodyReader(receive, expected=expected)
        if Front.is_short(environ):
            loop = asyncio.get_running_loop()
            known = await loop.run_in_executor(self._short, self._front.short, environ)
            if known is not None:
                await self._send(scope, send, known, None, body)
                return
        try:
            intake = await self._take_body(environ, body)
        except ClientGone:
            return
        # Shielded: a task that is being accepted is not given up half-way because its client has gone.
        answer, rest = await asyncio.shield(self._in_thread(self._call, environ, intake))
        await self._send(scope, send, answer, rest, body)

    def _call(self, environ: WSGIEnvironment, intake: Intake | None) -> tuple[Answer, Body | None]:
        try:
            return run_wsgi(self._front.behind, environ)
        finally:
            if intake is not None:
                intake.abandon()

    async def _take_body(self, environ: WSGIEnvironment, body: BodyReader) -> Intake | None:
        """Read the body: an upload into its intake, any other one into `wsgi.input`."""
        if is_upload(environ):
            intake = environ[INTAKE] = await self._uploads.take_in(environ, body)
            return intake
        length = environ.get("CONTENT_LENGTH", "0")
        limit = most_bytes(environ["PATH_INFO"])
        if length.isdecimal() and int(length) > limit:
            return None  # Flask refuses it by its length
        try:
            content = await body.read_small(limit, seconds=self._bounds.body_s)
        except TooSlow as error:
            environ["wsgi.input"] = FaultyInput(error)
        else:
            environ["wsgi.input"] = BytesIO(content)
        return None

    async def _send(
        self, scope: Mapping[str, Any], send: Send, answer: Answer, rest: Body | None, body: BodyReader
    ) -> None:
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if not body.complete:
            headers.append((b"connection", b"close"))
        try:
            await self._send_one(send, {"type": "http.response.start", "status": answer.status, "headers": headers})
            piece, more = answer.body, rest is not None
            while rest is not None and more:
                await self._send_one(send, {"type": "http.response.body", "body": piece, "more_body": True})
                piece, more = await self._in_thread(rest.next_piece)
            await self._send_one(send, {"type": "http.response.body", "body": piece})
            if not body.complete:
                await body.drain(seconds=self._bounds.linger_s)
        except TimeoutError:
            scope.get("extensions", {}).get(ABORT, lambda: None)()
        finally:
            if rest is not None:
                await self._in_thread(rest.close)

    async def _send_one(self, send: Send, event: Event) -> None:
        async with asyncio.timeout(self._bounds.send_s):
            await send(event)
