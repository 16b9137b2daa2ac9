"""A comparison opens its tasks as every other call does: by tokens of a task, of its submission, and of shares."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.files.submissions import SubmissionFolders
from portal.services import shares as shares_service
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import bearer, in_days
from tests.web.snapshots.snapshot import finish, snapshot_token


def ask(client: FlaskClient, *tasks: tuple[str, str]) -> TestResponse:
    body = {"tasks": [{"task_id": task_id, "token": token} for task_id, token in tasks], "file": "compare.json"}
    return client.post("/api/compare", json=body)


@pytest.fixture
def batch(site: Site) -> Batch:
    """A submission of three, of which two are completed."""
    batch = Batch(site, "A", "B", "C")
    batch.put(1)
    batch.put(2, hits=2)
    return batch


def test_the_tokens_of_a_submission_open_its_tasks(client: FlaskClient, batch: Batch) -> None:
    for token in (batch.token, batch.view_token):
        answer = ask(client, (batch.task_id(1), token), (batch.task_id(2), token))
        assert answer.status_code == 200, answer.text
        assert len(json.loads(answer.data)["strains"]) == 2


def test_tasks_of_several_submissions_and_of_none_in_one_comparison(
    site: Site, client: FlaskClient, batch: Batch
) -> None:
    other, alone = Batch(site, "A", name="June"), site.task(hits=1)
    other.put(1)
    mixed = [(batch.task_id(2), batch.view_token), (other.task_id(1), other.token), (alone.task_id, alone.token)]
    assert ask(client, *mixed).status_code == 200
    ticket = client.get(f"/api/tasks/{other.task_id(1)}/ticket", headers=bearer(other.view_token)).get_json()["ticket"]
    assert ask(client, mixed[0], (other.task_id(1), ticket), mixed[2]).status_code == 200


def test_a_token_opens_no_task_of_another_submission(site: Site, client: FlaskClient, batch: Batch) -> None:
    other, alone = Batch(site, "A", name="June"), site.task()
    other.put(1)
    own = (batch.task_id(1), batch.token)
    assert ask(client, own, (other.task_id(1), batch.token)).status_code == 404
    assert ask(client, own, (alone.task_id, batch.token)).status_code == 404
    assert ask(client, own, (batch.task_id(2), "x" * 43)).status_code == 404
    assert ask(client, own, (batch.task_id(2), alone.token)).status_code == 404


def test_a_record_that_names_a_foreign_submission_opens_nothing(site: Site, client: FlaskClient, batch: Batch) -> None:
    forged = site.task(submission=batch.id)
    assert SubmissionFolders(site.portal).read(forged.task.submission).label == "May"
    own = (batch.task_id(1), batch.token)
    assert ask(client, own, (forged.task_id, batch.token)).status_code == 404
    assert ask(client, own, (forged.task_id, forged.token)).status_code == 200, "its own token still does"


def test_a_view_link_that_was_replaced_or_taken_back_or_has_ended_opens_nothing(
    client: FlaskClient, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(token: str) -> int:
        return ask(client, (batch.task_id(1), token), (batch.task_id(2), token)).status_code

    def share() -> str:
        made = client.post(f"{batch.api}/shares", json={"ends": in_days(1)}, headers=bearer(batch.token))
        return str(made.get_json()["token"])

    taken_back, ends = share(), share()
    assert [compare(token) for token in (taken_back, ends, batch.view_token)] == [200, 200, 200]
    shown = client.get(f"{batch.api}/shares", headers=bearer(batch.token)).get_json()["shares"]
    assert all(each["last_used"] for each in shown), "their use is noted, as with any other call"
    client.delete(f"{batch.api}/shares/1", headers=bearer(batch.token))
    client.post(f"{batch.api}/view-token", headers=bearer(batch.token))
    assert [compare(token) for token in (taken_back, ends, batch.view_token)] == [404, 200, 404]
    today = shares_service._today()
    monkeypatch.setattr(shares_service, "_today", lambda: today + timedelta(days=2))
    assert compare(ends) == 404
    assert compare(batch.token) == 200


def test_a_snapshot_of_the_submission_compares_what_was_done_then(client: FlaskClient, batch: Batch) -> None:
    token = snapshot_token(batch.site, batch.api, batch.token)
    finish(batch, 3)
    then = ask(client, (batch.task_id(1), token), (batch.task_id(2), token))
    assert (then.status_code, len(json.loads(then.data)["strains"])) == (200, 2)
    assert ask(client, (batch.task_id(1), token), (batch.task_id(3), token)).status_code == 404
    now = [(batch.task_id(1), token), (batch.task_id(3), batch.view_token)]
    assert ask(client, *now).status_code == 200, "each task by its own way in"
