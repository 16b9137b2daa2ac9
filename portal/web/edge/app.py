"""The edge: an ASGI application that waits for clients without a thread and runs Flask in a thread on demand.

A thread is used for a piece of an upload, for the call of the WSGI application, and for a piece of its response, never
for a client that is slow to send or receive. A task's record that is in memory needs none, where JOBS_DIR is on a local
disk. Every wait has a deadline (`bounds`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

from portal.domain.errors import TooSlow
from portal.domain.logs import request_id
from portal.web.answer import Answer
from portal.web.edge.answering import Body, run_wsgi
from portal.web.edge.bounds import Bounds, most_bytes
from portal.web.edge.exchange import Exchange, Send
from portal.web.edge.receiving import BodyReader, ClientGone, FaultyInput, Receive
from portal.web.edge.threads import in_thread
from portal.web.edge.uploads import Uploads, is_upload
from portal.web.front import Front
from portal.web.request_id import KEY
from portal.web.upload.intake import INTAKE, Intake

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Edge:
    """The ASGI application. `begin_intake` creates the intake of an upload; nothing is read before it accepts."""

    def __init__(
        self,
        front: Front,
        begin_intake: Callable[[WSGIEnvironment], Intake],
        bounds: Bounds = Bounds(),
        *,
        local_disk: bool = False,
    ) -> None:
        """Serve what is behind `front`; with `local_disk`, records in memory are answered without a thread."""
        self._front = front
        self._local_disk = local_disk
        self._bounds = bounds
        # Separate threads, so that slow pages or a slow disk do not delay record requests, and vice versa.
        self._short = ThreadPoolExecutor(bounds.short_threads, "short")
        self._long = ThreadPoolExecutor(bounds.threads, "long")
        self._uploads = Uploads(begin_intake, bounds, self._long)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(Exchange(scope, receive, send, self._bounds))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._live(receive, send)

    @staticmethod
    async def _live(receive: Receive, send: Send) -> None:
        """Handle the server's startup and shutdown, which need no work."""
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _answer(self, exchange: Exchange) -> None:
        environ = exchange.environ
        self._front.prepare(environ)
        request_id.set(environ[KEY])  # the context of this connection's task, until its next request
        if Front.is_short(environ):
            # Even the `stat` that checks a record in memory may wait for ever on a network file system.
            known = self._front.at_once(environ) if self._local_disk else None
            if known is None:
                known = await in_thread(self._short, self._front.short, environ)
            if known is not None:
                await exchange.answer(known, None, self._long)
                return
        try:
            intake = await self._take_body(environ, exchange.body)
        except ClientGone:
            return
        # Shielded: accepting a task must not be abandoned half-way because the client disconnected.
        answer, rest = await asyncio.shield(in_thread(self._long, self._call, environ, intake))
        await exchange.answer(answer, rest, self._long)

    def _call(self, environ: WSGIEnvironment, intake: Intake | None) -> tuple[Answer, Body | None]:
        try:
            return run_wsgi(self._front.behind, environ)
        finally:
            if intake is not None:
                intake.abandon()

    async def _take_body(self, environ: WSGIEnvironment, body: BodyReader) -> Intake | None:
        """Read the body: an upload into its intake, any other into `wsgi.input`."""
        if is_upload(environ):
            intake = environ[INTAKE] = await self._uploads.take_in(environ, body)
            return intake
        length = environ.get("CONTENT_LENGTH", "0")
        limit = most_bytes(environ["PATH_INFO"])
        if length.isdecimal() and int(length) > limit:
            return None  # Flask refuses it because of its length
        try:
            content = await body.read_small(limit, seconds=self._bounds.body_s)
        except TooSlow as error:
            environ["wsgi.input"] = FaultyInput(error)
        else:
            environ["wsgi.input"] = BytesIO(content)
        return None
