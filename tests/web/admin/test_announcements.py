"""Announcements and maintenance by form: previewed, made once, withdrawn, noted; hostile text stays text."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.files.audit import read_acts
from portal.files.maintenance import Maintenance
from portal.files.notices import read_announcements
from tests.builders import Site

HOSTILE = "<img src=x onerror=alert(1)>\"'"
_ANNOUNCEMENTS, _MAINTENANCE = "/admin/announcements", "/admin/maintenance"


def local(moment: datetime) -> str:
    """A time as a browser's field sends it."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def hidden(page: str) -> dict[str, str]:
    """The fields that the question sends on."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def acts(site: Site) -> list[tuple[str, str]]:
    return [(act["action"], act["address"]) for act in read_acts(site.portal)][1:]


def announce(client: FlaskClient, **fields: str) -> dict[str, str]:
    """Preview and confirm; return what was confirmed."""
    asked = client.post(_ANNOUNCEMENTS, data={"act": "announce", **fields})
    assert asked.status_code == 200, asked.text
    sent = {**hidden(asked.text), "sure": "1"}
    done = client.post(_ANNOUNCEMENTS, data=sent)
    assert (done.status_code, done.location) == (303, f"{_ANNOUNCEMENTS}?done=announce")
    return sent


def test_an_announcement_is_previewed_made_once_and_withdrawn(site: Site, client: FlaskClient) -> None:
    ends = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=2)
    fields = {"english": f"Closed  on Monday {HOSTILE}", "chinese": "周一关闭", "ends": local(ends)}
    asked = client.post(_ANNOUNCEMENTS, data={"act": "announce", **fields})
    assert HOSTILE not in asked.text
    assert html.escape(HOSTILE, quote=False)[:20] in asked.text
    assert read_announcements(site.portal) == {}
    assert acts(site) == []
    sent = announce(client, **fields)
    [(name, made)] = read_announcements(site.portal).items()
    assert (made.english, made.chinese, made.begins, made.ends) == (
        f"Closed on Monday {HOSTILE}", "周一关闭", None, ends,
    )  # fmt: skip
    assert client.post(_ANNOUNCEMENTS, data=sent).status_code == 303, "sent twice"
    assert list(read_announcements(site.portal)) == [name]
    everybody = site.app.test_client()
    for page in (everybody.get("/").text, client.get(_ANNOUNCEMENTS).text):
        assert "Closed on Monday" in page
        assert HOSTILE not in page
    assert "周一关闭" in everybody.get("/?lang=zh").text
    question = client.post(_ANNOUNCEMENTS, data={"act": "withdraw", "name": name})
    assert "Withdraw this announcement?" in question.text
    assert list(read_announcements(site.portal)) == [name]
    done = client.post(_ANNOUNCEMENTS, data={**hidden(question.text), "sure": "1"})
    assert (done.status_code, done.location) == (303, f"{_ANNOUNCEMENTS}?done=withdraw")
    assert read_announcements(site.portal) == {}
    again = client.post(_ANNOUNCEMENTS, data={**hidden(question.text), "sure": "1"})
    assert (again.status_code, again.location) == (303, f"{_ANNOUNCEMENTS}?done=gone"), "sent twice"
    assert acts(site) == [("announce", "192.0.2.7"), ("end announcement", "192.0.2.7")]
    assert client.post(_ANNOUNCEMENTS, data={"act": "withdraw", "name": name}).status_code == 404


def test_the_list_says_which_are_shown(client: FlaskClient) -> None:
    now = datetime.now(UTC)
    announce(client, english="now")
    announce(client, chinese="以后", begins=local(now + timedelta(days=1)), ends="2098-01-01T00:00")
    english, chinese = client.get(f"{_ANNOUNCEMENTS}?lang=en").text, client.get(f"{_ANNOUNCEMENTS}?lang=zh").text
    states = r'<span class="badge tone-\w+">(\w+)</span>'
    assert re.findall(states, english) == ["later", "shown"]
    assert re.findall(states, chinese) == ["未开始", "显示中"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "a text in English or Chinese is needed"),
        ({"english": "x" * 501}, "at most 500 characters"),
        ({"chinese": "字" * 501}, "at most 500 characters"),
        ({"english": "x", "ends": "2020-01-01T00:00"}, "end before it begins"),
        ({"english": "x", "begins": "2090-01-02T00:00", "ends": "2090-01-01T00:00"}, "end before it begins"),
        ({"english": "x", "ends": "soon"}, "expected a time of this century"),
        ({"english": "x", "begins": "0001-01-01T00:00"}, "expected a time of this century"),
        ({"english": "x", "ends": "9999-12-31T23:59-23:59"}, "expected a time of this century"),
    ],
)
def test_what_is_wrong_is_told_beside_what_was_typed(
    site: Site, client: FlaskClient, fields: dict[str, str], told: str
) -> None:
    for sure in ({}, {"sure": "1"}):
        answer = client.post(_ANNOUNCEMENTS, data={"act": "announce", **fields, **sure})
        assert answer.status_code == 422
        assert told in answer.text
        assert all(html.escape(value) in answer.text for value in fields.values())
    assert read_announcements(site.portal) == {}
    assert acts(site) == []


def test_a_name_in_the_form_is_no_path(site: Site, client: FlaskClient) -> None:
    for name in ("../../x", "ABCDEF12", "", "a" * 5000):
        done = client.post(_ANNOUNCEMENTS, data={"act": "announce", "english": "x", "name": name, "sure": "1"})
        assert done.status_code == 303
        assert client.post(_ANNOUNCEMENTS, data={"act": "withdraw", "name": name}).status_code == 404
        assert client.post(_ANNOUNCEMENTS, data={"act": "withdraw", "name": name, "sure": "1"}).status_code == 303
    assert all(re.fullmatch("[0-9a-f]{8}", name) for name in read_announcements(site.portal))
    assert len(read_announcements(site.portal)) == 4


def test_maintenance_is_previewed_closed_changed_and_opened(site: Site, client: FlaskClient) -> None:
    everybody = site.app.test_client()
    until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=2)
    fields = {"act": "close", "english": f"New disks {HOSTILE}", "chinese": "", "until": local(until)}
    asked = client.post(_MAINTENANCE, data=fields)
    assert "Close the portal for everybody but operators?" in asked.text
    assert HOSTILE not in asked.text
    assert (Maintenance.read(site.portal), everybody.get("/").status_code) == (None, 200)
    assert client.post(_MAINTENANCE, data={**hidden(asked.text), "sure": "1"}).status_code == 303
    now = Maintenance.read(site.portal)
    assert now is not None
    assert (now.english, now.until) == (f"New disks {HOSTILE}", until)
    closed = everybody.get("/")
    assert (closed.status_code, HOSTILE in closed.text) == (503, False)
    assert "New disks" in closed.text
    assert "Closed for maintenance" in closed.text
    assert f"{until:%H:%M} UTC" in closed.text
    assert "Analyse a genome" not in closed.text, "which is closed too"
    page = client.get(_MAINTENANCE)
    assert page.status_code == 200
    assert "Open the portal again" in page.text
    assert local(until) in page.text
    assert "closed for everybody but operators" in client.get("/admin").text
    assert everybody.get("/sign-in").status_code == 404, "there is none here, and it is not closed"
    changed = client.post(_MAINTENANCE, data={"act": "close", "english": "New disks, and more", "sure": "1"})
    assert changed.status_code == 303
    later = Maintenance.read(site.portal)
    assert later is not None
    assert (later.english, later.until, later.since) == ("New disks, and more", None, now.since)
    assert client.post(_MAINTENANCE, data={"act": "open"}).status_code == 303
    assert everybody.get("/").status_code == 200
    assert client.post(_MAINTENANCE, data={"act": "open"}).status_code == 303
    assert [action for action, _ in acts(site)] == ["maintenance on", "maintenance on", "maintenance off"]
    for wrong in ({"until": "2020-01-01T00:00"}, {"until": "x"}, {"english": "x" * 501}):
        assert client.post(_MAINTENANCE, data={"act": "close", "sure": "1", **wrong}).status_code == 422
    assert Maintenance.read(site.portal) is None


def test_who_goes_back_finds_what_was_typed(site: Site, client: FlaskClient) -> None:
    for address, act in ((_ANNOUNCEMENTS, "announce"), (_MAINTENANCE, "close")):
        asked = client.post(address, data={"act": act, "english": f"Disks {HOSTILE}", "chinese": "磁盘"})
        back = client.post(address, data={**hidden(asked.text), "change": "1"})
        assert back.status_code == 200
        assert (
            f'value="{html.escape(f"Disks {HOSTILE}").replace("&quot;", "&#34;").replace("&#x27;", "&#39;")}"'
            in back.text
        )
        assert "磁盘" in back.text
    assert read_announcements(site.portal) == {}
    assert Maintenance.read(site.portal) is None


def test_forms_say_what_time_it_is_where_they_ask_for_one(client: FlaskClient) -> None:
    for address in (_ANNOUNCEMENTS, _MAINTENANCE):
        assert re.search(r"It is now \d{1,2} \w{3} \d{4}, \d\d:\d\d UTC\.", client.get(address).text)


def test_nobody_else_and_no_other_site_may(site: Site, client: FlaskClient) -> None:
    stranger = site.app.test_client()
    forms = [
        (_ANNOUNCEMENTS, {"act": "announce", "english": "x", "sure": "1"}),
        (_MAINTENANCE, {"act": "close", "sure": "1"}),
    ]
    for address, fields in forms:
        ours = stranger.post(address, data=fields, headers={"Sec-Fetch-Site": "same-origin"})
        assert (ours.status_code, ours.location.startswith("/admin/login")) == (303, True)
        assert client.post(address, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert stranger.get(address).status_code == 303
    assert read_announcements(site.portal) == {}
    assert Maintenance.read(site.portal) is None
