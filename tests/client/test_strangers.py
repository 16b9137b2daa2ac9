"""Something else answers: a log-in page, a redirect, another service, a proxy. One error that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from bttoxin import JournalError, NotAPortal, Portal

from tests.client.stranger import stranger
from tests.web.api.server import Server


@pytest.mark.parametrize(
    ("code", "headers", "body", "says"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>Log in</html>", "log-in page"),
        (302, {"Location": "https://sso.example/login?next=secret"}, b"", r"redirect to https://sso.example/login\b"),
        (200, {"Content-Type": "application/json"}, b'{"hello": 1}', "not as a BtToxin Portal"),
        (200, {"Content-Type": "application/json"}, b"{", "JSON is expected"),
        (404, {"Content-Type": "text/plain"}, b"nothing", "form that a portal does not use"),
        (200, {"Content-Type": "application/json"}, b'{"api_level": 1, "version": "0.0.9"}', "too old"),
    ],
)
def test_a_stranger_is_told_as_such(code: int, headers: dict[str, str], body: bytes, says: str) -> None:
    with (
        stranger(code, headers, body) as url,
        Portal(url, quiet=True) as portal,
        pytest.raises(NotAPortal, match=says) as caught,
    ):
        portal.about()
    assert "secret" not in str(caught.value)


def test_loopback_goes_through_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Portal(server.url, quiet=True) as portal:
        assert portal.about()["name"] == "bttoxin-portal"


@pytest.mark.parametrize("url", ["bt.institute.example", "ftp://x", "http://", "https://me:secret@host"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address") as caught:
        Portal(url)
    assert "secret" not in str(caught.value)


def test_a_journal_of_another_portal_is_left_alone(server: Server, genomes: Path, tmp_path: Path) -> None:
    with Portal(server.url, quiet=True) as portal:
        portal.submit(genomes, into=tmp_path / "run")
    with Portal("http://127.0.0.1:9", quiet=True) as other, pytest.raises(JournalError, match="another folder"):
        other.submit(genomes, into=tmp_path / "run")
