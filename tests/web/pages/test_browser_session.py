"""The session of a browser: one cookie for all it has opened, which is no token and is worth nothing elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.browsers import FOLDER
from portal.services.browsers import MOST_BROWSERS
from portal.services.submission_keys import Access
from portal.web.browser import NAME, OLD_NAME
from portal.web.context import context_of
from tests.builders import BuiltTask, Site
from tests.web.batch import Batch
from tests.web.guests import browser, unlock, view_token


def cookies_of(client: FlaskClient) -> int:
    return len(client._cookies or {})


def with_old_cookie(site: Site, built: BuiltTask) -> FlaskClient:
    client = browser(site)
    for path in (f"/tasks/{built.task_id}", f"/api/tasks/{built.task_id}"):
        client.set_cookie(OLD_NAME, built.token, path=path)
    return client


def old_cookies(client: FlaskClient, built: BuiltTask) -> list[str]:
    paths = (f"/tasks/{built.task_id}", f"/api/tasks/{built.task_id}")
    return [path for path in paths if client.get_cookie(OLD_NAME, path=path) is not None]


def test_one_cookie_opens_500_tasks(site: Site, client: FlaskClient) -> None:
    tasks = [site.task(TaskStatus.QUEUED) for _ in range(500)]
    for built in tasks:
        unlock(client, built)
    assert cookies_of(client) == 1
    for built in tasks:
        assert client.get(f"/api/tasks/{built.task_id}").status_code == 200
    assert client.get(f"/tasks/{tasks[0].task_id}").status_code == 200


def test_a_session_opens_only_what_its_browser_has_opened(site: Site, client: FlaskClient) -> None:
    mine, other = site.task(), site.task()
    unlock(client, mine)
    unlock(browser(site), other)
    assert client.get(f"/tasks/{mine.task_id}").status_code == 200
    assert client.get(f"/tasks/{other.task_id}").status_code == 403
    foreign, unknown = (client.get(f"/api/tasks/{name}") for name in (other.task_id, "abcdefghijkl"))
    assert foreign.status_code == unknown.status_code == 401
    assert foreign.get_json()["message"] == unknown.get_json()["message"]


def test_with_the_viewing_link_a_browser_changes_nothing(site: Site) -> None:
    built = site.task(TaskStatus.RUNNING)
    client = browser(site)
    unlock(client, built, view_token(site, built))
    page = client.get(f"/tasks/{built.task_id}")
    assert page.status_code == 200
    assert built.token not in page.text
    assert client.post(f"/tasks/{built.task_id}/cancel").status_code == 404
    unlock(client, built)
    assert client.post(f"/tasks/{built.task_id}/cancel").status_code == 303, "who has both may do both"


@pytest.mark.parametrize("made", ["x" * 48, "", "é" * 48, "of another key"])
def test_only_sessions_of_this_portal_count(site: Site, made: str) -> None:
    built = site.task()
    client = browser(site)
    if made == "of another key":
        made = context_of(site.app).browsers.new_session()[:24] + "A" * 24
    client.set_cookie(NAME, made)
    assert client.get(f"/tasks/{built.task_id}").status_code == 403
    unlock(client, built)
    given = client.get_cookie(NAME)
    assert given is not None
    assert given.value != made, "nobody can plant a value of their own choice"


def test_a_file_that_something_leaves_in_a_task_opens_nothing(site: Site, client: FlaskClient) -> None:
    mine, other = site.task(), site.task()
    unlock(client, mine)
    [mark] = (site.portal.task(mine.task_id).path / FOLDER).iterdir()
    folder = site.portal.task(other.task_id).path / FOLDER
    folder.mkdir()
    (folder / mark.name).touch()
    (folder / f"owner-{'0' * 64}").touch()
    assert client.get(f"/tasks/{other.task_id}").status_code == 403


def test_a_later_task_of_the_same_id_is_not_open(site: Site, client: FlaskClient) -> None:
    first = site.task()
    unlock(client, first)
    marks = site.portal.task(first.task_id).path / FOLDER
    names = [mark.name for mark in marks.iterdir()]
    shutil.rmtree(site.portal.task(first.task_id).path)
    again = site.task(task_id=first.task_id)
    marks.mkdir()
    for name in names:
        (marks / name).touch()
    assert again.task_id == first.task_id
    assert client.get(f"/tasks/{first.task_id}").status_code == 403


def test_a_symlink_in_place_of_the_folder_is_not_followed(site: Site, tmp_path: Path) -> None:
    built = site.task()
    (site.portal.task(built.task_id).path / FOLDER).symlink_to(tmp_path)
    answer = browser(site).post(f"/tasks/{built.task_id}/unlock", data={"token": built.token})
    assert answer.status_code == 404
    assert list(tmp_path.iterdir()) == []


def test_links_opened_without_end_fill_no_disk_and_keep_the_owner_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST_BROWSERS, Access.VIEW, 5)
    built = site.task()
    owner, first = browser(site), browser(site)
    viewing = view_token(site, built)
    unlock(owner, built)
    unlock(first, built, viewing)
    for _ in range(8):
        last = browser(site)
        unlock(last, built, viewing)
    marks = sorted(mark.name.partition("-")[0] for mark in (site.portal.task(built.task_id).path / FOLDER).iterdir())
    assert marks == ["owner", *["view"] * 5]
    assert [each.get(f"/tasks/{built.task_id}").status_code for each in (owner, last, first)] == [200, 200, 403]


def test_a_submission_opens_its_tasks_without_a_cookie_of_their_own(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.put(2)
    batch.open(client)
    other = site.task()
    assert client.get(f"/tasks/{batch.task_id(1)}").status_code == 200
    assert client.get(f"/api/tasks/{batch.task_id(2)}/bundle").status_code == 200
    assert client.get(f"/tasks/{other.task_id}").status_code == 403
    assert cookies_of(client) == 1


def test_a_cookie_of_an_earlier_version_opens_its_task_and_is_replaced(site: Site) -> None:
    built = site.task()
    client = with_old_cookie(site, built)
    assert client.get(f"/api/tasks/{built.task_id}").status_code == 200
    assert client.get(f"/tasks/{built.task_id}").status_code == 200
    assert client.get_cookie(NAME) is not None
    assert len(old_cookies(client, built)) == 2, "it goes only when the session has come back"
    assert client.get(f"/tasks/{built.task_id}").status_code == 200
    assert old_cookies(client, built) == []
    assert client.get(f"/tasks/{built.task_id}").status_code == 200
    assert client.get(f"/api/tasks/{built.task_id}/bundle").status_code == 200


def test_pages_opened_at_once_with_old_cookies_all_stay_open(site: Site) -> None:
    """Each of them is given a session; the browser keeps the last, and the other pages are let into it later."""
    tasks = [site.task() for _ in range(3)]
    client = browser(site)
    for built in tasks:
        alone = with_old_cookie(site, built)
        assert alone.get(f"/tasks/{built.task_id}").status_code == 200
        last = alone.get_cookie(NAME)
        assert last is not None
        client.set_cookie(NAME, last.value)
        for path in (f"/tasks/{built.task_id}", f"/api/tasks/{built.task_id}"):
            client.set_cookie(OLD_NAME, built.token, path=path)
    for _ in range(2):
        assert [client.get(f"/tasks/{built.task_id}").status_code for built in tasks] == [200] * 3
    assert [old_cookies(client, built) for built in tasks] == [[]] * 3
    assert [client.get(f"/tasks/{built.task_id}").status_code for built in tasks] == [200] * 3


def test_a_deleted_task_takes_its_marks_along(site: Site, client: FlaskClient) -> None:
    built = site.task()
    unlock(client, built)
    assert client.delete(f"/api/tasks/{built.task_id}").status_code == 204
    assert client.get(f"/tasks/{built.task_id}").status_code == 403


def test_the_session_tells_nothing_of_the_token(site: Site, client: FlaskClient) -> None:
    built = site.task()
    unlock(client, built)
    cookie = client.get_cookie(NAME)
    assert cookie is not None
    assert built.token not in cookie.value
    [mark] = (site.portal.task(built.task_id).path / FOLDER).iterdir()
    assert cookie.value not in mark.name
    assert built.token not in mark.name
