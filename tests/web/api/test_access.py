"""Errors, headers, cookies and origins: what holds for every call."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NoReturn

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.errors import StageError
from portal.domain.message import verbatim
from portal.domain.status import TaskStatus
from portal.files.wishes import read_wishes
from portal.web.browser import NAME
from tests.builders import BuiltTask, Site, make_site, write_heartbeat


def shape(answer: TestResponse, code: int) -> None:
    body = answer.json
    assert answer.status_code == code, answer.text
    assert body is not None
    assert set(body) == {"type", "code", "status", "message", "params", "errors", "details"}
    assert body["code"] == code
    assert body["message"]
    assert isinstance(body["errors"], dict)


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/tasks", 405),
        ("GET", "/api/tasks", 405),
        ("DELETE", "/api/queue", 405),
        ("GET", "/api/tasks/abc", 401),
        ("POST", "/api/tasks", 415),
        ("GET", "/api/health/ready", 503),
    ],
)
def test_errors_below_the_api_have_one_shape(client: FlaskClient, method: str, address: str, code: int) -> None:
    answer = client.open(address, method=method)
    shape(answer, code)
    assert ("Allow" in answer.headers) is (code == 405)


def test_errors_elsewhere_are_pages(client: FlaskClient) -> None:
    answer = client.get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize("error", [RuntimeError("secret path /x"), StageError(verbatim("internal words"))])
def test_an_accident_is_logged_and_not_told(site: Site, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    def fail() -> NoReturn:
        raise error

    site.app.add_url_rule("/api/accident", view_func=fail)
    with caplog.at_level(logging.ERROR):
        answer = site.app.test_client().get("/api/accident")
    shape(answer, 500)
    assert str(error) not in answer.text
    assert str(error) in caplog.text


def test_a_large_body_where_none_is_wanted_is_refused(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    body = b'{"lang": "' + b"x" * 200_000 + b'"}'
    answer = client.post(
        f"/api/tasks/{built.task_id}/retry", data=body, headers=built.bearer, content_type="application/json"
    )
    shape(answer, 413)


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff"])
def test_json_that_is_none_gets_a_client_error(client: FlaskClient, site: Site, body: bytes) -> None:
    built = site.task(TaskStatus.FAILED)
    address = f"/api/tasks/{built.task_id}/retry"
    answer = client.post(address, data=body, headers=built.bearer, content_type="application/json")
    shape(answer, answer.status_code)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("address", ["/", "/api/queue", "/api/nothing", "/nothing", "/api/openapi.json"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


# -- CORS


def test_by_default_other_sites_may_read_the_api_without_credentials(client: FlaskClient) -> None:
    answer = client.get("/api/queue", headers={"Origin": "https://lab.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": "https://lab.example"}).headers


def test_a_browser_may_ask_before_it_sends_a_token(client: FlaskClient) -> None:
    asked = {"Origin": "https://lab.example", "Access-Control-Request-Method": "DELETE"}
    answer = client.options(f"/api/tasks/{'a' * 12}", headers=asked)
    assert answer.status_code == 200
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_named_origins_are_the_only_ones(tmp_path: Path) -> None:
    client = make_site(tmp_path, CORS_ORIGINS="https://lab.example, https://b.example").app.test_client()
    known = client.get("/api/queue", headers={"Origin": "https://b.example"})
    assert known.headers["Access-Control-Allow-Origin"] == "https://b.example"
    for origin in ("https://evil.example", "https://lab.example.evil.com", "null"):
        answer = client.get("/api/queue", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


# -- the cookie of the pages


OURS = {"Sec-Fetch-Site": "same-origin"}


def with_cookie(site: Site, built: BuiltTask, base_url: str = "http://localhost/") -> FlaskClient:
    """Return a browser that has opened a task."""
    client = site.app.test_client()
    answer = client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token}, headers=OURS, base_url=base_url)
    assert answer.status_code == 303, answer.text
    return client


@pytest.mark.parametrize(
    ("base_url", "name", "path"),
    [
        ("http://localhost/", NAME, "/"),
        ("https://localhost/", f"__Host-{NAME}", "/"),
        ("http://localhost/portal/", NAME, "/portal"),
        ("https://localhost/portal/", f"__Secure-{NAME}", "/portal"),
    ],
)
def test_the_cookie_is_a_session_and_for_no_script(site: Site, base_url: str, name: str, path: str) -> None:
    built = site.task()
    answer = site.app.test_client().post(
        f"/tasks/{built.task_id}/unlock", data={"token": built.token}, headers=OURS, base_url=base_url
    )
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert built.token not in cookie
    assert cookie.startswith(f"{name}=")
    parts = cookie.split("; ")[1:]
    assert {"HttpOnly", "SameSite=Lax", f"Path={path}"} <= set(parts)
    assert ("Secure" in parts) is base_url.startswith("https")
    assert not [part for part in parts if part.startswith("Domain")]


def test_images_and_downloads_are_opened_by_the_cookie(site: Site) -> None:
    built, other = site.task(), site.task()
    client = with_cookie(site, built)
    assert client.get(f"/api/tasks/{built.task_id}/results/target_heatmap.svg").status_code == 200
    assert client.get(f"/api/tasks/{built.task_id}/bundle").status_code == 200
    assert client.get(f"/api/tasks/{other.task_id}/bundle").status_code == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Origin": "http://localhost"}, 202),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://[localhost]"}, 403),
        ({}, 403),
    ],
)
def test_a_change_by_cookie_must_come_from_our_own_page(site: Site, headers: dict[str, str], code: int) -> None:
    built = site.task(TaskStatus.RUNNING)
    client = with_cookie(site, built)
    assert client.post(f"/api/tasks/{built.task_id}/cancel", headers=headers).status_code == code
    assert bool(read_wishes(site.portal.task(built.task_id))) is (code == 202)
    if code == 403:
        assert client.delete(f"/api/tasks/{built.task_id}", headers=headers).status_code == 403


def test_a_token_in_the_header_needs_no_origin_and_wins_over_the_cookie(site: Site) -> None:
    built = site.task(TaskStatus.RUNNING)
    client = with_cookie(site, built)
    wrong = {"Authorization": "Bearer wrong"}
    assert client.get(f"/api/tasks/{built.task_id}", headers=wrong).status_code == 404
    evil = {**built.bearer, "Origin": "https://evil.example"}
    assert client.post(f"/api/tasks/{built.task_id}/cancel", headers=evil).status_code == 202


# -- behind proxies


def test_only_trusted_proxies_say_who_the_client_is(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-For": "9.9.9.9, 10.0.0.1", "X-Forwarded-Proto": "https"}
    seen = {}
    for hops in ("0", "1", "2"):
        app = make_site(tmp_path / hops, TRUSTED_PROXIES=hops).app

        def echo() -> str:
            from flask import request

            return f"{request.remote_addr} {request.scheme}"

        app.add_url_rule("/api/echo", view_func=echo)
        seen[hops] = app.test_client().get("/api/echo", headers=forwarded).text
    assert seen == {"0": "127.0.0.1 http", "1": "10.0.0.1 https", "2": "9.9.9.9 http"}


@pytest.mark.parametrize("path", ["/", "/api/queue", "/nothing"])
def test_over_tls_browsers_are_told_to_stay_there(client: FlaskClient, path: str) -> None:
    over_tls = client.get(f"{path}?lang=zh", base_url="https://portal.example")
    assert over_tls.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert all("; Secure" in cookie for cookie in over_tls.headers.getlist("Set-Cookie"))
    plain = client.get(f"{path}?lang=en", base_url="http://portal.example")
    assert "Strict-Transport-Security" not in plain.headers


def test_health_tells_nothing_of_the_machine(client: FlaskClient, site: Site) -> None:
    write_heartbeat(site.portal)
    assert "testhost" not in client.get("/api/health").text
