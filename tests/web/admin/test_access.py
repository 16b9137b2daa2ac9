"""Who gets to the admin's pages: nobody without the secret, from this site alone, for some hours."""

from __future__ import annotations

import logging
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.files.audit import read_acts
from portal.files.instant import uptime_s
from portal.services.admin_access import SESSION_S
from tests.builders import Site, make_site
from tests.web.admin.conftest import SECRET

OURS = {"Sec-Fetch-Site": "same-origin"}
ADDRESSES = (
    "/admin", "/admin/tasks", "/admin/tasks/abcdefghijkl", "/admin/tasks/abcdefghijkl/delete", "/admin/drain",
    "/admin/resume", "/admin/notice", "/admin/cluster", "/admin/storage", "/admin/usage", "/admin/log",
)  # fmt: skip
ACTS = (
    "/admin/tasks/abcdefghijkl/cancel", "/admin/tasks/abcdefghijkl/retry", "/admin/tasks/abcdefghijkl/delete",
    "/admin/drain", "/admin/resume", "/admin/notice", "/admin/cluster", "/admin/logout",
)  # fmt: skip


@pytest.fixture
def client(site: Site) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return site.app.test_client()


def log_in(client: FlaskClient, secret: str = SECRET, address: str = "192.0.2.1", **form: str) -> int:
    answer = client.post(
        "/admin/login",
        data={"secret": secret, **form},
        headers=OURS,
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code


def session_cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("bttoxin_admin", path="/admin")
    assert cookie is not None
    return cookie.value


def test_without_a_secret_there_are_no_admin_pages(tmp_path: Path) -> None:
    client = make_site(tmp_path / "jobs").app.test_client()
    for address in (*ADDRESSES, "/admin/login"):
        assert client.get(address).status_code == 404
    for address in (*ACTS, "/admin/login"):
        assert client.post(address, headers=OURS).status_code in (404, 405)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_asks_for_the_secret_first(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/admin/login")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ACTS)
def test_no_act_without_a_session_or_from_another_site(site: Site, client: FlaskClient, address: str) -> None:
    answer = client.post(address, data={"sure": "1", "english": "x"}, headers=OURS)
    assert answer.headers["Location"] == "/admin/login"
    log_in(client)
    assert client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(address, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(address).status_code == 403
    assert [act["action"] for act in read_acts(site.portal)] == ["log-in"]
    assert not site.portal.consistency_wish.exists()


def test_the_cookie_is_for_these_pages_and_this_site_alone(client: FlaskClient) -> None:
    answer = client.post("/admin/login", data={"secret": SECRET}, headers=OURS, base_url="https://portal.example")
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/admin", "Secure"):
        assert part in cookie
    assert SECRET not in cookie


def test_the_wanted_page_comes_after_the_log_in_and_no_other_sites(client: FlaskClient) -> None:
    address = client.get("/admin/usage").headers["Location"]
    assert 'name="next" value="/admin/usage"' in client.get(address).text
    for wanted, target in (
        ("/admin/usage", "/admin/usage"),
        ("https://evil.example/admin", "/admin"),
        ("//evil.example", "/admin"),
        ("/admin/../tasks", "/admin"),
        ("/admin//evil.example", "/admin"),
    ):
        answer = client.post("/admin/login", data={"secret": SECRET, "next": wanted}, headers=OURS)
        assert answer.headers["Location"] == target


def test_a_wrong_secret_is_told_and_written_down_but_not_repeated(
    site: Site, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = client.post("/admin/login", data={"secret": "my other password"}, headers=OURS)
    assert answer.status_code == 403
    assert "That is not the secret." in answer.text
    assert "my other password" not in answer.text + caplog.text + site.portal.audit.read_text()
    assert [act["action"] for act in read_acts(site.portal)] == ["log-in refused"]
    assert client.get("/admin").status_code == 303
    assert log_in(client, "x" * 2000) == 413


def test_who_guesses_has_to_wait_and_others_have_not(site: Site, client: FlaskClient) -> None:
    assert [log_in(client, f"guess {number}") for number in range(7)] == [403] * 5 + [429] * 2
    assert log_in(client) == 429, "not even the right one, or a guesser would see which one it is"
    assert log_in(client, address="192.0.2.2") == 303
    other = site.app.test_client()
    assert [log_in(other, "no", f"2001:db8:1:2::{number}") for number in range(6)] == [403] * 5 + [429]
    lines = [act["action"] for act in read_acts(site.portal)]
    assert lines.count("log-in refused") == 10, "what is not looked at is not written either"


def test_guesses_at_once_are_counted_one_by_one(site: Site) -> None:
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda number: log_in(site.app.test_client(), f"guess {number}"), range(24)))
    assert codes.count(403) == 5


def test_a_log_out_ends_the_session_everywhere(site: Site, client: FlaskClient) -> None:
    log_in(client)
    stolen = session_cookie(client)
    assert client.get("/admin").status_code == 200
    answer = client.post("/admin/logout", headers=OURS)
    assert answer.headers["Location"] == "/admin/login"
    thief = site.app.test_client()
    thief.set_cookie("bttoxin_admin", stolen, path="/admin")
    assert thief.get("/admin").status_code == 303
    assert [act["action"] for act in read_acts(site.portal)] == ["log-in", "log-out"]


def test_a_session_ends_by_itself_and_with_a_new_secret(
    site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client)
    cookie = session_cookie(client)
    changed = make_site(site.portal.jobs, ADMIN_SECRET=SECRET + "!").app.test_client()
    for value in (cookie, cookie[:-1], "x." + cookie, ""):
        changed.set_cookie("bttoxin_admin", value, path="/admin")
        assert changed.get("/admin").status_code == 303
    up = uptime_s()
    monkeypatch.setattr("portal.files.instant.uptime_s", lambda: up + SESSION_S - 60)
    assert client.get("/admin").status_code == 200
    monkeypatch.setattr("portal.files.instant.uptime_s", lambda: up + SESSION_S + 60)
    assert client.get("/admin").status_code == 303


def test_who_reads_the_disk_cannot_make_a_cookie(site: Site, client: FlaskClient) -> None:
    log_in(client)
    (session,) = site.portal.sessions.iterdir()
    assert session.name not in session_cookie(client)
    assert session.stat().st_size == 0
    shutil.rmtree(site.portal.sessions)
    assert client.get("/admin").status_code == 303, "an operator at the disk can end all sessions"


def test_admin_pages_are_kept_nowhere(client: FlaskClient) -> None:
    log_in(client)
    for address in ADDRESSES:
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.search(
            r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]+(src="/static/|type="application/json"))', answer.text
        )
