"""A deadline for a whole conversation: a timeout of a socket holds for each of its reads alone."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def cut_after(seconds: float, connection: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the connection down if the block takes longer; whoever reads from it then gets its end.

    `connection` returns the socket that is in use then: STARTTLS replaces it.
    """
    timer = threading.Timer(seconds, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: Callable[[], socket.socket | None]) -> None:
    with contextlib.suppress(OSError):
        if (held := connection()) is not None:
            held.shutdown(socket.SHUT_RDWR)
