"""A deletion on a page can be undone for ten minutes, by the browser that deleted and by nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.status import TaskStatus
from portal.files.wishes import WishKind, read_wishes
from portal.web.context import context_of
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.pages.conftest import Open

OURS = {"Sec-Fetch-Site": "same-origin"}


def test_a_deleted_task_is_unknown_until_it_is_brought_back(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(filename='HD-73 "<b>".fna')
    address = open_task(built)
    gone = client.post(f"{address}/delete")
    assert client.get(address).status_code == 403
    assert (
        client.get(f"/api/tasks/{built.task_id}", headers={"Authorization": f"Bearer {built.token}"}).status_code == 404
    )
    listed = client.get(gone.headers["Location"]).text
    assert "HD-73 &#34;&lt;b&gt;&#34;.fna has been deleted." in listed
    assert f'action="{address}/restore"' in listed
    assert client.post(f"{address}/restore", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    back = client.post(f"{address}/restore")
    assert (back.status_code, back.headers["Location"]) == (303, address)
    assert client.get(address).status_code == 200
    assert read_wishes(site.portal.task(built.task_id)) == ()
    assert "has been deleted" not in client.get("/tasks").text


def test_a_deleted_submission_comes_back_whole(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b", "c")
    for n in (1, 2, 3):
        batch.put(n)
    batch.open(client)
    bearer = {"Authorization": f"Bearer {batch.token}"}
    assert site.app.test_client().delete(f"/api/tasks/{batch.task_id(3)}", headers=bearer).status_code == 204
    gone = client.post(f"{batch.page}/delete")
    assert client.get(batch.page).status_code == 403
    assert "The submission May has been deleted" in client.get(gone.headers["Location"]).text
    assert client.post(f"{batch.page}/restore").headers["Location"] == batch.page
    assert client.get(batch.page).status_code == 200
    wishes = [[wish.kind for wish in read_wishes(site.portal.task(batch.task_id(n)))] for n in (1, 2, 3)]
    assert wishes == [[], [], [WishKind.DELETE]], "the third was deleted for good before"


def test_whoever_did_not_delete_it_cannot_bring_it_back(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    address = open_task(built)
    gone = client.post(f"{address}/delete")
    receipt = gone.headers["Set-Cookie"].partition("bttoxin_deleted=")[2].partition(";")[0]
    other = site.app.test_client()
    assert other.post(f"{address}/restore", headers=OURS).status_code == 404
    for forged in (receipt[:-1] + ("A" if receipt[-1] != "A" else "B"), receipt.replace("t", "s", 1), "x", "~" * 3000):
        other.set_cookie("bttoxin_deleted", forged)
        assert other.post(f"{address}/restore", headers=OURS).status_code == 404
        assert "Undo" not in other.get("/tasks").text
    assert [wish.kind for wish in read_wishes(site.portal.task(built.task_id))] == [WishKind.DELETE]


def test_after_ten_minutes_it_is_too_late(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.FAILED)
    address = open_task(built)
    client.post(f"{address}/delete")
    undo = context_of(site.app).parts.undo
    undo._now = lambda: datetime.now(UTC) + timedelta(minutes=10, seconds=1)
    assert "Undo" not in client.get("/tasks").text
    assert client.post(f"{address}/restore").status_code == 404


@pytest.mark.parametrize(
    ("lang", "title", "said"),
    [
        (
            "en",
            "This has been deleted",
            "This task has been deleted in this browser meanwhile, so nothing was changed.",
        ),
        ("zh", "已删除", "此任务已在此浏览器中删除，因此未作任何更改。"),
    ],
)
def test_another_tab_is_told_that_it_was_deleted(
    site: Site, client: FlaskClient, open_task: Open, lang: str, title: str, said: str
) -> None:
    built = site.task(filename="HD-73 <b>.fna")
    address = open_task(built)
    assert client.post(f"{address}/delete").status_code == 303
    for place, data in (("annotations", {"name": "x", "revision": "0"}), ("again", {}), ("cancel", {}), ("shares", {})):
        saved = client.post(f"{address}/{place}?lang={lang}", data=data)
        assert (saved.status_code, f"<h1>{title}</h1>" in saved.text, said in saved.text) == (404, True, True), place
        assert f'action="{address}/restore"' in saved.text
        assert "HD-73 &lt;b&gt;.fna" in saved.text
    read = client.get(f"{address}?lang={lang}")
    assert (read.status_code, f"<h1>{title}</h1>" in read.text, f'action="{address}/restore"' in read.text) == (
        403,
        True,
        True,
    )
    api = client.post(f"/api/tasks/{built.task_id}/cancel")
    assert (api.status_code, api.get_json()["type"]) == (404, "/errors/task.deleted_here")
    undo = context_of(site.app).parts.undo
    now = undo._now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(undo, "_now", lambda: now() + timedelta(minutes=10, seconds=1))
        late = client.post(f"{address}/annotations?lang={lang}", data={"name": "x", "revision": "0"})
        assert (late.status_code, said in late.text, "/restore" in late.text) == (404, True, False)
    assert client.post(f"{address}/restore").status_code == 303
    assert client.post(f"{address}/annotations", data={"name": "x", "revision": "0"}).status_code == 303


def test_another_tab_is_told_that_the_submission_was_deleted(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(2)
    batch.open(client)
    assert client.post(f"{batch.page}/delete").status_code == 303
    for page in (batch.page, f"/tasks/{batch.task_id(2)}"):
        saved = client.post(f"{page}/annotations?lang=en", data={"name": "x", "revision": "0"})
        assert (saved.status_code, "This submission has been deleted in this browser" in saved.text) == (404, True), (
            page
        )
        assert f'action="{batch.page}/restore"' in saved.text
        assert f'action="{batch.page}/restore"' in client.get(page).text


def test_nobody_else_is_told_that_it_was_deleted(site: Site, client: FlaskClient, open_task: Open) -> None:
    built, other = site.task(), site.task()
    address = open_task(built)
    viewer = site.app.test_client()
    assert viewer.post(f"{address}/unlock", data={"token": built.token}, headers=OURS).status_code == 303
    client.post(f"{address}/delete")
    for guest in (viewer, site.app.test_client()):
        assert guest.post(f"{address}/cancel", headers=OURS).status_code == 401
        assert "deleted" not in guest.get(f"{address}?lang=en").text
    assert client.post(f"/tasks/{other.task_id}/cancel").status_code == 401, "that one was not deleted"
    elsewhere = client.post(f"{address}/cancel", headers={"Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, "/restore" in elsewhere.text) == (403, False)


def test_what_was_announced_again_meanwhile_is_not_replaced(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a")
    batch.put(1)
    batch.open(client)
    client.post(f"{batch.page}/delete")
    # The same id again, as the same key of the same client gives it.
    again = site.portal.own / "submissions" / batch.id
    (again / "received").mkdir(parents=True)
    answer = client.post(f"{batch.page}/restore")
    assert answer.status_code == 409
    assert "too late" in answer.text
    assert [entry.name for entry in again.iterdir()] == ["received"]


def test_a_key_that_is_used_again_ends_the_wait(site: Site) -> None:
    client = site.app.test_client()
    headers = {"Idempotency-Key": "week-12-plate-3-genome-7"}

    def post() -> TestResponse:
        return client.post("/api/tasks", data={"file": (BytesIO(b">a\n" + b"ACGT" * 60), "x.fna")}, headers=headers)

    body = post().get_json()
    for act, sent in (("unlock", {"token": body["token"]}), ("delete", {})):
        assert client.post(f"/tasks/{body['task_id']}/{act}", data=sent, headers=OURS).status_code == 303
    assert post().status_code == 409
    (wish,) = read_wishes(site.portal.task(body["task_id"]))
    assert (wish.kind, wish.due) == (WishKind.DELETE, None)


def test_the_page_of_the_submission_brings_a_deleted_strain_back(site: Site, client: FlaskClient) -> None:
    batch, other = Batch(site, "a", "b"), Batch(site, "c")
    for n in (1, 2):
        batch.put(n)
    other.put(1)
    batch.open(client)
    other.open(client)
    client.post(f"/tasks/{batch.task_id(2)}/delete")
    restore = f'action="/tasks/{batch.task_id(2)}/restore"'
    assert restore in client.get(batch.page).text
    assert restore not in client.get(other.page).text, "it is none of its strains"
    assert client.post(f"/tasks/{batch.task_id(2)}/restore").status_code == 303
    assert restore not in client.get(batch.page).text
