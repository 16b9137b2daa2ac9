"""A line between client and portal that cuts or spoils what it carries."""

from __future__ import annotations

import socket
import threading


def _read_message(connection: socket.socket, *, has_body: bool = True) -> bytes:
    """Return one request or answer with its body; nothing where the other side has ended."""
    message = b""
    while b"\r\n\r\n" not in message:
        if not (piece := connection.recv(65536)):
            return b""
        message += piece
    head, _, body = message.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = (int(lengths[0].partition(b":")[2]) if lengths and has_body else 0) - len(body)
    while left > 0 and (piece := connection.recv(65536)):
        message, left = message + piece, left - len(piece)
    return message


class Spoiler:
    """Stands between client and portal, and cuts or spoils what the portal sends to a GET of a bundle."""

    def __init__(self, port: int, *, cuts: int = 0, flips: int = 0) -> None:
        self._port = port
        self.cuts, self.flips = cuts, flips
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._port)) as upstream:
            while request := _read_message(client):
                upstream.sendall(request)
                bundle = request.startswith(b"GET") and b"/bundle" in request.partition(b"\r\n")[0]
                head, _, body = _read_message(upstream, has_body=not request.startswith(b"HEAD")).partition(b"\r\n\r\n")
                if bundle and self.cuts:
                    self.cuts -= 1
                    client.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])
                    return
                if bundle and self.flips:
                    self.flips -= 1
                    body = body[:-30] + bytes([body[-30] ^ 1]) + body[-29:]
                client.sendall(head + b"\r\n\r\n" + body)

    def close(self) -> None:
        self._listener.close()
