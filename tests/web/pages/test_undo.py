"""A deletion on a page can be undone for ten minutes, by the browser that deleted and by nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.status import TaskStatus
from portal.files.wishes import WishKind, read_wishes
from portal.web.context import context_of
from tests.builders import Site
from tests.web.pages.conftest import Open
from tests.web.pages.test_submission_page import Batch

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
