"""Search over one's own strains: by everything that is known and written of them, and nothing of anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.person import account_of
from portal.domain.status import FailureKind, TaskStatus
from portal.services import own_search, own_strains
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import Site, make_site
from tests.web.api.front_server import SETTINGS, device
from tests.web.batch import Batch
from tests.web.guests import browser, unlock
from tests.web.pages.searching import found, index

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "jobs")


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return browser(site)


def write(client: FlaskClient, built_id: str, token: str, **values: object) -> None:
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    answer = client.patch(f"/api/tasks/{built_id}/annotations", json=values, headers=headers)
    assert answer.status_code == 200, answer.text


def test_a_browser_finds_its_strains_by_all_that_is_known_of_them(site: Site, client: FlaskClient) -> None:
    single = site.task(filename="Bär HD-1.fna", hits=7)
    failed = site.task(TaskStatus.FAILED, filename="broke.fna", failure_kind=FailureKind.TIMEOUT)
    index(site, [single.task, failed.task])
    unlock(client, single)
    unlock(client, failed)
    batch = Batch(site, "soil 1", "soil 2")
    batch.put(1, hits=0, filename="soil 1.fna")
    batch.open(client)
    write(
        client,
        single.task_id,
        single.token,
        name="North",
        tags=["slope", "two words"],
        note="Thought",
        metadata={"Höhe": "900"},
    )
    write(client, batch.task_id(1), batch.token, name=HOSTILE)
    toxin = context_of(site.app).tasks.toxins(single.task).toxins[0].hit
    assert toxin is not None
    one = [single.task_id]
    for text in ("north", "bär", "HD-1", single.task_id, "tag:slope", 'tag:"two words"', "höhe", "900", "thought",
                 "NORTH bär", toxin.name, toxin.name[:6].lower(), "Lepidoptera north", "标签：slope"):  # fmt: skip
        assert found(client, text) == one, text
    assert found(client, "failed") == [failed.task_id]
    assert found(client, "timeout") == [failed.task_id]
    assert found(client, "soil 1") == [batch.task_id(1)]
    assert set(found(client, "")) == {single.task_id, failed.task_id, batch.task_id(1)}
    for text in ("tag:slo", "north nowhere", "Cry999", "soil 2", single.task_id[2:8]):
        assert found(client, text) == [], text
    page = client.get("/tasks?find=script").text
    assert (HOSTILE in page, "&lt;script&gt;" in page) == (False, True)
    assert "找到" in client.get("/tasks?find=north&lang=zh").text


def test_nothing_of_anybody_else_is_found(site: Site, client: FlaskClient) -> None:
    built, batch = site.task(filename="secret.fna"), Batch(site, "secret")
    batch.put(1, filename="secret.fna")
    index(site, [built.task])
    other = browser(site)
    unlock(other, built)
    batch.open(other)
    assert set(found(other, "secret")) == {built.task_id, batch.task_id(1)}
    assert found(client, "secret") == found(client, "") == []
    mine = site.task(filename="mine.fna")
    unlock(client, mine)
    index(site, [built.task, mine.task])
    assert found(client, "") == [mine.task_id]


def test_a_viewer_does_not_find_by_the_owners_note(site: Site, client: FlaskClient) -> None:
    built = site.task(filename="a.fna")
    index(site, [built.task])
    write(client, built.task_id, built.token, name="Seen", note="hidden")
    unlock(client, built, context_of(site.app).tasks.shares.token(built.task, Access.VIEW))
    assert (found(client, "seen"), found(client, "hidden")) == ([built.task_id], [])
    unlock(client, built)
    assert found(client, "hidden") == [built.task_id]


def test_what_is_taken_back_or_deleted_is_found_no_more(site: Site, client: FlaskClient) -> None:
    built, gone = site.task(), site.task()
    index(site, [built.task, gone.task])
    unlock(client, built, context_of(site.app).tasks.shares.token(built.task, Access.VIEW))
    unlock(client, gone)
    assert len(found(client, "")) == 2
    client.post(f"/api/tasks/{built.task_id}/view-token", headers=built.bearer)
    assert client.post(f"/tasks/{gone.task_id}/delete").status_code == 303
    assert found(client, "") == []


def test_a_person_finds_their_work_on_every_device(tmp_path: Path) -> None:
    site = make_site(tmp_path / "people", **SETTINGS)
    pseudonym = context_of(site.app).keyring.pseudonym(account_of("alice"))
    hers, others = site.task(filename="hers.fna", owner=pseudonym), site.task(filename="others.fna", owner="f" * 16)
    index(site, [hers.task, others.task])
    for _ in range(2):
        assert found(device(site, "alice"), "fna") == [hers.task_id]
    assert found(device(site), "fna") == []


def test_a_search_is_bounded_and_says_so(site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [site.task(filename=f"n{n}.fna") for n in range(4)]
    index(site, [each.task for each in tasks])
    for each in tasks:
        unlock(client, each)
    assert "Older ones" not in client.get("/tasks?find=n").text
    monkeypatch.setattr(own_search, "MOST_SHOWN", 3)
    assert len(found(client, "n")) == 3
    assert "The newest" in client.get("/tasks?find=n").text
    monkeypatch.setattr(own_strains, "MOST_EXAMINED", 3)
    page = client.get("/tasks?find=n").text
    assert ("3 strains found" in page, "Older ones were left out" in page) == (True, True)
    monkeypatch.setattr(own_search, "MOST_READ", 2)
    assert "Older ones" in client.get("/tasks?find=Cry").text


def test_a_damaged_folder_stops_no_search(site: Site, client: FlaskClient) -> None:
    built, broken = site.task(filename="good.fna"), site.task(filename="bad.fna")
    index(site, [built.task, broken.task])
    unlock(client, built)
    unlock(client, broken)
    site.portal.task(broken.task_id).meta.write_bytes(b"{")
    (site.portal.own / "submissions").mkdir(exist_ok=True)
    (site.portal.own / "submissions" / "no id").mkdir()
    assert found(client, "") == [built.task_id]


def test_one_client_searches_so_often_and_no_more(site: Site) -> None:
    """A search may go through thousands of folders; another browser of the same network is no way round."""
    answers = [browser(site).get("/tasks?find=soil&lang=zh") for _ in range(70)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "搜索次数过多" in answers[-1].text
    assert browser(site).get("/tasks").status_code == 200, "the list needs no search"
