"""The list of what a browser has opened: a search asks about these alone, and believes none of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.files import opened
from portal.files.opened import ListExtent, OpenedEntry, OpenedList, listed_browsers
from portal.poller.forgotten_entries import ForgottenEntries
from portal.services.browsers import Browsers
from portal.services.own_strains import OwnStrains
from tests.builders import BuiltTask, Site, make_site
from tests.web.batch import Batch
from tests.web.guests import browser, unlock
from tests.web.pages.searching import found, index


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "jobs")


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return browser(site)


def only_list(site: Site) -> OpenedList:
    (name,) = listed_browsers(site.portal)
    return OpenedList(site.portal, name)


def no_walk(self: OwnStrains, *_: object) -> None:
    raise AssertionError("the folders of others are gone through")


def test_a_search_asks_only_about_what_the_browser_has_opened(
    site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, others, batch = site.task(), site.task(), Batch(site, "soil")
    batch.put(1)
    index(site, [mine.task, others.task])
    unlock(client, mine)
    batch.open(client)
    unlock(browser(site), others)
    asked: list[str] = []
    grant = Browsers.grant

    def noted(self: Browsers, task: object, session: str) -> object:
        asked.append(getattr(task, "task_id", ""))
        return grant(self, task, session)  # type: ignore[arg-type]

    monkeypatch.setattr(Browsers, "grant", noted)
    monkeypatch.setattr(OwnStrains, "_make_list", no_walk)
    assert set(found(client, "")) == {mine.task_id, batch.task_id(1)}
    assert others.task_id not in asked


def test_an_entry_that_somebody_adds_opens_nothing(site: Site, client: FlaskClient) -> None:
    mine, others, batch = site.task(), site.task(), Batch(site, "soil")
    batch.put(1)
    index(site, [mine.task, others.task])
    unlock(client, mine)
    unlock(browser(site), others)
    listed = next(
        each
        for name in listed_browsers(site.portal)
        if (each := OpenedList(site.portal, name)).all() == [OpenedEntry(True, mine.task_id)]
    )
    for entry in (OpenedEntry(True, others.task_id), OpenedEntry(False, batch.id), OpenedEntry(True, "a" * 12)):
        listed.add(entry)
    assert found(client, "") == [mine.task_id]


def test_a_browser_from_before_there_were_lists_gets_one(
    site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, batch, later = site.task(), Batch(site, "soil"), site.task()
    batch.put(1)
    unlock(client, before)
    batch.open(client)
    for name in listed_browsers(site.portal):
        for path in (site.portal.own / opened.FOLDER / name).iterdir():
            path.unlink()
    unlock(client, later)
    index(site, [before.task, later.task])
    own = {before.task_id, batch.task_id(1), later.task_id}
    assert only_list(site).extent() is None
    assert set(found(client, "")) == own
    assert only_list(site).extent() is ListExtent.COMPLETE
    monkeypatch.setattr(OwnStrains, "_make_list", no_walk)
    assert set(found(client, "")) == own


@pytest.mark.parametrize("damage", ["file", "symlink", "gone"])
def test_a_damaged_list_keeps_nobody_out(site: Site, client: FlaskClient, tmp_path: Path, damage: str) -> None:
    built, later = site.task(), site.task()
    index(site, [built.task, later.task])
    unlock(client, built)
    folder = site.portal.own / opened.FOLDER
    folder.rename(tmp_path / "elsewhere")
    if damage == "file":
        folder.touch()
    elif damage == "symlink":
        folder.symlink_to(tmp_path / "elsewhere")
    assert found(client, "") == [built.task_id]
    unlock(client, later)
    assert client.get(f"/tasks/{later.task_id}").status_code == 200
    assert set(found(client, "")) == {built.task_id, later.task_id}


def test_a_full_list_drops_the_oldest_and_the_search_says_so(
    site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "MOST_LISTED", 2)
    tasks = [site.task(filename=f"n{n}.fna") for n in range(3)]
    index(site, [each.task for each in tasks])
    for n, each in enumerate(tasks):
        unlock(client, each)
        for name in listed_browsers(site.portal):
            path = site.portal.own / opened.FOLDER / name / f"task-{each.task_id}"
            os.utime(path, ns=(n + 1, n + 1))
    # The last one was the newest when it was made; its time was set afterwards.
    assert {entry.opened_id for entry in only_list(site).all()} == {each.task_id for each in tasks[1:]}
    page = client.get("/tasks?find=n").text
    assert "Older ones were left out" in page


def test_entries_of_what_is_gone_go_and_what_may_come_back_stays(site: Site, client: FlaskClient) -> None:
    here, gone, expired = site.task(), site.task(), site.task()
    for each in (here, gone, expired):
        unlock(client, each)
    batch = Batch(site, "soil")
    batch.open(client)
    tidied = ForgottenEntries(site.portal, clock=lambda: 4e9)
    client.post(f"{batch.page}/delete")  # it can be brought back for some minutes
    _to_trash(site, expired, "expired-")
    _to_trash(site, gone, "")
    next(site.portal.trash.glob(f"{gone.task_id}-*")).rename(site.portal.own / "removed")
    tidied.tidy()
    kept = {OpenedEntry(True, here.task_id), OpenedEntry(True, expired.task_id), OpenedEntry(False, batch.id)}
    assert set(only_list(site).all()) == kept
    for entry in kept:
        only_list(site).drop(entry)
    tidied.tidy()
    assert listed_browsers(site.portal) == [], "an empty list goes after a day"


def _to_trash(site: Site, built: BuiltTask, kind: str) -> None:
    site.portal.trash.mkdir(exist_ok=True)
    site.portal.task(built.task_id).path.rename(site.portal.trash / f"{kind}{built.task_id}-1")
