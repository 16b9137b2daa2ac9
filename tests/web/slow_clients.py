"""Clients that hold connections and do next to nothing with them, each kind by its name."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

_PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.fna"\r\n\r\n>a\n'
_FORM = b"POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\n"
_JSON = (
    b"POST /api/compare HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
)

# What each sends at first, and then one byte of again and again; empty: nothing more.
KINDS: dict[str, tuple[bytes, bytes]] = {
    "idle": (b"", b""),
    "one byte": (b"G", b""),
    "slow header": (b"GET /api/queue HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
    "slow upload": (_FORM + b"Content-Length: 900000\r\n\r\n" + _PART, b"A"),
    "slow chunks": (
        _FORM + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % len(_PART) + _PART + b"\r\n",
        b"1\r\nA\r\n",
    ),
    "slow json": (_JSON + b"{", b" "),
}


def slow_reader(path: str, headers: dict[str, str]) -> tuple[bytes, bytes]:
    """Return a kind that asks for a large answer and takes none of it."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode(), b""


class _Dripper(threading.Thread):
    """Sends a byte more on each connection, every half second; opens one anew that the server has ended."""

    def __init__(self, connect: Callable[[], socket.socket | None], number: int, more: bytes) -> None:
        super().__init__(daemon=True)
        self._connect = connect
        self._more = more
        self._stopped = threading.Event()
        self._connections = [connect() for _ in range(number)]
        self.reopened = 0

    def run(self) -> None:
        while not self._stopped.wait(0.5):
            for place, connection in enumerate(self._connections):
                if connection is None or not self._goes_on(connection):
                    if connection is not None:
                        connection.close()
                    self._connections[place] = self._connect()
                    self.reopened += 1

    def _goes_on(self, connection: socket.socket) -> bool:
        try:
            connection.setblocking(False)
            if self._more:
                connection.send(self._more)
            return connection.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def end(self) -> None:
        self._stopped.set()
        self.join(30)
        for connection in self._connections:
            if connection is not None:
                connection.close()


@contextlib.contextmanager
def slow_clients(port: int, kind: tuple[bytes, bytes], number: int) -> Iterator[None]:
    """Hold so many connections of a kind as long as the block lasts; who is cut off comes back."""
    first, more = kind

    def connect() -> socket.socket | None:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(first)
        except OSError:
            return None
        return connection

    dripper = _Dripper(connect, number, more)
    dripper.start()
    try:
        yield
    finally:
        dripper.end()
