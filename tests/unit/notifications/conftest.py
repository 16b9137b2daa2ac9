"""A mail server for a file of tests, and a portal that sends by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail_server import MailServer, running_mail_server
from tests.unit.notifications.post import SENDING, Post, make_post


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with running_mail_server(tmp_path_factory.mktemp("mails")) as running:
        yield running


@pytest.fixture
def mails(server: MailServer) -> MailServer:
    """The server without earlier mails."""
    for path in server.folder.iterdir():
        path.unlink()
    return server


@pytest.fixture
def post(tmp_path: Path, mails: MailServer) -> Post:
    return make_post(tmp_path, SMTP_URL=f"smtp+plain://127.0.0.1:{mails.port}", **SENDING)
