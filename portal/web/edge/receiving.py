"""Read the body of a request as it arrives; each wait has a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from io import RawIOBase
from typing import Any, NoReturn

from portal.domain.errors import TooSlow
from portal.domain.message import Message
from portal.web.edge.bounds import Pace
from portal.web.sizes import FEED_BYTES

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]


class ClientGone(Exception):
    """The connection ended before the body did, so that no response can be sent."""


class FaultyInput(RawIOBase):
    """A `wsgi.input` that could not be read: reading it raises the reason."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> NoReturn:
        raise self._problem


class BodyReader:
    """Reads the body of one request."""

    def __init__(self, receive: Receive, *, expected: bool) -> None:
        self._receive = receive
        self._began = asyncio.get_running_loop().time()
        self._wait: asyncio.Timeout | None = None
        self._given_up = False
        self._received = 0
        self.complete = not expected

    def slowness(self, pace: Pace) -> float:
        """Return the ratio of the bytes due by now to those received; at the required pace it is below 1."""
        return self.age_s * pace.least_bytes / pace.window_s / max(1, self._received)

    @property
    def age_s(self) -> float:
        """Return the seconds since the headers arrived."""
        return asyncio.get_running_loop().time() - self._began

    def give_up(self) -> None:
        """End the wait for the next bytes, now."""
        self._given_up = True
        if self._wait is not None and not self._wait.expired():  # or its window ends at this very moment
            self._wait.reschedule(asyncio.get_running_loop().time())

    async def _next(self, until: float) -> bytes:
        try:
            async with asyncio.timeout_at(until) as self._wait:
                message = await self._receive()
        except TimeoutError:
            raise TooSlow(Message("upload.too_slow")) from None
        finally:
            self._wait = None
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        self._received += len(body)
        return body

    async def read_small(self, limit: int, *, seconds: float) -> bytes:
        """Return the whole body, or a little more than `limit` bytes of a longer one.

        Raises:
            TooSlow, ClientGone
        """
        until = asyncio.get_running_loop().time() + seconds
        body = bytearray()
        while not self.complete and len(body) <= limit:
            body += await self._next(until)
        return bytes(body)

    async def pieces(self, pace: Pace) -> AsyncIterator[bytes]:
        """Yield the body in pieces of about FEED_BYTES as long as it keeps the pace.

        Raises:
            TooSlow, ClientGone
        """
        clock = asyncio.get_running_loop().time
        window_end, in_window = clock() + pace.window_s, 0
        piece = bytearray()
        while not self.complete:
            try:
                received = await self._next(window_end)
            except TooSlow:
                if self._given_up:
                    raise
                received = b""
            piece += received
            in_window += len(received)
            if clock() >= window_end:
                if in_window < pace.least_bytes:
                    raise TooSlow(Message("upload.too_slow"))
                window_end, in_window = clock() + pace.window_s, 0
            if len(piece) >= FEED_BYTES:
                yield bytes(piece)
                piece.clear()
        if piece:
            yield bytes(piece)

    async def drain(self, *, seconds: float) -> None:
        """Discard further data for a while: a client that is disconnected while it sends never reads its response."""
        until = asyncio.get_running_loop().time() + seconds
        try:
            while not self.complete:
                await self._next(until)
        except (TooSlow, ClientGone):
            return
