"""What stands between an institute and a portal: a proxy, and TLS with an authority of the institute's own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

HOST = "bt.institute.example"  # no name server knows it: only a proxy leads there


def pump(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes one way until a side has ended."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def join(left: socket.socket, right: socket.socket) -> None:
    """Carry bytes both ways until both sides have ended."""
    back = threading.Thread(target=pump, args=(right, left), daemon=True)
    back.start()
    pump(left, right)
    back.join()


class Front:
    """A listener that treats each connection in a thread of its own; `connections` counts them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._guarded, args=(client,), daemon=True).start()

    def _guarded(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            self.serve(client)

    def serve(self, client: socket.socket) -> None:
        """Treat one connection."""
        raise NotImplementedError

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


class TlsFront(Front):
    """Ends TLS in front of a port."""

    def __init__(self, port: int, certificate: Path, key: Path) -> None:
        self._target = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        """Unwrap, and carry on in plain text."""
        with (
            self._context.wrap_socket(client, server_side=True) as plain,
            socket.create_connection(("127.0.0.1", self._target)) as upstream,
        ):
            join(plain, upstream)


class Proxy(Front):
    """A forward proxy that knows HOST alone: plain HTTP leads to one port, CONNECT to another."""

    def __init__(self, port: int, tls_port: int = 0, *, wants_login: bool = False) -> None:
        self._port, self._tls_port, self._wants_login = port, tls_port, wants_login
        self.seen: list[str] = []
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        """Read the head of the first request, and lead it and what follows on."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := client.recv(65536)):
                return
            head += piece
        line = head.partition(b"\r\n")[0].decode()
        self.seen.append(line)
        if self._wants_login:
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return
        if line.startswith("CONNECT "):
            with socket.create_connection(("127.0.0.1", self._tls_port)) as upstream:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                join(client, upstream)
            return
        with socket.create_connection(("127.0.0.1", self._port)) as upstream:
            # One request for each connection, so that each address is seen.
            plain = head.replace(f"http://{HOST}".encode(), b"", 1).replace(
                b"Connection: keep-alive", b"Connection: close"
            )
            upstream.sendall(plain)
            join(client, upstream)


@contextlib.contextmanager
def closing_all(*fronts: Front) -> Iterator[None]:
    """Close all of them at the end."""
    try:
        yield
    finally:
        for front in fronts:
            front.close()


def make_authority(folder: Path) -> tuple[Path, Path, Path]:
    """Make a certificate authority and a certificate of it for HOST; return its file, the certificate and the key."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Institute CA", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "host.key", "-out", "host.csr", "-subj", f"/CN={HOST}")
    (folder / "host.ext").write_text(f"subjectAltName=DNS:{HOST},IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "host.ext", "-out", "host.pem")  # fmt: skip
    return folder / "ca.pem", folder / "host.pem", folder / "host.key"
