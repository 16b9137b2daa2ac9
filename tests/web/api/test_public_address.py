"""PUBLIC_URL: one address for links, cookies and the OpenAPI document, whatever a client says in its headers."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from tests.builders import Site, make_site
from tests.waiting import PATIENCE_S
from tests.web.api.server import start_server

URL = "https://bt.example.org/bttoxin"
_THROUGH = {"Host": "bt.example.org", "X-Forwarded-For": "9.9.9.9", "X-Forwarded-Proto": "https"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path, PUBLIC_URL=URL, TRUSTED_PROXIES="1")


def _plain(site: Site) -> FlaskClient:
    return site.app.test_client()


@pytest.mark.parametrize("path", ["/help", "/bttoxin/help"])
def test_all_links_of_a_page_lie_below_the_prefix_whether_the_proxy_strips_it_or_not(site: Site, path: str) -> None:
    page = _plain(site).get(path, headers=_THROUGH)
    assert page.status_code == 200
    links = [part.split('"', 1)[0] for name in ("href", "src", "action") for part in page.text.split(f'{name}="')[1:]]
    local = [link for link in links if link.startswith("/")]
    assert len(local) > 10
    assert [link for link in local if not link.startswith("/bttoxin/")] == []
    assert f"{URL}/api/tasks" in page.text


def test_cookies_and_the_openapi_document_know_the_prefix(site: Site) -> None:
    built = site.task(TaskStatus.RUNNING)
    document = _plain(site).get("/api/openapi.json", headers=_THROUGH)
    assert document.json is not None
    assert [server["url"] for server in document.json["servers"]] == [URL]
    unlocked = _plain(site).post(
        f"/tasks/{built.task_id}/unlock",
        data={"token": built.token},
        headers={**_THROUGH, "Sec-Fetch-Site": "same-origin"},
    )
    cookies = unlocked.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Path=/bttoxin" in cookie.split("; ") and "Secure" in cookie for cookie in cookies)


def test_headers_that_clients_can_write_lead_no_link_elsewhere(site: Site) -> None:
    evil = {
        **_THROUGH,
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example",
    }
    assert "evil" not in _plain(site).get("/help", headers=evil).text


@pytest.mark.parametrize(
    "host", ["evil.example", "bt.example.org.evil.example", "127.0.0.1.evil.example", "bt.example.org:81"]
)
@pytest.mark.parametrize("path", ["/", "/api/queue", "/api/tasks/aaaaaaaaaaaa"])
def test_an_unknown_host_is_refused(site: Site, host: str, path: str) -> None:
    answer = _plain(site).get(path, headers={**_THROUGH, "Host": host, "Authorization": f"Bearer {'a' * 43}"})
    assert answer.status_code == 400
    if path.startswith("/api"):
        assert answer.json is not None
        assert answer.json["type"] == "/bttoxin/errors/access.unknown_host"


def test_monitors_on_the_machine_itself_are_answered(site: Site) -> None:
    assert _plain(site).get("/api/health/live", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_without_a_public_url_the_address_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    page = make_site(tmp_path, TRUSTED_PROXIES="1").app.test_client().get("/help", headers={"Host": "any.example"})
    assert "http://any.example/api/tasks" in page.text


@pytest.mark.parametrize("host", [
    "a" * 64, "a" * 3000, "a..b", ".", "[::1", "[::1]]", "a b", "\xe9.example", "a:port", "a:99999999",
    "[x]", "-/-", "a@b", "a,b",
])  # fmt: skip
def test_what_is_no_host_is_refused_whatever_the_settings(tmp_path: Path, host: str) -> None:
    for settings in ({}, {"PUBLIC_URL": "https://bt.example.org/x", "TRUSTED_PROXIES": "1"}):
        client = make_site(tmp_path / "jobs", **dict[str, Any](settings)).app.test_client()
        for path in ("/", "/api/queue", "/nothing", f"/api/tasks/{'a' * 12}"):
            answer = client.get(
                path, headers={"Authorization": f"Bearer {'a' * 43}"}, environ_overrides={"HTTP_HOST": host}
            )
            assert answer.status_code == 400, (path, settings)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "bt.example.org.", "x_y:", ""]
)
def test_a_host_of_any_form_is_answered(tmp_path: Path, host: str) -> None:
    client = make_site(tmp_path / "jobs").app.test_client()
    assert client.get("/api/queue", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_a_request_without_a_host_is_refused_and_http_1_0_needs_none(tmp_path: Path) -> None:
    """RFC 9112, 3.2; on a real server, since every test client sends a host. The phrases are the standard's."""
    with contextlib.closing(start_server(tmp_path)) as server:

        def first_line(request: bytes) -> bytes:
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
                connection.sendall(request)
                return connection.makefile("rb").readline().strip()

        for path in (b"/", b"/api/queue", b"/api/health/live"):
            assert first_line(b"GET %b HTTP/1.1\r\nConnection: close\r\n\r\n" % path) == b"HTTP/1.1 400 Bad Request"
            assert first_line(b"GET %b HTTP/1.0\r\n\r\n" % path).endswith(b" 200 OK")
        many = b"".join(b"X-%d: y\r\n" % n for n in range(100))
        long = first_line(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n")
        assert long == b"HTTP/1.1 431 Request Header Fields Too Large"
