"""A link that was revoked or has ended says so, to whoever has it and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.files.browsers import FOLDER
from portal.services import shares as shares_service
from portal.web.browser import OLD_NAME
from tests.builders import BuiltTask, Site
from tests.web.batch import Batch
from tests.web.guests import browser, in_days, make_link, opened, unlock, view_token

REVOKED = {"en": "This link was revoked. Ask the person who", "zh": "此链接已被撤销"}
NO_LONGER = {"en": "<h1>This link is no longer valid</h1>", "zh": "<h1>此链接已失效</h1>"}


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setattr(shares_service, "_today", lambda: datetime.now(UTC).date() + timedelta(days=days))


def shown(client: FlaskClient, page: str, token: str = "", lang: str = "en") -> tuple[int, str]:
    """Return the page by itself, or what it answers to a token."""
    if token:
        answer = client.post(f"{page}/unlock?lang={lang}", data={"token": f"https://portal{page}#token={token}"})
    else:
        answer = client.get(f"{page}?lang={lang}")
    return answer.status_code, answer.text


def says_nothing(text: str) -> bool:
    return "no longer valid" not in text and "revoked" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_revoked_link_says_so(site: Site, lang: str) -> None:
    built = site.task()
    page, owner, guest = f"/tasks/{built.task_id}", opened(site, built), browser(site)
    token = make_link(owner, page)
    unlock(guest, built, token)
    owner.post(f"{page}/shares/1/revoke")
    for client, given, status in ((guest, "", 403), (guest, token, 404), (browser(site), token, 404)):
        code, text = shown(client, page, given, lang)
        assert (code, REVOKED[lang] in text, NO_LONGER[lang] in text) == (status, True, True)
        assert "aria-invalid" not in text
        assert token not in text
        assert built.task.filename not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_that_has_ended_names_its_last_day(site: Site, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    built = site.task()
    page, guest = f"/tasks/{built.task_id}", browser(site)
    token = make_link(opened(site, built), page)
    unlock(guest, built, token)
    day = in_days(9)
    later(monkeypatch, 10)
    for client, given in ((guest, ""), (browser(site), token)):
        _, text = shown(client, page, given, lang)
        whole = f'<span class="nowrap">{day}</span>'
        assert {"en": f"The last day of this link was {whole} (UTC)", "zh": f"有效期至 {whole}（UTC）"}[lang] in text
        assert NO_LONGER[lang] in text


def test_a_standing_link_that_was_replaced_says_so(site: Site) -> None:
    built = site.task()
    page, owner, guest = f"/tasks/{built.task_id}", opened(site, built), browser(site)
    former = []
    for _ in range(3):
        former.append(view_token(site, built))
        owner.post(f"{page}/shares/replace")
    guest.set_cookie(OLD_NAME, former[0], path=page)
    for given in ("", *former):
        status, text = shown(guest, page, given)
        assert (status, REVOKED["en"] in text) == (404, True)
    assert shown(guest, page, view_token(site, built))[0] == 303


def test_nobody_else_learns_that_there_was_a_link(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    built, other = site.task(), site.task()
    page, owner, guest = f"/tasks/{built.task_id}", opened(site, built), browser(site)
    revoked, foreign = make_link(owner, page), make_link(opened(site, other), f"/tasks/{other.task_id}")
    make_link(owner, page)
    unlock(guest, other, foreign)
    owner.post(f"{page}/shares/1/revoke")
    owner.post(f"{page}/shares/replace")
    later(monkeypatch, 10)
    forged = revoked[:-2] + ("AA" if revoked[-2:] != "AA" else "BB")
    for client, given in (
        (browser(site), ""),
        (guest, ""),
        (guest, "x" * 43),
        (guest, foreign),
        (guest, forged),
        (guest, "x"),
    ):
        _, text = shown(client, page, given)
        assert says_nothing(text)
        unknown = shown(client, "/tasks/abcdefghijkl", given)[1]
        assert text.replace(built.task_id, "abcdefghijkl") == unknown, "as if there were no such task"


def test_a_mark_that_something_leaves_tells_nothing(site: Site) -> None:
    """A mark of another browser, or of another task, is none of this one's."""
    built = site.task()
    page, owner, guest, thief = f"/tasks/{built.task_id}", opened(site, built), browser(site), browser(site)
    unlock(guest, built, make_link(owner, page))
    unlock(thief, site.task())
    marks = site.portal.task(built.task_id).path / FOLDER
    (marks / f"share1-{'0' * 64}").touch()
    owner.post(f"{page}/shares/1/revoke")
    assert says_nothing(shown(thief, page)[1])
    assert REVOKED["en"] in shown(guest, page)[1]


def test_a_submissions_link_says_so_on_the_pages_of_its_tasks_too(site: Site) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    owner, guest = browser(site), browser(site)
    batch.open(owner)
    token, task = make_link(owner, batch.page), f"/tasks/{batch.task_id(1)}"
    assert guest.post(f"{task}/unlock", data={"token": token}).status_code == 303
    owner.post(f"{batch.page}/shares/1/revoke")
    for page in (batch.page, task, f"{batch.page}/compare", f"{task}/evidence"):
        assert REVOKED["en"] in guest.get(f"{page}?lang=en").text, page
    for page in (batch.page, task):
        assert REVOKED["en"] in shown(browser(site), page, token)[1]


def test_who_may_come_in_by_another_way_does(site: Site) -> None:
    built = site.task()
    page, owner, guest = f"/tasks/{built.task_id}", opened(site, built), browser(site)
    unlock(guest, built, make_link(owner, page))
    unlock(guest, built, view_token(site, built))
    owner.post(f"{page}/shares/1/revoke")
    assert shown(guest, page)[0] == 200


def test_a_damaged_list_gives_the_answer_of_a_wrong_token(site: Site) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    token = make_link(owner, page)
    owner.post(f"{page}/shares/1/revoke")
    (site.portal.task(built.task_id).path / "shares" / "shares.json").write_bytes(b"{")
    status, text = shown(browser(site), page, token)
    assert (status, says_nothing(text)) == (404, True)


def test_marks_of_links_that_are_no_longer_listed_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares_service, "MOST_SHARES", 2)
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    for n in range(1, 5):
        unlock(browser(site), built, make_link(owner, page))
        owner.post(f"{page}/shares/{n}/revoke")
    names = sorted(mark.name.partition("-")[0] for mark in (site.portal.task(built.task_id).path / FOLDER).iterdir())
    assert names == ["owner", "share3", "share4"]


def test_a_deleted_task_says_nothing_of_its_links(site: Site, built_deleted: tuple[BuiltTask, str]) -> None:
    built, token = built_deleted
    assert says_nothing(shown(browser(site), f"/tasks/{built.task_id}", token)[1])


@pytest.fixture
def built_deleted(site: Site) -> tuple[BuiltTask, str]:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    token = make_link(owner, page)
    owner.post(f"{page}/shares/1/revoke")
    assert owner.post(f"{page}/delete").status_code == 303
    return built, token
