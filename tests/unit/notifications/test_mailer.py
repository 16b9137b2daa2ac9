"""The mailer against real mail servers: encryption, signing in, and what a server may do instead of answering."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.errors import HeaderParseError
from pathlib import Path

import pytest

from portal.cli.doctor_mail import check_mail
from portal.config import read_settings
from portal.domain.smtp_url import SmtpServer
from portal.domain.status import Lang
from portal.notifications.delivery import NotDelivered
from portal.notifications.mail import Mailer
from portal.notifications.words import MailText
from tests.certificates import Certificate, make_certificate
from tests.mail_server import running_mail_server
from tests.ports import free_port

TO = "alice@example.org"
TEXT = MailText("Your analysis", "It has ended.\n", Lang.EN)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The certificate, whose authority this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    return certificate


def send(url: str, text: MailText = TEXT, *, whole_s: float = 60.0) -> None:
    mailer = Mailer(SmtpServer.parse(url), sender="bt@example.org", host="bt.example.org", whole_s=whole_s)
    mailer.send("0" * 32, text, [TO], made=datetime.now(UTC))


def refused(url: str, **more: float) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        send(url, **more)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(("scheme", "options"), [("smtp", ()), ("smtps", ("--tls",))])
def test_encrypted_and_signed_in(tmp_path: Path, trusted: Certificate, scheme: str, options: tuple[str, ...]) -> None:
    login = ("--user", "bt", "--password", "p@ss/word")
    with running_mail_server(tmp_path / "mails", *options, *login, certificate=trusted) as server:
        send(f"{scheme}://bt:p%40ss%2Fword@localhost:{server.port}")
        (mail,) = server.mails
        assert (mail.encrypted, mail.user, mail.to, mail.body) == (True, "bt", [TO], TEXT.body)
        wrong = refused(f"{scheme}://bt:guess@localhost:{server.port}")
        assert (wrong.reason.code, wrong.is_down) == ("notify.smtp_refused", True)
        assert "535" in str(wrong)
        settings = {"MAIL_FROM": "bt@example.org", "PUBLIC_URL": "https://bt.example.org"}
        for password, state in (("p%40ss%2Fword", "ok"), ("guess", "FAIL")):
            address = f"{scheme}://bt:{password}@localhost:{server.port}"
            (finding,) = check_mail(read_settings({"SMTP_URL": address, **settings}))
            assert finding.state == state, finding
        assert list(check_mail(read_settings({}))) == []
        assert len(server.mails) == 1


def test_encryption_cannot_be_switched_off_on_the_way(tmp_path: Path) -> None:
    with running_mail_server(tmp_path / "mails") as server:  # it offers no STARTTLS
        assert refused(f"smtp://bt:secret@localhost:{server.port}").reason.code == "notify.smtp_no_tls"
        assert server.mails == []


@pytest.mark.parametrize(("scheme", "options"), [("smtp", ()), ("smtps", ("--tls",))])
def test_a_stranger_with_the_servers_name_gets_nothing(
    tmp_path: Path, certificate: Certificate, scheme: str, options: tuple[str, ...]
) -> None:
    with running_mail_server(tmp_path / "mails", *options, certificate=certificate) as server:
        found = refused(f"{scheme}://localhost:{server.port}")
        assert (found.reason.code, found.is_down) == ("notify.certificate", True)
        assert server.mails == []


def test_nobody_there() -> None:
    found = refused(f"smtp+plain://127.0.0.1:{free_port()}")
    assert (found.reason.code, found.is_down) == ("notify.connection", True)


@contextmanager
def trickling() -> Iterator[int]:
    """Yield the port of a server whose greeting never ends, line by line: each read gets its answer in time."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        over = threading.Event()

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.02):
                    try:
                        connection.sendall(b"220-wait\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join()


def test_a_whole_conversation_has_a_deadline() -> None:
    with trickling() as port:
        assert refused(f"smtp+plain://127.0.0.1:{port}", whole_s=0.5).reason.code == "notify.connection"


def test_no_header_holds_a_line_feed() -> None:
    with pytest.raises((ValueError, HeaderParseError)):
        send("smtp+plain://127.0.0.1:9", MailText("a\r\nBcc: bob@example.org", "b", Lang.EN))


def test_the_default_context_checks_names_and_authorities() -> None:
    context = ssl.create_default_context()
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
