"""The states of many tasks and submissions in one answer: what the list shows, and nothing of what is closed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from portal.domain.status import FailureKind, TaskStatus
from portal.services.submission_keys import Access
from tests.builders import Site
from tests.web.api.announcing import announce, item
from tests.web.batch import Batch


def test_states_are_those_of_the_pages(site: Site, client: FlaskClient) -> None:
    done, failed, cancelled, runs, closed = (
        site.task(TaskStatus.COMPLETED),
        site.task(TaskStatus.FAILED, failure_kind=FailureKind.TIMEOUT),
        site.task(TaskStatus.FAILED, failure_kind=FailureKind.CANCELLED),
        site.task(TaskStatus.RUNNING),
        site.task(TaskStatus.COMPLETED),
    )
    for built in (done, failed, cancelled, runs):
        assert client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token}).status_code == 303
    batch, other = Batch(site, "a", "b"), Batch(site, "a")
    batch.put(1)
    batch.open(client, batch.view_token)
    ids = [built.task_id for built in (done, failed, cancelled, runs, closed)]
    address = f"/tasks/states?tasks={','.join(ids)},abcdefghijkl,../x&submissions={batch.id},{other.id}"
    answer = client.get(address)
    states = answer.get_json()
    assert list(states["tasks"]) == [*ids, "abcdefghijkl"]
    for built in (done, failed):
        said = client.get(f"/tasks/{built.task_id}/verdict").text
        assert states["tasks"][built.task_id]["outcome"] == said != ""
    assert states["tasks"][cancelled.task_id] == {
        "status": "failed", "progress": states["tasks"][cancelled.task_id]["progress"], "cancelled": True,
        "outcome": "", "name": "", "called": "HD-1.fna",
    }  # fmt: skip
    assert states["tasks"][runs.task_id]["progress"] == 62
    assert (states["tasks"][closed.task_id], states["tasks"]["abcdefghijkl"]) == (None, None)
    assert states["submissions"] == {
        batch.id: {"said": "1 of 2 finished", "missing": 1, "is_final": False},
        other.id: None,
    }
    assert answer.headers["Cache-Control"] == "no-store"
    stranger = site.app.test_client().get(address, headers={"Authorization": f"Bearer {done.token}"}).get_json()
    assert {*stranger["tasks"].values(), *stranger["submissions"].values()} == {None}


def test_a_record_under_repair_is_asked_for_again(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.RUNNING)
    client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token})
    site.portal.task(built.task_id).meta.write_bytes(b"{")
    assert client.get(f"/tasks/states?tasks={built.task_id}").get_json() == {"tasks": {}, "submissions": {}}


def test_too_many_at_once_are_refused(client: FlaskClient) -> None:
    ids = [f"abcdefgh{a}{b}{c}{d}" for a in "abcd" for b in "abcd" for c in "abcd" for d in "abcd"]
    assert client.get(f"/tasks/states?tasks={','.join(ids)}").status_code == 422


def test_one_that_cannot_be_read_keeps_no_other_from_the_list(site: Site, client: FlaskClient) -> None:
    one, newer = site.task(TaskStatus.RUNNING), site.task(TaskStatus.RUNNING)
    for built in (one, newer):
        token = site.tasks.token(built.task, Access.VIEW)
        client.post(f"/tasks/{built.task_id}/unlock", data={"token": token})
    shares = site.portal.task(newer.task_id).path / "shares"
    shares.mkdir()
    (shares / "shares.json").write_text('{"format": 99}')
    states = client.get(f"/tasks/states?tasks={newer.task_id},{one.task_id}").get_json()
    assert list(states["tasks"]) == [one.task_id]
    assert client.get(f"/compare?tasks={newer.task_id},{one.task_id}").status_code == 200


@pytest.mark.parametrize("headers", [{"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_ORIGIN": "http://localhost"}])
def test_a_browser_keeps_what_its_page_has_announced(site: Site, headers: dict[str, str]) -> None:
    browser = site.app.test_client()
    browser.environ_base.update(headers)
    made = announce(browser, item("a"), item("b")).get_json()["submission_id"]
    states = browser.get(f"/tasks/states?tasks=&submissions={made}").get_json()["submissions"]
    assert states == {made: {"said": "0 of 2 finished", "missing": 2, "is_final": False}}
    page = browser.get(f"/submissions/{made}")
    assert (page.status_code, "Yes, delete everything" in page.text) == (200, True)
    assert site.app.test_client().get(f"/submissions/{made}").status_code == 403


def test_no_cookie_is_given_to_programs_and_to_pages_of_others(site: Site) -> None:
    for headers in ({}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "http://elsewhere"}):
        program = site.app.test_client()
        program.environ_base.update(headers)
        answer = announce(program, item("a"))
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (201, None)


def test_names_that_were_given_are_told_to_whoever_may_see_the_strain(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.open(client)
    table = f"task_id,name\n{batch.task_id(1)},HD-73 菌\n"
    headers = {"Authorization": f"Bearer {batch.token}", "Content-Type": "text/csv", "If-Match": "*"}
    written = site.app.test_client().put(f"{batch.api}/annotations", data=table.encode(), headers=headers)
    assert written.status_code == 200, written.text
    address = f"/tasks/states?tasks={batch.task_id(1)}&submissions="
    assert client.get(address).get_json()["tasks"][batch.task_id(1)]["name"] == "HD-73 菌"
    assert site.app.test_client().get(address).get_json()["tasks"] == {batch.task_id(1): None}
