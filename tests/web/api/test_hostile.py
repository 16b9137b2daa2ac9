"""What nobody sends by mistake, to every address: answered below 500, by the application and by the real server."""

from __future__ import annotations

import contextlib
import io
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.builders import Site, make_site, write_heartbeat
from tests.web.api.hostile import Hostile
from tests.web.api.hostile_addresses import SETTINGS, everything
from tests.web.api.server import start_server

_ASKED = 2500  # of some 20,000; `python -m bench.web_hostile` sends more, to a real server
_BEHIND_A_PROXY = {"PUBLIC_URL": "https://portal.example/bt", "TRUSTED_PROXIES": "1"}


def ask(site: Site, hostile: Hostile) -> int:
    """Send a request to the application, past the test client, which would mend it; return the status."""
    environ = EnvironBuilder(path="/", method=hostile.method).get_environ()
    environ["PATH_INFO"] = unquote_to_bytes(hostile.path).decode("latin-1")
    environ["QUERY_STRING"] = hostile.query
    environ["REMOTE_ADDR"] = "192.0.2.1"
    for name, value in hostile.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(hostile.body), str(len(hostile.body))
    _, status, _ = run_wsgi_app(site.app, environ, buffered=True)
    return int(status[:3])


@pytest.mark.parametrize("settings", [{}, _BEHIND_A_PROXY], ids=["bare", "behind a proxy"])
def test_no_address_stumbles(tmp_path: Path, settings: dict[str, str]) -> None:
    site = make_site(tmp_path / "jobs", **dict[str, Any](SETTINGS))
    write_heartbeat(site.portal, age_s=-3600)
    requests = list(everything(site))
    behind = make_site(tmp_path / "jobs", **dict[str, Any](SETTINGS | settings))
    # Host, of which addresses are made, with every value; a sample of all else.
    hosts = [hostile for hostile in requests if "Host" in hostile.headers and hostile.path == "/"]
    chosen = [*hosts, *random.Random(7).sample(requests, _ASKED // 2)]
    asked = [(ask(behind, hostile), hostile) for hostile in chosen]
    assert [f"{status} {hostile}" for status, hostile in asked if status >= 500] == []
    assert {200, 400, 404, 422} <= {status for status, _ in asked} or settings
    assert behind.incoming() == []


_LINES = (
    b"GET http://[::1/ HTTP/1.1", b"GET http://[::1]:x/ HTTP/1.1", b"GET //[::1 HTTP/1.1", b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1", b"CONNECT a:1 HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET /\xff HTTP/1.1",
    b"GET /a\x00b HTTP/1.1",
    b"GET ?x HTTP/1.1", b"GET http:// HTTP/1.1", b"GET http://\xe2\x84\x80.com/ HTTP/1.1", b"get / HTTP/1.1",
    b"GET / HTTP/9.9", b"PRI * HTTP/2.0", b"GET /" + b"a" * 5000 + b" HTTP/1.1", b"\x16\x03\x01\x02\x00\x01",
    b"GET http://user:pw@[/ HTTP/1.1", b"POST http://[v1.x/api/tasks HTTP/1.1",
)  # fmt: skip
_HEADS = (
    b"Content-Length: " + b"9" * 20, b"Content-Length: " + b"9" * 5000, b"Content-Length: -1",
    b"Content-Length: \xc2\xb2",
    b"Content-Length: 0\r\nContent-Length: 5", b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Host: [::1",
    b"Transfer-Encoding:\x0bchunked", b"Host: \xff", b"Host:", b"X: \x00", b"X : y", b"\xff: y", b"no colon", b": y",
    b"Expect: nonsense", b"Connection: Upgrade\r\nUpgrade: websocket", b"Origin: http://[::1", b"X: " + b"y" * 9000,
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
)  # fmt: skip


def test_no_line_and_no_header_makes_the_server_stumble(tmp_path: Path) -> None:
    with contextlib.closing(start_server(tmp_path)) as server:

        def answer_to(request: bytes) -> bytes:
            with server.connect() as connection:
                connection.sendall(request)
                return connection.recv(12)

        sent = [line + b"\r\nHost: x\r\n" for line in _LINES]
        for head in _HEADS:
            host = b"" if head.startswith(b"Host") else b"Host: x\r\n"
            sent += [
                line + host + head + b"\r\n" for line in (b"GET / HTTP/1.1\r\n", b"POST /api/compare HTTP/1.1\r\n")
            ]
        with ThreadPoolExecutor(20) as clients:  # some wait for a deadline
            told = list(clients.map(lambda request: answer_to(request + b"Connection: close\r\n\r\n{}"), sent))
        answers = {request[:80]: answer for request, answer in zip(sent, told, strict=True)}
        assert {request: answer for request, answer in answers.items() if not answer.startswith(b"HTTP/1.1 ")} == {}
        assert {request: answer for request, answer in answers.items() if int(answer[9:12]) >= 500} == {}
        assert "Traceback" not in server.log.read_text()
