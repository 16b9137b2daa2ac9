"""The submission page's field for a mail address: there only where a mail can be sent, and kept after a refusal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.files.notification_request import NotifyFolder
from tests.builders import GENOME, Site, make_site, write_heartbeat
from tests.web.pages.submitting import submit

SENDING = {"SMTP_URL": "smtp://localhost", "MAIL_FROM": "bt@example.org", "PUBLIC_URL": "http://localhost"}
ALICE = "alice@example.org"


def browser(site: Site, **headers: str) -> FlaskClient:
    write_heartbeat(site.portal)
    client = site.app.test_client()
    client.environ_base.update({"HTTP_SEC_FETCH_SITE": "same-origin", **headers})
    return client


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "jobs", **SENDING)  # type: ignore[arg-type]


def recipient(site: Site) -> str:
    (task_id,) = site.portal.task_ids()
    return NotifyFolder(site.portal.task(task_id).path).request().mail


def test_without_a_mail_server_there_is_no_field(tmp_path: Path) -> None:
    assert "notify_mail" not in browser(make_site(tmp_path / "jobs")).get("/").text


@pytest.mark.parametrize(("lang", "label"), [("en", "Mail when it has ended"), ("zh", "结束后发邮件通知")])
def test_the_field_is_there_and_its_address_is_kept(site: Site, lang: str, label: str) -> None:
    client = browser(site)
    assert f">{label}</label>" in client.get(f"/?lang={lang}").text
    assert submit(client, notify_mail=ALICE).status_code == 303
    assert recipient(site) == ALICE


def test_left_empty_nobody_is_told(site: Site) -> None:
    assert submit(browser(site), notify_mail="").status_code == 303
    (task_id,) = site.portal.task_ids()
    assert not NotifyFolder(site.portal.task(task_id).path).path.exists()


def test_a_wrong_address_is_told_beside_its_field_and_a_right_one_is_kept(site: Site) -> None:
    refused = submit(browser(site), notify_mail="alice<b>")
    assert refused.status_code == 422
    assert 'id="notify_mail-error"' in refused.text
    assert 'href="#notify_mail"' in refused.text
    assert 'value="alice&lt;b&gt;"' in refused.text
    kept = submit(browser(site), data=b">a\nAC!T\n", notify_mail=ALICE)
    assert kept.status_code == 422
    assert f'value="{ALICE}"' in kept.text
    assert site.portal.task_ids() == []


def test_an_address_in_a_link_is_not_filled_in(site: Site) -> None:
    assert ALICE not in browser(site).get(f"/?notify_mail={ALICE}").text


@pytest.fixture
def institute(tmp_path: Path) -> Site:
    return make_site(
        tmp_path / "jobs",
        IDENTITY="header",
        IDENTITY_MAIL_HEADER="X-Remote-Mail",
        TRUSTED_PROXIES="10.0.0.0/8",
        **SENDING,  # type: ignore[arg-type]
    )


def person(site: Site, mail: str = ALICE, peer: str = "10.1.2.3") -> FlaskClient:
    return browser(site, REMOTE_ADDR=peer, HTTP_X_REMOTE_USER="alice", HTTP_X_REMOTE_MAIL=mail)


def test_a_person_is_mailed_at_the_verified_address_alone(institute: Site) -> None:
    client = person(institute)
    text = client.get("/").text
    assert f"Mail {ALICE} when it has ended" in text
    assert 'type="checkbox" id="notify_mail" name="notify_mail" value="me"' in text
    refused = submit(client, notify_mail="bob@example.org")
    assert refused.status_code == 422
    assert f"your own address, {ALICE}" in refused.text
    assert submit(client, notify_mail="me").status_code == 303
    assert recipient(institute) == ALICE


@pytest.mark.parametrize("mail", ["", "alice", "a@b.org, c@d.org", "Alice <a@b.org>"])
def test_without_a_verified_address_nobody_is_mailed(institute: Site, mail: str) -> None:
    client = person(institute, mail)
    assert "notify_mail" not in client.get("/").text
    refused = submit(client, notify_mail="me")
    assert (refused.status_code, "verified mail address" in refused.text) == (422, True)


def test_whoever_has_not_signed_in_is_not_mailed(institute: Site) -> None:
    for client in (browser(institute, REMOTE_ADDR="10.1.2.3"), person(institute, peer="192.0.2.7")):
        assert "notify_mail" not in client.get("/").text
        refused = submit(client, notify_mail=ALICE)
        assert (refused.status_code, "sign in to be sent mail" in refused.text) == (422, True)
    assert institute.portal.task_ids() == []


def test_a_key_uses_the_address_that_was_verified_at_the_last_visit(institute: Site) -> None:
    client = person(institute)
    assert submit(client).status_code == 303  # which notes who it is
    key = client.post("/api/keys", json={"name": "notebook"}).json
    assert key is not None
    script = institute.app.test_client()
    data = {"file": (io.BytesIO(GENOME), "s.fna"), "notify_mail": "me"}
    answer = script.post("/api/tasks", data=data, headers={"X-Api-Key": key["key"]})
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    assert NotifyFolder(institute.portal.task(answer.json["task_id"]).path).request().mail == ALICE
