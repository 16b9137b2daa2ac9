"""Acting on all tasks of a submission: cancel, run again, delete."""

from __future__ import annotations

from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.wishes import read_wishes
from tests.builders import Site
from tests.web.api.announcing import announce, announced, item


def test_cancel_reaches_what_waits_or_all(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("b"), item("c"))
    submission.send(1)
    for n, status in ((2, TaskStatus.RUNNING), (3, TaskStatus.COMPLETED)):
        site.task(status, task_id=submission.task_id(n), submission=submission.body["submission_id"])
    waiting = client.post(f"{submission.url}/cancel", json={"only": "waiting"}, headers=submission.owner)
    assert waiting.get_json() == {"done": 1, "left": []}
    all_of_them = client.post(f"{submission.url}/cancel", headers=submission.owner)
    assert all_of_them.get_json()["done"] == 2
    wished = [bool(read_wishes(site.portal.task(submission.task_id(n)))) for n in (1, 2, 3)]
    assert wished == [True, True, False]


def test_retry_reaches_failed_tasks_of_a_kind(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("b"))
    for n, status in ((1, TaskStatus.FAILED), (2, TaskStatus.COMPLETED)):
        site.task(status, task_id=submission.task_id(n), submission=submission.body["submission_id"])
    other = client.post(f"{submission.url}/retry", json={"kinds": ["timeout"]}, headers=submission.owner)
    assert other.get_json()["done"] == 0
    right = client.post(
        f"{submission.url}/retry",
        json={"kinds": ["out_of_memory"], "parameters": {"min_identity": 0.7}, "limits": {"memory_gb": 8}},
        headers=submission.owner,
    )
    assert right.get_json()["done"] == 1, right.text
    assert submission.states() == ["queued", "completed"]


def test_a_deleted_submission_is_unknown_and_its_key_leads_to_a_new_one(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), key="k" * 40)
    submission.send(1)
    assert client.delete(submission.url, headers=submission.owner).status_code == 204
    assert client.get(submission.url, headers=submission.owner).status_code == 404
    assert client.get(f"/api/tasks/{submission.task_id(1)}", headers=submission.owner).status_code == 404
    again = announce(client, item("a"), key="k" * 40)
    assert again.status_code == 201
    assert again.get_json()["token"] != submission.body["token"]


def test_a_submission_stays_until_each_of_its_tasks_can_be_removed(client: FlaskClient, site: Site) -> None:
    """A task whose record is being repaired would be left behind, with nothing that leads to it."""
    submission = announced(client, item("a"), item("b"))
    for n in (1, 2):
        submission.send(n)
    meta = site.portal.task(submission.task_id(1)).meta
    record = meta.read_bytes()
    meta.write_bytes(record[:100])
    assert client.delete(submission.url, headers=submission.owner).status_code == 503
    assert submission.states()[1] == "deleted"
    meta.write_bytes(record)
    assert client.delete(submission.url, headers=submission.owner).status_code == 204
    assert client.get(submission.url, headers=submission.owner).status_code == 404
    assert [wish.kind for wish in read_wishes(site.portal.task(submission.task_id(1)))] == ["delete"]
