"""What a snapshot shows of genomes that were run again since: the run of then, or that it is gone."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.wishes import Wish, WishKind, leave_wish
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import bearer, browser
from tests.web.snapshots.snapshot import again, by_browser, by_header, snapshot_token

# Addresses that show something of a completed task; `_addresses` adds whatever else there is.
SHOWN = (
    "/api/tasks/{}", "/api/tasks/{}/results", "/api/tasks/{}/bundle", "/api/tasks/{}/toxins", "/api/tasks/{}/evidence",
    "/api/tasks/{}/results/toxins.json", "/api/tasks/{}/log?stage=digger", "/tasks/{}", "/tasks/{}/verdict",
    "/tasks/{}/panel", "/tasks/{}/log", "/tasks/{}/evidence", "/tasks/{}/toxins/L1",
)  # fmt: skip


def _addresses(site: Site, task_id: str) -> list[str]:
    """Return every address of a task that answers to GET, with 1 for what else is in it."""
    rules = [
        rule for rule in site.app.url_map.iter_rules() if "task_id" in rule.arguments and "GET" in (rule.methods or ())
    ]
    build = site.app.url_map.bind("localhost").build
    values = [(rule.endpoint, {**dict.fromkeys(rule.arguments, "1"), "task_id": task_id}) for rule in rules]
    return [str(build(endpoint, given)) for endpoint, given in values]


@pytest.mark.parametrize("kind", ["task", "submission"])
@pytest.mark.parametrize("by", ["header", "browser"])
def test_what_was_run_again_is_not_shown_by_any_address(site: Site, batch: Batch, kind: str, by: str) -> None:
    task_id = batch.task_id(1)
    owner = f"/tasks/{task_id}" if kind == "task" else batch.page
    task = context_of(site.app).tasks.record(task_id)
    token = batch.token if kind == "submission" else context_of(site.app).tasks.token(task, Access.OWNER)
    made = snapshot_token(site, f"/api{owner}", token)
    read = by_header(site, made) if by == "header" else by_browser(site, f"{owner}/unlock", made)
    shown = {address.format(task_id): read(address.format(task_id)).status_code for address in SHOWN}
    assert [address for address, status in shown.items() if status != 200] == []

    again(site, task_id, kept=False)
    for address in (*shown, *_addresses(site, task_id)):
        answer = read(address)
        assert answer.status_code == 404, address
        assert address not in shown or "was run again after this link was made" in answer.text, address
    assert site.app.test_client().get(f"/api/tasks/{task_id}", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.RUNNING, TaskStatus.FAILED])
def test_in_a_submission_what_was_run_again_is_named_and_not_shown(
    site: Site, client: FlaskClient, batch: Batch, status: TaskStatus
) -> None:
    token = snapshot_token(site, batch.api, batch.token)
    again(site, batch.task_id(2), status, kept=False)
    state = client.get(batch.api, headers=bearer(token)).get_json()
    assert state["items"][1] == [2, batch.task_id(2), "replaced", None, 0, 0, None]
    assert (state["counts"]["completed"], state["counts"]["replaced"]) == (1, 1)
    for table in ("toxins", "scores", "species"):
        rows = client.get(f"{batch.api}/{table}", headers=bearer(token)).get_json()["rows"]
        assert {row["label"] for row in rows} == {"A"}, table
    [a, b] = client.get(f"{batch.api}/tasks", headers=bearer(token)).get_json()["rows"]
    assert (a["status"], b["status"]) == ("completed", "replaced")
    told = ("label", "task_id", "status", "progress", "size_bytes", "sha256")
    assert {name: value for name, value in b.items() if value is not None} == {name: b[name] for name in told}
    names = zipfile.ZipFile(io.BytesIO(client.get(f"{batch.api}/bundle", headers=bearer(token)).data)).namelist()
    assert sum(name.endswith(".zip") for name in names) == 1
    assert client.post(f"{batch.api}/compare", json={}, headers=bearer(token)).status_code == 409


@pytest.mark.parametrize("kind", ["task", "submission"])
@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.QUEUED])
def test_what_was_run_again_is_shown_by_the_run_of_then(
    site: Site, batch: Batch, kind: str, status: TaskStatus
) -> None:
    task_id = batch.task_id(1)
    owner = f"/tasks/{task_id}" if kind == "task" else batch.page
    task = context_of(site.app).tasks.record(task_id)
    token = batch.token if kind == "submission" else context_of(site.app).tasks.token(task, Access.OWNER)
    made = snapshot_token(site, f"/api{owner}", token)
    reads = (by_header(site, made), by_browser(site, f"{owner}/unlock", made))
    results = f"/api/tasks/{task_id}/results"
    before = [read(results).get_json() for read in reads]
    if status is TaskStatus.QUEUED:
        leave_wish(site.portal, task_id, Wish(WishKind.RETRY, "user", 1, parameters={}))
    else:
        again(site, task_id, status, kept=True)
    assert [read(results).get_json() for read in reads] == before
    for read in reads:
        record = read(f"/api/tasks/{task_id}").get_json()
        assert (record["status"], len(record["attempts"]), record["wishes"]) == ("completed", 1, [])
        assert read(f"/tasks/{task_id}").status_code == read(f"/tasks/{task_id}/toxins/L7").status_code == 200
        assert read(f"/tasks/{task_id}/runs/2").status_code == 404
        assert [run["number"] for run in read(f"/api/tasks/{task_id}/runs").get_json()["runs"]] == [1]
    if kind == "submission":
        assert reads[0](batch.api).get_json()["items"][0][2] == "completed"
        rows = reads[0](f"{batch.api}/toxins").get_json()["rows"]
        assert sum(row["label"] == "A" for row in rows) == sum(row["label"] == "B" for row in rows)


def test_two_snapshots_of_different_runs_have_different_etags(site: Site, batch: Batch) -> None:
    task_id = batch.task_id(1)
    owner = context_of(site.app).tasks.token(context_of(site.app).tasks.record(task_id), Access.OWNER)
    tokens = [snapshot_token(site, f"/api/tasks/{task_id}", owner)]
    again(site, task_id, kept=True)
    tokens.append(snapshot_token(site, f"/api/tasks/{task_id}", owner))
    again(site, task_id, kept=True)
    client = site.app.test_client()
    for address in (f"/api/tasks/{task_id}", f"/tasks/{task_id}/panel"):
        answers = [client.get(address, headers=bearer(token)) for token in tokens]
        etags = {answer.headers["ETag"] for answer in answers}
        assert (len(etags), [answer.status_code for answer in answers]) == (2, [200, 200]), address


def test_one_that_runs_again_is_taken_by_its_last_completed_run(site: Site, client: FlaskClient, batch: Batch) -> None:
    before = client.get(f"/api/tasks/{batch.task_id(1)}/results", headers=bearer(batch.token)).get_json()
    again(site, batch.task_id(1), TaskStatus.RUNNING, kept=True)
    token = snapshot_token(site, batch.api, batch.token)
    after = client.get(f"/api/tasks/{batch.task_id(1)}/results", headers=bearer(token)).get_json()
    assert (after, after["status"]) == (before, "completed")


@pytest.mark.parametrize("status", [TaskStatus.RUNNING, TaskStatus.COMPLETED])
def test_the_record_stays_as_it_was(site: Site, client: FlaskClient, batch: Batch, status: TaskStatus) -> None:
    """With stages, revision and attempts; only the day on which it will be removed is that of now."""
    token = snapshot_token(site, batch.api, batch.token)
    task_id = batch.task_id(1)
    addresses = [f"/api/tasks/{task_id}{part}" for part in ("", "/results", "/toxins", "/log?stage=digger")]

    def shown() -> list[Any]:
        record, *others = [client.get(address, headers=bearer(token)) for address in addresses]
        body = record.get_json()
        assert [stage["state"] for stage in body["stages"]] == ["done"] * 4
        return [{**body, "expires_at": None}, *(answer.data for answer in others)]

    before = shown()
    again(site, task_id, status, kept=True)
    assert shown() == before


def test_tasks_side_by_side_show_the_runs_of_then(site: Site, batch: Batch) -> None:
    ids = [batch.task_id(n) for n in (1, 2)]
    guest = browser(site)
    for task_id in ids:
        owner = context_of(site.app).tasks.token(context_of(site.app).tasks.record(task_id), Access.OWNER)
        token = snapshot_token(site, f"/api/tasks/{task_id}", owner)
        assert guest.post(f"/tasks/{task_id}/unlock", data={"token": token}).status_code == 303
    addresses = [f"/compare/{part}?tasks={','.join(ids)}&by=toxins" for part in ("rows", "table.csv")]
    before = [guest.get(address).text for address in addresses]
    again(site, ids[0], kept=True)
    assert [guest.get(address).text for address in addresses] == before
    compared = guest.get(f"/compare/compare.json?tasks={','.join(ids)}")
    assert compared.status_code in (200, 404)
