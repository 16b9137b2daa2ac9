"""A mail server (aiosmtpd, of PyPI) in a process of its own, which writes what it takes into a folder.

`python -m tests.mail_server FOLDER PORT [--certificate PEM --key PEM] [--tls] [--user NAME --password WORD] [--refuse]`
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.certificates import Certificate
from tests.ports import free_port

_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Received:
    """One mail: its envelope, whether it came encrypted, who had signed in, and the message itself."""

    sender: str
    to: list[str]
    encrypted: bool
    user: str | None
    message: EmailMessage

    @property
    def body(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass(frozen=True)
class MailServer:
    """A running server."""

    port: int
    folder: Path

    @property
    def mails(self) -> list[Received]:
        """What has arrived, in order."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            facts = json.loads(path.read_text())
            message = message_from_bytes(path.with_suffix(".eml").read_bytes(), policy=policy.default)
            found.append(Received(**facts, message=message))
        return found


@contextlib.contextmanager
def running_mail_server(
    folder: Path, *options: str, certificate: Certificate | None = None, port: int | None = None
) -> Iterator[MailServer]:
    """Yield a server; with a certificate it offers STARTTLS, or with `--tls` speaks TLS from the start."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    words = [*options]
    if certificate is not None:
        words += ["--certificate", str(certificate.chain), "--key", str(certificate.key)]
    command = [sys.executable, "-m", "tests.mail_server", str(folder), str(port), *words]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    try:
        _await(port, process)
        yield MailServer(port, folder)
    finally:
        process.kill()
        process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the mail server has not started")


class _Writer:
    """Takes mails, or refuses every recipient."""

    def __init__(self, folder: Path, *, refuses: bool) -> None:
        self._folder = folder
        self._refuses = refuses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self._refuses:
            return f"550 5.1.1 <{address}> is unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        name = self._folder / f"{time.time_ns()}"
        name.with_suffix(".eml").write_bytes(envelope.original_content)
        auth = session.auth_data.login.decode() if session.auth_data else None
        facts = {
            "sender": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "user": auth,
        }
        name.with_suffix(".part").write_text(json.dumps(facts))
        name.with_suffix(".part").rename(name.with_suffix(".json"))
        return "250 taken"


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--refuse", action="store_true")
    given = parser.parse_args()
    options: dict[str, Any] = {}
    if given.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.certificate, given.key)
        options["ssl_context" if given.tls else "tls_context"] = context
    if given.user:
        wanted = (given.user.encode(), given.password.encode())

        def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            right = isinstance(data, LoginPassword) and (data.login, data.password) == wanted
            return AuthResult(success=right, auth_data=data if right else None, handled=right)

        options |= {"authenticator": authenticator, "auth_required": True, "auth_require_tls": not given.tls}
    Controller(_Writer(given.folder, refuses=given.refuse), hostname="127.0.0.1", port=given.port, **options).start()
    signal.pause()


if __name__ == "__main__":
    main()
