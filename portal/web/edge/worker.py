"""gunicorn's ASGI worker, with a limit on the time that a connection may take to send a request.

gunicorn limits the wait for a connection's second request but not for its first, nor the number of connections. Here
the first has a deadline too, and at the connection limit the one that has been idle longest is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers.gasgi import ASGIWorker

from portal.web.edge.bounds import Bounds
from portal.web.edge.errors import edge_error
from portal.web.edge.exchange import ABORT
from portal.web.edge.watchdog import feed_watchdog

_SPARE_FILES = 200  # besides connections: open files, Redis, logs
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_CLOSE_IDLE_AFTER_S = 2.0  # when stopping: requests that a client is sending are still answered


class EdgeProtocol(ASGIProtocol):  # type: ignore[misc]
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        with contextlib.suppress(OSError):
            # A peer that receives nothing for this long is gone, whatever it acknowledges.
            user_timeout_ms = int(self.worker.bounds.send_s * 1000)
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, user_timeout_ms)
        self._deadline = self.worker.loop.call_later(self.worker.bounds.header_s, transport.abort)
        self.worker.now_waits(self)

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except ValueError:  # a length with more digits than Python parses
            self._send_error_response(HTTPStatus.BAD_REQUEST, "")
            self._close_transport()

    def _on_headers_complete(self) -> Any:
        self._end_wait()
        return super()._on_headers_complete()

    def _arm_keepalive_timer(self) -> None:
        super()._arm_keepalive_timer()
        self.worker.now_waits(self)

    def _end_wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self.worker.waiting.pop(self, None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    def _build_http_scope(self, *arguments: Any) -> dict[str, Any]:
        scope: dict[str, Any] = super()._build_http_scope(*arguments)
        scope["extensions"] = {ABORT: self.transport.abort}
        return scope

    def _get_reason_phrase(self, status: int) -> str:
        """Return the phrase of a status; gunicorn's table lacks some that this server sends."""
        return _PHRASES.get(status, "Unknown")

    def _send_error_response(self, status: int, message: str, extra_headers: Any = ()) -> None:  # noqa: ARG002
        """Send the error for a malformed request in the common shape, without the message: it may quote the request."""
        answer = edge_error(status)
        lines = [f"HTTP/1.1 {status} {self._get_reason_phrase(status)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        self._safe_write("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + answer.body)


class EdgeWorker(ASGIWorker):  # type: ignore[misc]
    """One process of the web server."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.bounds = Bounds()
        self.waiting: dict[EdgeProtocol, None] = {}  # idle connections, longest first
        self._most = self.bounds.connections

    def init_process(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = self.bounds.connections + _SPARE_FILES
        if soft < wanted:
            soft = min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self._most = max(50, min(self.bounds.connections, soft - _SPARE_FILES))
        super().init_process()

    def now_waits(self, connection: EdgeProtocol) -> None:
        """Record that a connection is idle; if there are too many, close the one that has been idle longest."""
        self.waiting[connection] = None
        if self.nr_conns > self._most:
            next(iter(self.waiting)).transport.abort()

    async def _serve(self) -> None:
        for listener in self.sockets:
            self.servers.append(await self.loop.create_server(lambda: EdgeProtocol(self), sock=listener.sock))
        watchdog = self.loop.create_task(feed_watchdog(self.sockets[0].sock.getsockname()))
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await asyncio.sleep(1.0)
        watchdog.cancel()
        self.loop.call_later(_CLOSE_IDLE_AFTER_S, self._close_idle)
        await self._shutdown()

    def _close_idle(self) -> None:
        for connection in list(self.waiting):
            connection.transport.close()
