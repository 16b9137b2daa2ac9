"""IDENTITY=oidc against a provider that runs: the code flow, what a browser holds afterwards, and what is refused."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.flask_client import FlaskOAuth2App  # type: ignore[import-untyped]
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from werkzeug.test import TestResponse

from portal.config import read_settings
from portal.domain.errors import InvalidRequest, NotReady
from portal.files.instant import Instant
from portal.files.people import PeopleRegister
from portal.services.sign_in import SESSION_S
from portal.storage.file import FileTaskStore
from tests.builders import Site, make_site
from tests.ports import free_port
from tests.web.api.front_server import OURS, submit, told
from tests.web.api.oidc_provider import running_provider

OPERATOR = {"sub": "olga", "email": "olga@inst.example", "email_verified": True}
UNCHECKED = {"sub": "mallory", "email": "olga@inst.example", "email_verified": False}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_provider(tmp_path_factory.mktemp("provider"), OPERATOR, UNCHECKED) as running:
        yield running


def settings_for(issuer: str, **more: str) -> dict[str, Any]:
    fixed = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "portal", "OIDC_CLIENT_SECRET": "the secret of this client"}
    return {"IDENTITY": "oidc", "OPERATORS": "olga", **fixed, **more}


@pytest.fixture
def site(tmp_path: Path, issuer: str) -> Site:
    return make_site(tmp_path / "jobs", **settings_for(issuer))


def to_provider(browser: FlaskClient, wanted: str = "") -> str:
    answer = browser.get("/sign-in", query_string={"next": wanted} if wanted else {})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def back(address: str, person: str, **form: str) -> str:
    """Sign in at the provider as a browser does; return where it sends the browser, without the host."""
    answer = httpx.post(address, data={"sub": person, **form})
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert parts.path == "/sign-in/callback"
    return f"{parts.path}?{parts.query}"


def sign_in(site: Site, person: str, wanted: str = "") -> tuple[FlaskClient, TestResponse]:
    browser = site.app.test_client()
    answer = browser.get(back(to_provider(browser, wanted), person))
    return browser, answer


def test_a_person_signs_in_and_owns_what_they_submit(site: Site) -> None:
    browser, answer = sign_in(site, "alice")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/work")
    assert told(browser.get("/api/me"))["person_id"] == "alice"
    task_id = told(submit(browser, **OURS))["task_id"]
    assert FileTaskStore(site.portal).get(task_id).owner == told(browser.get("/api/me"))["pseudonym"]
    phone, _ = sign_in(site, "alice")
    assert phone.get(f"/api/tasks/{task_id}").status_code == 200
    other, _ = sign_in(site, "bob")
    assert other.get(f"/api/tasks/{task_id}").status_code == 404
    assert site.app.test_client().get(f"/api/tasks/{task_id}").status_code == 401


def test_the_request_has_state_nonce_and_a_challenge_whose_verifier_stays_here(site: Site) -> None:
    browser = site.app.test_client()
    query = parse_qs(urlsplit(to_provider(browser)).query)
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == ["http://localhost/sign-in/callback"]
    assert query["code_challenge_method"] == ["S256"]
    assert (len(query["state"][0]) >= 20, len(query["nonce"][0]) >= 16) == (True, True)
    with browser.session_transaction() as session:
        kept = session[f"_state_institute_{query['state'][0]}"]["data"]
    digest = hashlib.sha256(kept["code_verifier"].encode()).digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") == query["code_challenge"][0]
    assert kept["nonce"] == query["nonce"][0]


def test_a_sign_in_ends_in_the_browser_that_began_it_and_once(site: Site) -> None:
    browser, stranger = site.app.test_client(), site.app.test_client()
    address = back(to_provider(browser), "alice")
    assert stranger.get(address).status_code == 400
    assert stranger.get("/api/me").status_code == 401
    assert browser.get(re.sub("state=[^&]+", "state=another", address)).status_code == 400
    assert browser.get(re.sub("code=[^&]+", "code=another", address)).status_code == 400
    address = back(to_provider(browser), "alice")
    assert browser.get(address).status_code == 303
    assert site.app.test_client().get(address).status_code == 400


def test_who_refuses_at_the_provider_is_nobody(site: Site) -> None:
    browser = site.app.test_client()
    answer = browser.get(back(to_provider(browser), "alice", action="deny"))
    assert (answer.status_code, browser.get("/api/me").status_code) == (400, 401)


def test_a_sign_out_ends_the_session_for_every_holder_of_the_cookie(site: Site) -> None:
    browser, _ = sign_in(site, "alice")
    cookie = browser.get_cookie("bttoxin_person")
    assert cookie is not None
    thief = site.app.test_client()
    thief.set_cookie("bttoxin_person", cookie.value)
    assert thief.get("/api/me").status_code == 200
    assert browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.get("/api/me").status_code == 200
    assert browser.post("/sign-out", headers=OURS).status_code == 303
    assert (browser.get("/api/me").status_code, thief.get("/api/me").status_code) == (401, 401)


def test_no_cookie_but_one_of_this_portal_opens_anything(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, answer = sign_in(site, "alice")
    parts = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("bttoxin_person="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in parts.split(";")}
    cookie = browser.get_cookie("bttoxin_person")
    assert cookie is not None
    forged = URLSafeSerializer("another key", salt="sign-in").dumps(["x", "olga", str(Instant.now())])
    for value in (forged, cookie.value[:-2], cookie.value.swapcase(), "", "x.y.z"):
        stranger = site.app.test_client()
        stranger.set_cookie("bttoxin_person", value)
        assert stranger.get("/api/me").status_code == 401, value
    monkeypatch.setattr("portal.services.sign_in.SESSION_S", -1)
    assert SESSION_S > 0
    assert browser.get("/api/me").status_code == 401


def test_only_a_page_of_ours_comes_after_a_sign_in(site: Site) -> None:
    for wanted, leads in (
        ("/admin", "/admin"),
        ("//evil.example", "/work"),
        ("https://evil.example/", "/work"),
        ("/\\evil.example", "/work"),
        ("/tasks/abcdefghijkl", "/tasks/abcdefghijkl"),
    ):
        assert sign_in(site, "alice", wanted)[1].headers["Location"] == leads


def test_operators_are_those_of_the_list(site: Site) -> None:
    assert sign_in(site, "olga")[0].get("/admin").status_code == 200
    assert sign_in(site, "alice")[0].get("/admin").status_code == 303


def test_another_site_changes_nothing_in_a_persons_name(site: Site) -> None:
    browser, _ = sign_in(site, "alice")
    task_id = told(submit(browser, **{"Sec-Fetch-Site": "cross-site"}))["task_id"]
    assert FileTaskStore(site.portal).get(task_id).owner == ""


def test_an_address_counts_only_when_the_provider_has_verified_it(tmp_path: Path, issuer: str) -> None:
    more = {"OIDC_CLAIM": "email", "OIDC_SCOPES": "openid email", "OPERATORS": "olga@inst.example"}
    site = make_site(tmp_path / "jobs", **settings_for(issuer, **more))
    browser, _ = sign_in(site, "olga")
    assert told(browser.get("/api/me"))["person_id"] == "olga@inst.example"
    browser, answer = sign_in(site, "mallory")
    assert (answer.status_code, browser.get("/api/me").status_code) == (400, 401)


def test_a_claim_that_is_missing_signs_nobody_in(tmp_path: Path, issuer: str) -> None:
    site = make_site(tmp_path / "jobs", **settings_for(issuer, OIDC_CLAIM="employee_number"))
    assert sign_in(site, "alice")[1].status_code == 400


@pytest.mark.parametrize("change", ["nothing there", "another name"])
def test_without_the_provider_tokens_still_work(tmp_path: Path, issuer: str, change: str) -> None:
    other = f"http://localhost:{free_port()}" if change == "nothing there" else issuer.replace("localhost", "127.0.0.1")
    if change == "another name":
        other += "/"
    site = make_site(tmp_path / "jobs", **settings_for(other))
    browser = site.app.test_client()
    assert browser.get("/sign-in").status_code == 503
    created = told(submit(browser))
    bearer = {"Authorization": f"Bearer {created['token']}"}
    assert browser.get(f"/api/tasks/{created['task_id']}", headers=bearer).status_code == 200


def test_the_secret_may_be_in_a_file(tmp_path: Path, issuer: str) -> None:
    file = tmp_path / "secret"
    variables = settings_for(issuer, OIDC_CLIENT_SECRET="", OIDC_CLIENT_SECRET_FILE=str(file))
    with pytest.raises(NotReady):
        make_site(tmp_path / "jobs", **variables)
    file.write_text("the secret of this client\n")
    assert sign_in(make_site(tmp_path / "jobs", **variables), "alice")[1].status_code == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"OIDC_ISSUER": ""}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "http://login.example.org"}, "OIDC_ISSUER"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_SCOPES": "email"}, "OIDC_SCOPES"),
    ],
)
def test_a_provider_that_is_half_set_ends_the_start(change: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_settings({**settings_for("https://login.example.org"), **change})
    assert list(refused.value.errors) == [field]


def test_the_secret_of_the_client_is_hidden_in_logs() -> None:
    assert "the secret of this client" in read_settings(settings_for("https://login.example.org")).secrets


@pytest.mark.parametrize(("person", "kept"), [("olga", "olga@inst.example"), ("mallory", ""), ("alice", "")])
def test_a_verified_mail_address_is_kept_where_mail_is_sent(
    tmp_path: Path, issuer: str, person: str, kept: str
) -> None:
    sending = {"SMTP_URL": "smtp://localhost", "MAIL_FROM": "bt@example.org", "PUBLIC_URL": "http://localhost"}
    site = make_site(tmp_path / "jobs", **settings_for(issuer, OIDC_SCOPES="openid email", **sending))
    browser, answer = sign_in(site, person)
    assert answer.status_code == 303
    me = told(browser.get("/api/me"))
    assert PeopleRegister(site.portal).mail(me["pseudonym"]) == kept
    assert (kept in browser.get("/").text if kept else "notify_mail" not in browser.get("/").text) is True


def test_without_mail_the_portal_keeps_no_address(tmp_path: Path, issuer: str) -> None:
    site = make_site(tmp_path / "jobs", **settings_for(issuer, OIDC_SCOPES="openid email"))
    browser, _ = sign_in(site, "olga")
    assert PeopleRegister(site.portal).mail(told(browser.get("/api/me"))["pseudonym"]) == ""
    assert not list(site.portal.people.glob("*")) or "olga@inst.example" not in browser.get("/").text


def test_a_provider_without_userinfo_signs_in_without_a_mail_address(
    tmp_path: Path, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of_it, token_of = FlaskOAuth2App.load_server_metadata, FlaskOAuth2App.authorize_access_token

    def metadata(self: FlaskOAuth2App) -> dict[str, Any]:
        return {name: value for name, value in all_of_it(self).items() if name != "userinfo_endpoint"}

    def token(self: FlaskOAuth2App) -> dict[str, Any]:
        claims = {name: value for name, value in token_of(self).items() if name != "userinfo"}
        return {**claims, "userinfo": {"sub": "olga"}}

    monkeypatch.setattr(FlaskOAuth2App, "load_server_metadata", metadata)
    monkeypatch.setattr(FlaskOAuth2App, "authorize_access_token", token)
    sending = {"SMTP_URL": "smtp://localhost", "MAIL_FROM": "bt@example.org", "PUBLIC_URL": "http://localhost"}
    site = make_site(tmp_path / "jobs", **settings_for(issuer, OIDC_SCOPES="openid email", **sending))
    browser, answer = sign_in(site, "olga")
    assert answer.status_code == 303
    assert PeopleRegister(site.portal).mail(told(browser.get("/api/me"))["pseudonym"]) == ""
