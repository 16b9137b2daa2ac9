"""The share panel without scripts, and what happens in other browsers when a link is taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.status import TaskStatus
from portal.files.browsers import FOLDER
from portal.services import browsers as browsers_service
from portal.services import shares as shares_service
from portal.web.browser import OLD_NAME
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import browser, in_days, make_link, opened, unlock, view_token


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_panel_makes_lists_and_takes_back(site: Site, lang: str) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    assert 'action="/tasks/' + built.task_id + '/shares"' in owner.get(f"{page}?lang={lang}").text
    token = make_link(owner, page, "<b>Bob</b> & 组")
    for place in (page, f"{page}/shares"):
        text = owner.get(place).text
        assert "&lt;b&gt;Bob&lt;/b&gt; &amp; 组" in text
        assert token not in text, "shown once"
    taken = owner.post(f"{page}/shares/1/revoke")
    assert (taken.status_code, taken.headers["Location"]) == (303, f"{page}/shares")
    after = owner.get(f"{page}/shares").text
    assert ({"en": "revoked", "zh": "已撤销"}[lang] in after, "/revoke" in after) == (True, False)
    assert owner.post(f"{page}/shares/1/revoke").status_code == 303, "gone already"


def test_a_browser_that_came_by_a_share_is_out_when_it_is_taken_back(site: Site) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    guests = [browser(site) for _ in range(2)]
    for guest in guests:
        unlock(guest, built, make_link(owner, page))
    places = (page, f"/api/tasks/{built.task_id}", f"/api/tasks/{built.task_id}/bundle", f"{page}/verdict")
    assert [guest.get(place).status_code for guest in guests for place in places] == [200] * 8
    owner.post(f"{page}/shares/1/revoke")
    assert [guests[0].get(place).status_code for place in places] == [403, 401, 401, 401]
    assert [guests[1].get(place).status_code for place in places] == [200] * 4
    assert owner.get(page).status_code == 200


def test_a_browser_is_out_when_its_share_has_ended(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    built = site.task()
    page, guest = f"/tasks/{built.task_id}", browser(site)
    unlock(guest, built, make_link(opened(site, built), page))
    assert guest.get(page).status_code == 200
    monkeypatch.setattr(shares_service, "_today", lambda: datetime.now(UTC).date() + timedelta(days=10))
    assert guest.get(page).status_code == 403


def test_replacing_the_standing_link_closes_its_browsers_and_leaves_shares(site: Site) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    by_link, by_share = browser(site), browser(site)
    before = view_token(site, built)
    unlock(by_link, built, before)
    unlock(by_share, built, make_link(owner, page))
    assert owner.post(f"{page}/shares/replace").status_code == 303
    assert [each.get(page).status_code for each in (by_link, by_share, owner)] == [403, 200, 200]
    assert by_link.post(f"{page}/unlock", data={"token": before}).status_code == 404
    text = owner.get(page).text
    assert (before in text, view_token(site, built) in text) == (False, True)
    unlock(by_link, built, view_token(site, built))
    assert by_link.get(page).status_code == 200


@pytest.mark.parametrize("place", ["task", "submission"])
def test_what_a_submissions_share_opened_closes_with_it(site: Site, place: str) -> None:
    """Also where the link was given to the page of one of its tasks."""
    batch = Batch(site, "a", "b")
    batch.put(1)
    owner, guest = browser(site), browser(site)
    batch.open(owner)
    token, task = make_link(owner, batch.page), f"/tasks/{batch.task_id(1)}"
    door = task if place == "task" else batch.page
    assert guest.post(f"{door}/unlock", data={"token": token}).status_code == 303
    assert [guest.get(each).status_code for each in (task, batch.page)] == [200, 200]
    owner.post(f"{batch.page}/shares/1/revoke")
    assert [guest.get(each).status_code for each in (task, batch.page)] == [403, 403]


def test_what_a_submissions_standing_link_opened_closes_with_it(site: Site) -> None:
    batch = Batch(site, "a")
    batch.put(1)
    owner, guest, task = browser(site), browser(site), f"/tasks/{batch.task_id(1)}"
    batch.open(owner)
    assert guest.post(f"{task}/unlock", data={"token": batch.view_token}).status_code == 303
    assert guest.get(task).status_code == 200
    owner.post(f"{batch.page}/shares/replace")
    assert guest.get(task).status_code == 403


def test_who_came_by_a_share_is_shown_no_link_that_outlives_it(site: Site) -> None:
    batch = Batch(site, "a")
    batch.put(1)
    owner, guest = browser(site), browser(site)
    batch.open(owner)
    batch.open(guest, make_link(owner, batch.page))
    for page in (batch.page, f"/tasks/{batch.task_id(1)}"):
        text = guest.get(page).text
        assert "#token=" not in text
        assert "/shares" not in text


def test_who_came_by_the_standing_link_may_pass_on_that_one_alone(site: Site) -> None:
    batch = Batch(site, "a")
    batch.put(1)
    guest = browser(site)
    batch.open(guest, batch.view_token)
    assert re.findall(r"#token=([\w-]{43})", guest.get(batch.page).text) == [batch.view_token]
    assert "#token=" not in guest.get(f"/tasks/{batch.task_id(1)}").text


def test_only_the_owner_gets_at_the_shares(site: Site) -> None:
    built = site.task()
    page, guest = f"/tasks/{built.task_id}", browser(site)
    unlock(guest, built, make_link(opened(site, built), page))
    assert guest.get(f"{page}/shares").status_code == 404
    for act in ("shares", "shares/1/revoke", "shares/replace"):
        assert guest.post(f"{page}/{act}", data={"ends": in_days(1)}).status_code == 404
        assert browser(site).post(f"{page}/{act}", data={"ends": in_days(1)}).status_code == 401
    foreign = opened(site, built)
    foreign.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    for act in ("shares", "shares/1/revoke", "shares/replace"):
        assert foreign.post(f"{page}/{act}", data={"ends": in_days(1)}).status_code == 403
    assert guest.get(page).status_code == 200


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"ends": ""}, "such as 2026-12-31"),
        ({"ends": "31.12.2027"}, "such as 2026-12-31"),
        ({"ends": "1999-01-01"}, "must be a day from"),
        ({"ends": "2031-01-01", "label": "x" * 101}, "1 to 100 characters"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(site: Site, sent: dict[str, str], said: str) -> None:
    built = site.task()
    answer = opened(site, built).post(f"/tasks/{built.task_id}/shares", data={"label": "Bob", **sent})
    assert (answer.status_code, said in re.sub("<[^>]+>", "", answer.text)) == (422, True)
    assert (sent.get("label") or "Bob") in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_one_link_opened_without_end_pushes_nobody_else_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers_service, "MOST_BROWSERS_OF_A_SHARE", 3)
    built = site.task(TaskStatus.QUEUED)
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    quiet, loud = make_link(owner, page), make_link(owner, page)
    guest, by_link = browser(site), browser(site)
    unlock(guest, built, quiet)
    unlock(by_link, built, view_token(site, built))
    for _ in range(6):
        unlock(browser(site), built, loud)
    marks = [mark.name.partition("-")[0] for mark in (site.portal.task(built.task_id).path / FOLDER).iterdir()]
    assert sorted(marks) == ["owner", "share1", "share2", "share2", "share2", "view"]
    assert [each.get(page).status_code for each in (owner, guest, by_link)] == [200] * 3


def test_an_old_cookie_with_a_link_that_was_taken_back_opens_nothing(site: Site) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    guest = browser(site)
    guest.set_cookie(OLD_NAME, view_token(site, built), path=page)
    assert guest.get(page).status_code == 200
    owner.post(f"{page}/shares/replace")
    assert guest.get(page).status_code == 404


# -- other browsers


def test_the_owner_sees_other_browsers_and_ends_them(site: Site) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    assert "/shares/browsers" not in owner.get(f"{page}?lang=en").text, "there is no other browser"
    laptop, viewer, guest = (browser(site) for _ in range(3))
    unlock(laptop, built)
    unlock(viewer, built, view_token(site, built))
    unlock(guest, built, make_link(owner, page))
    for place in (page, f"{page}/shares"):
        text = re.sub(r"\s+", " ", owner.get(place).text)
        for words in ("as you, with all rights: 1 ", "by the permanent link: 1 ", "by link 1: 1 "):
            assert words in text
    ended = owner.post(f"{page}/shares/browsers")
    assert (ended.status_code, ended.headers["Location"]) == (303, f"{page}/shares")
    assert [each.get(page).status_code for each in (owner, laptop, viewer, guest)] == [200, 403, 403, 403]
    assert "/shares/browsers" not in owner.get(page).text
    unlock(laptop, built)
    assert laptop.get(page).status_code == 200, "who has the token may come in again"


def test_only_the_owner_ends_browsers_and_only_from_the_portal(site: Site) -> None:
    built = site.task()
    page, owner, viewer = f"/tasks/{built.task_id}", opened(site, built), browser(site)
    unlock(viewer, built, view_token(site, built))
    assert viewer.post(f"{page}/shares/browsers").status_code == 404
    elsewhere = owner.post(f"{page}/shares/browsers", headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert viewer.get(page).status_code == 200


def test_browsers_of_a_closed_link_are_counted_no_more(site: Site) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    guest, viewer = browser(site), browser(site)
    unlock(guest, built, make_link(owner, page))
    unlock(viewer, built, view_token(site, built))
    owner.post(f"{page}/shares/1/revoke")
    assert "by link 1:" not in owner.get(f"{page}?lang=en").text
    owner.post(f"{page}/shares/replace")
    assert "by the permanent link:" not in owner.get(page).text


def test_a_submission_s_browsers_are_ended_for_its_tasks_too(site: Site) -> None:
    batch = Batch(site, "a")
    batch.put(1)
    owner, other = browser(site), browser(site)
    for each in (owner, other):
        batch.open(each)
    places = (batch.page, f"/tasks/{batch.task_id(1)}")
    assert [other.get(place).status_code for place in places] == [200, 200]
    owner.post(f"{batch.page}/shares/browsers")
    assert [owner.get(place).status_code for place in places] == [200, 200]
    assert [other.get(place).status_code for place in places] == [403, 403]


@pytest.mark.parametrize("act", ["shares/1/revoke", "shares/replace", "shares/browsers"])
def test_what_takes_something_back_asks_before_without_scripts_too(site: Site, act: str) -> None:
    built = site.task()
    page, owner = f"/tasks/{built.task_id}", opened(site, built)
    make_link(owner, page)
    unlock(browser(site), built)
    for place in (page, f"{page}/shares"):
        text = owner.get(place).text
        folds = re.findall(r'<details class="confirm">.*?</details>', text, re.DOTALL)
        (asked,) = [fold for fold in folds if f"/{act}" in fold]
        assert re.search(r"</summary><form .*<p>[^<]{40,}</p><button class=\"danger\"", asked), asked
        assert text.count(f"/{act}") == 1, "there is no other way to do it"
