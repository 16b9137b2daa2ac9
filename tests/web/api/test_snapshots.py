"""Snapshot shares: through every way in, what was done when the link was made, and nothing newer."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.annotations import Annotations
from portal.domain.runs import kept_run
from portal.domain.status import TaskStatus
from portal.files.document import encode_object, read_document, typed, write_document
from portal.files.snapshots import ShareSnapshot, read_snapshot
from portal.files.submissions import SubmissionFolders
from portal.files.wishes import Wish, WishKind, leave_wish
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import BuiltTask, Site, run_again
from tests.web.pages.test_browser_session import browser
from tests.web.pages.test_submission_page import Batch

TABLES = ("tasks", "toxins", "scores", "species")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def share(site: Site, address: str, token: str, *, snapshot: bool = True) -> Any:
    body = {"ends": in_days(9), "label": "Bob", "snapshot": snapshot}
    return site.app.test_client().post(f"{address}/shares", json=body, headers=bearer(token))


def snapshot_token(site: Site, address: str, token: str) -> str:
    made = share(site, address, token)
    assert made.status_code == 201, made.text
    return str(made.get_json()["token"])


def again(site: Site, task_id: str, status: TaskStatus = TaskStatus.COMPLETED, *, kept: bool) -> None:
    """Run a task again, with two toxins; its results of before are kept, or were removed to make room."""
    before = BuiltTask(context_of(site.app).tasks.record(task_id), "")
    gone = () if kept else (replace(kept_run(before.task), removed_at=datetime.now(UTC)),)
    run_again(site.portal, before, status, hits=2, **({} if kept else {"runs": gone}))


@pytest.fixture
def batch(site: Site) -> Batch:
    """A submission of four: A and B are done, C runs, D is awaited."""
    batch = Batch(site, "A", "B", "C", "D")
    batch.put(1)
    batch.put(2)
    batch.put(3, TaskStatus.RUNNING)
    return batch


def finish(batch: Batch, n: int) -> None:
    """Complete an item that ran."""
    folder = batch.site.portal.task(batch.task_id(n)).path
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}~"))
    batch.put(n, hits=3)


def test_a_snapshot_shows_what_was_done_and_nothing_that_came_later(
    site: Site, client: FlaskClient, batch: Batch
) -> None:
    token = snapshot_token(site, batch.api, batch.token)
    finish(batch, 3)
    finish(batch, 4)

    state = client.get(batch.api, headers=bearer(token)).get_json()
    assert [row[:3] for row in state["items"]] == [[n, batch.task_id(n), "completed"] for n in (1, 2)]
    assert (state["total"], state["is_final"]) == (2, True)
    assert (state["snapshot"]["done"], state["snapshot"]["total"]) == (2, 4)
    for table in TABLES:
        rows = client.get(f"{batch.api}/{table}", headers=bearer(token)).get_json()["rows"]
        assert {row["label"] for row in rows} == {"A", "B"}, table
    bundle = client.get(f"{batch.api}/bundle", headers=bearer(token))
    names = zipfile.ZipFile(io.BytesIO(bundle.data)).namelist()
    assert sum(name.endswith(".zip") for name in names) == 2, names
    compared = client.post(f"{batch.api}/compare", json={"file": "compare.json"}, headers=bearer(token))
    assert compared.status_code == 200, compared.text
    assert [batch.task_id(n) in compared.text for n in (3, 4)] == [False, False]
    assert [strain_status(client, batch, n, token) for n in (1, 2, 3, 4)] == [200, 200, 404, 404]

    whole = client.get(batch.api, headers=bearer(batch.view_token)).get_json()
    assert (len(whole["items"]), whole["snapshot"]) == (4, None), "other links show all, as before"


def strain_status(client: FlaskClient, batch: Batch, n: int, token: str) -> int:
    return client.get(f"/api/tasks/{batch.task_id(n)}", headers=bearer(token)).status_code


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


def _by_header(site: Site, token: str) -> Callable[[str], Any]:
    return lambda address: site.app.test_client().get(address, headers=bearer(token))


def _by_browser(site: Site, unlock: str, token: str) -> Callable[[str], Any]:
    guest = browser(site)
    assert guest.post(unlock, data={"token": token}).status_code == 303
    return guest.get


@pytest.mark.parametrize("kind", ["task", "submission"])
@pytest.mark.parametrize("by", ["header", "browser"])
def test_what_was_run_again_is_not_shown_by_any_address(site: Site, batch: Batch, kind: str, by: str) -> None:
    task_id = batch.task_id(1)
    owner = f"/tasks/{task_id}" if kind == "task" else batch.page
    task = context_of(site.app).tasks.record(task_id)
    token = batch.token if kind == "submission" else context_of(site.app).tasks.token(task, Access.OWNER)
    made = snapshot_token(site, f"/api{owner}", token)
    read = _by_header(site, made) if by == "header" else _by_browser(site, f"{owner}/unlock", made)
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
    reads = (_by_header(site, made), _by_browser(site, f"{owner}/unlock", made))
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


def test_annotations_are_those_of_then(site: Site, client: FlaskClient, batch: Batch) -> None:
    service = context_of(site.app).submissions.annotations
    task = context_of(site.app).tasks.record(batch.task_id(1))

    def write(name: str, site_of: str) -> None:
        values = Annotations(name, metadata={"site": site_of})
        service.change(task, lambda _: values, revision=None, by="")

    write("HD-1", "Kyoto")
    token = snapshot_token(site, batch.api, batch.token)

    def shown() -> tuple[str, str | None, str]:
        row = client.get(f"{batch.api}/tasks", headers=bearer(token)).get_json()["rows"][0]
        one = client.get(f"/api/tasks/{task.task_id}/annotations", headers=bearer(token)).get_json()
        table = client.get(f"{batch.api}/annotations", headers=bearer(token)).text
        assert ("Kyoto" in table) == ("site" in one["metadata"])
        assert "Osaka" not in table
        return row["name"], row.get("meta_site"), one["name"]

    assert shown() == ("HD-1", "Kyoto", "HD-1")
    write("renamed", "Osaka")
    assert shown() == ("HD-1", "Kyoto", "HD-1")
    again(site, task.task_id, kept=True)
    assert shown() == ("HD-1", "Kyoto", "HD-1")


def test_annotations_on_pages_are_those_of_then(site: Site, batch: Batch) -> None:
    service = context_of(site.app).submissions.annotations
    tasks = [context_of(site.app).tasks.record(batch.task_id(n)) for n in (1, 2)]

    def write(name: str, site_of: str) -> None:
        values = Annotations(name, (site_of,), "a note", {"site": site_of})
        for task in tasks:
            service.change(task, lambda _: values, revision=None, by="")

    write("HD-1", "Kyoto")
    guest = _by_browser(site, f"{batch.page}/unlock", snapshot_token(site, batch.api, batch.token))
    compared = f"/compare?tasks={','.join(task.task_id for task in tasks)}"
    pages = [batch.page, f"{batch.page}/rows", f"{batch.page}/changes", f"{batch.page}/compare", compared]
    pages += [f"{batch.page}/compare/rows", f"{batch.page}/compare/table.csv?by=metadata"]
    assert all("Kyoto" in guest(page).text for page in pages)
    write("renamed", "Osaka")
    for page in pages:
        text = guest(page).text
        assert "HD-1" in text or "table.csv" in page, page
        assert "Kyoto" in text, page
        assert not [word for word in ("renamed", "Osaka", "a note") if word in text], page


def test_a_table_of_a_snapshot_stays_the_same_when_annotations_change(
    site: Site, client: FlaskClient, batch: Batch
) -> None:
    service = context_of(site.app).submissions.annotations
    task = context_of(site.app).tasks.record(batch.task_id(1))
    service.change(task, lambda _: Annotations("HD-1", ("Kyoto",)), revision=None, by="")
    headers = bearer(snapshot_token(site, batch.api, batch.token))
    addresses = (f"{batch.api}/tasks", f"{batch.api}/annotations", f"/api/tasks/{task.task_id}/annotations")
    before = [client.get(address, headers=headers) for address in addresses]
    service.change(task, lambda _: Annotations("HD-1", note="of the owner"), revision=None, by="")
    after = [client.get(address, headers=headers) for address in addresses]
    assert [answer.data for answer in after] == [answer.data for answer in before]
    assert [answer.headers.get("ETag") for answer in after] == [answer.headers.get("ETag") for answer in before]


def test_what_was_first_written_after_a_snapshot_is_not_in_it(site: Site, client: FlaskClient, batch: Batch) -> None:
    service = context_of(site.app).submissions.annotations
    task = context_of(site.app).tasks.record(batch.task_id(1))
    token = snapshot_token(site, batch.api, batch.token)
    service.change(task, lambda _: Annotations("later", ("tag",), "", {"site": "Osaka"}), revision=None, by="")
    one = client.get(f"/api/tasks/{task.task_id}/annotations", headers=bearer(token)).get_json()
    assert (one["name"], one["tags"], one["metadata"]) == ("", [], {})


def test_a_snapshot_of_an_earlier_version_opens_and_shows_what_it_knows(
    site: Site, client: FlaskClient, batch: Batch
) -> None:
    """It had the name and no digest of it; tags and metadata are shown while nothing was changed."""
    service = context_of(site.app).submissions.annotations
    task = context_of(site.app).tasks.record(batch.task_id(1))
    service.change(task, lambda _: Annotations("HD-1", ("Kyoto",)), revision=None, by="")
    token = snapshot_token(site, batch.api, batch.token)
    folder = SubmissionFolders(site.portal).folder(batch.id) / "shares"
    items = json.loads((folder / "snapshot_1.json").read_bytes())["items"]
    old = {name: items[0][name] for name in ("n", "task_id", "attempt", "sha256", "name", "annotations")}
    read = typed({"items": [old], "format": 1}, ShareSnapshot, name="snapshot_1.json")
    (folder / "snapshot_1.json").write_text(json.dumps({"items": [old], "format": 1}))
    # As that version computed it, over exactly these fields.
    sha256 = hashlib.sha256(encode_object({"items": [{**old, "name": ""}], "format": 1})).hexdigest()
    assert read_snapshot(folder / "snapshot_1.json", sha256) == read
    listed = json.loads((folder / "shares.json").read_bytes())
    listed["shares"][0]["snapshot"]["sha256"] = sha256
    (folder / "shares.json").write_text(json.dumps(listed))
    submission = context_of(site.app).submissions.read(batch.id)
    shares = context_of(site.app).tasks.shares
    token = next(token for way, token in shares.ways(submission) if way.share == 1)

    def shown() -> tuple[str, list[str]]:
        one = client.get(f"/api/tasks/{task.task_id}/annotations", headers=bearer(token)).get_json()
        return one["name"], one["tags"]

    assert shown() == ("HD-1", ["Kyoto"])
    service.change(task, lambda _: Annotations("renamed", ("Kyoto",)), revision=None, by="")
    assert shown() == ("HD-1", [])


@pytest.mark.parametrize("field", ["name", "tags", "metadata", "changed_at"])
def test_texts_that_somebody_has_altered_open_nothing(
    site: Site, client: FlaskClient, batch: Batch, field: str
) -> None:
    service = context_of(site.app).submissions.annotations
    task = context_of(site.app).tasks.record(batch.task_id(1))
    service.change(task, lambda _: Annotations("HD-1", ("Kyoto",), "", {"site": "a"}), revision=None, by="")
    token = snapshot_token(site, batch.api, batch.token)
    path = SubmissionFolders(site.portal).folder(batch.id) / "shares" / "snapshot_1.json"
    item, *others = read_document(path, ShareSnapshot).items
    other: dict[str, Any] = {
        "name": "HD-2",
        "tags": ("Osaka",),
        "metadata": (("site", "b"),),
        "changed_at": datetime.now(UTC),
    }
    for changed in (replace(item, **{field: other[field]}), replace(item, **{field: other[field]}).sealed()):
        write_document(path, ShareSnapshot((changed, *others)))
        answer = client.get(batch.api, headers=bearer(token))
        assert (answer.status_code, answer.get_json()["type"]) == (404, "/errors/share.snapshot_damaged")
    write_document(path, ShareSnapshot((item.erased(), *others)))
    assert client.get(batch.api, headers=bearer(token)).status_code == 200, "of a deleted strain"


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


def test_what_was_deleted_ends_and_is_said(site: Site, client: FlaskClient, batch: Batch) -> None:
    token = snapshot_token(site, batch.api, batch.token)
    assert client.delete(f"/api/tasks/{batch.task_id(1)}", headers=bearer(batch.token)).status_code in (202, 204)
    state = client.get(batch.api, headers=bearer(token)).get_json()
    assert [row[2] for row in state["items"]] == ["deleted", "completed"]


def test_results_of_the_same_name_and_other_content_are_not_shown(
    site: Site, client: FlaskClient, batch: Batch
) -> None:
    """A task of the same id after a deletion, or one that another process put there."""
    token = snapshot_token(site, batch.api, batch.token)
    folder = site.portal.task(batch.task_id(1)).path
    folder.rename(folder.with_name(f"{folder.name}~"))
    batch.put(1, hits=1)
    assert client.get(batch.api, headers=bearer(token)).get_json()["items"][0][2] == "replaced"
    assert strain_status(client, batch, 1, token) == 404


def test_a_comparison_by_token_or_ticket_shows_nothing_newer(site: Site, batch: Batch) -> None:
    client = site.app.test_client()
    tokens, tickets = [], []
    for n in (1, 2):
        task = context_of(site.app).tasks.record(batch.task_id(n))
        owner = context_of(site.app).tasks.token(task, Access.OWNER)
        tokens.append(snapshot_token(site, f"/api/tasks/{task.task_id}", owner))
        answer = client.post(f"/api/tasks/{task.task_id}/ticket", headers=bearer(tokens[-1]))
        tickets.append(answer.get_json()["ticket"] if answer.status_code == 200 else "")

    def compare(keys: list[str]) -> int:
        asked = [{"task_id": batch.task_id(n), "token": key} for n, key in zip((1, 2), keys, strict=True)]
        return client.post("/api/compare", json={"tasks": asked}).status_code

    ways = [keys for keys in (tokens, tickets) if all(keys)]
    assert [compare(keys) for keys in ways] == [200] * len(ways)
    again(site, batch.task_id(1), kept=False)
    assert [compare(keys) for keys in ways] == [404] * len(ways)


def test_nothing_done_is_no_snapshot_and_leaves_nothing(site: Site) -> None:
    batch = Batch(site, "A")
    batch.put(1, TaskStatus.RUNNING)
    folder = SubmissionFolders(site.portal).folder(batch.id)
    task = context_of(site.app).tasks.record(batch.task_id(1))
    owner = context_of(site.app).tasks.token(task, Access.OWNER)
    for address, token in ((batch.api, batch.token), (f"/api/tasks/{task.task_id}", owner)):
        made = share(site, address, token)
        assert (made.status_code, made.get_json()["type"]) == (409, "/errors/share.nothing_done")
    assert not (folder / "shares").exists()
    assert not (site.portal.task(task.task_id).path / "shares").exists()


def test_the_list_says_what_each_link_shows(site: Site, client: FlaskClient, batch: Batch) -> None:
    share(site, batch.api, batch.token)
    share(site, batch.api, batch.token, snapshot=False)
    whole, snapshot = client.get(f"{batch.api}/shares", headers=bearer(batch.token)).get_json()["shares"]
    assert (whole["snapshot"], snapshot["snapshot"]["done"], snapshot["snapshot"]["total"]) == (None, 2, 4)
    assert snapshot["snapshot"]["at"] == snapshot["created_at"]


def test_its_list_goes_with_the_share(site: Site, client: FlaskClient, batch: Batch) -> None:
    token = snapshot_token(site, batch.api, batch.token)
    path = SubmissionFolders(site.portal).folder(batch.id) / "shares" / "snapshot_1.json"
    assert [item.n for item in read_document(path, ShareSnapshot).items] == [1, 2]
    assert client.delete(f"{batch.api}/shares/1", headers=bearer(batch.token)).status_code == 204
    assert not path.exists()
    assert client.get(batch.api, headers=bearer(token)).status_code == 404


@pytest.mark.parametrize("damage", ["missing", "cut", "more", "other"])
def test_an_altered_list_opens_nothing(site: Site, client: FlaskClient, batch: Batch, damage: str) -> None:
    token = snapshot_token(site, batch.api, batch.token)
    finish(batch, 3)
    path = SubmissionFolders(site.portal).folder(batch.id) / "shares" / "snapshot_1.json"
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "more":
        kept = read_document(path, ShareSnapshot)
        write_document(path, ShareSnapshot((*kept.items, replace(kept.items[0], n=3, task_id=batch.task_id(3)))))
    else:
        snapshot_token(site, batch.api, batch.token)
        path.write_bytes(path.with_name("snapshot_2.json").read_bytes())
    answer = client.get(batch.api, headers=bearer(token))
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/errors/share.snapshot_damaged")
    assert strain_status(client, batch, 1, token) == 404
    assert client.get(batch.api, headers=bearer(batch.token)).status_code == 200


def test_a_share_whose_mark_was_removed_does_not_become_one_of_everything(
    site: Site, client: FlaskClient, batch: Batch
) -> None:
    """As an earlier version of the portal reads it, too: its token is another one there."""
    token = snapshot_token(site, batch.api, batch.token)
    path = SubmissionFolders(site.portal).folder(batch.id) / "shares" / "shares.json"
    listed = json.loads(path.read_bytes())
    listed["shares"][0]["snapshot"] = None
    path.write_text(json.dumps(listed))
    assert client.get(batch.api, headers=bearer(token)).status_code == 404


def test_a_browser_with_several_links_sees_by_the_one_that_gives_most(site: Site, batch: Batch) -> None:
    guest = browser(site)

    def seen(token: str) -> int:
        assert guest.post(f"{batch.page}/unlock", data={"token": token}).status_code == 303
        return len(guest.get(batch.api).get_json()["items"])

    first = snapshot_token(site, batch.api, batch.token)
    finish(batch, 3)
    assert seen(first) == 2
    assert seen(share(site, batch.api, batch.token, snapshot=False).get_json()["token"]) == 4
    assert seen(first) == 4
    assert guest.delete(batch.api).status_code == 404, "and it is no owner"


@pytest.mark.parametrize(("lang", "said"), [("en", "2 of 4 genomes"), ("zh", "4 个基因组中的 2 个")])
def test_the_page_makes_one_without_scripts_and_says_what_it_shows(
    site: Site, batch: Batch, lang: str, said: str
) -> None:
    client = browser(site)
    batch.open(client)
    panel = client.get(f"{batch.page}/shares?lang={lang}").text
    told = {"en": "that you run again stays as it was", "zh": "重新运行的基因组仍按当时的结果显示"}
    assert told[lang] in panel, "said before one is made"
    made = client.post(f"{batch.page}/shares", data={"label": "", "ends": in_days(9), "snapshot": "1"})
    assert (made.status_code, {"en": "snapshot: 2 of 4", "zh": "快照：2/4"}[lang] in made.text) == (201, True)
    token = made.text.partition("#token=")[2][:43]
    again(site, batch.task_id(2), kept=False)
    guest = browser(site)
    guest.post(f"{batch.page}/unlock", data={"token": token})
    page = guest.get(f"{batch.page}?lang={lang}").text
    assert said in page
    assert {"en": "1 genome was run again since", "zh": "有 1 个基因组此后重新运行"}[lang] in page
    assert {"en": "Run again since", "zh": "此后已重新运行"}[lang] in page
    assert 'id="sharing"' not in page, "it is not passed on by the page"
    assert said.split()[0] in guest.get(f"/tasks/{batch.task_id(1)}").text
    for rows in (f"{batch.page}/rows", f"{batch.page}/compare", f"{batch.page}/changes"):
        text = guest.get(rows).text
        assert batch.task_id(3) not in text, rows


@pytest.mark.parametrize(
    ("lang", "again_since", "left_out"),
    [("en", "1 genome was run again since", "without results"), ("zh", "有 1 个基因组此后重新运行", "尚无结果")],
)
def test_the_compare_pages_say_what_was_run_again(
    site: Site, batch: Batch, lang: str, again_since: str, left_out: str
) -> None:
    client, guest = browser(site), browser(site)
    batch.open(client)
    token = snapshot_token(site, batch.api, batch.token)
    assert guest.post(f"{batch.page}/unlock", data={"token": token}).status_code == 303
    several = f"/compare?tasks={batch.task_id(1)},{batch.task_id(2)}&lang={lang}"
    pages = (f"{batch.page}/compare?lang={lang}", several)
    assert [again_since in guest.get(page).text for page in pages] == [False, False]
    again(site, batch.task_id(2), kept=False)
    for page in pages:
        text = guest.get(page).text
        assert again_since in text, page
        assert left_out not in text, page
        assert ("open to you:" in text, "无权" in text) == (False, False), page
    assert 'id="as-of"' not in client.get(pages[0]).text, "the owner sees all"
    listed = guest.get(f"/tasks/states?tasks={batch.task_id(1)},{batch.task_id(2)}").get_json()["tasks"]
    assert (listed[batch.task_id(1)]["status"], listed[batch.task_id(2)]) == ("completed", None)


def test_the_form_says_that_nothing_is_done(site: Site) -> None:
    batch = Batch(site, "A")
    client = browser(site)
    batch.open(client)
    answer = client.post(f"{batch.page}/shares", data={"ends": in_days(9), "snapshot": "1"})
    assert (answer.status_code, "Nothing is completed yet" in answer.text) == (409, True)
    assert 'id="share-snapshot-error"' in answer.text


def test_a_thousand_are_bounded(site: Site) -> None:
    """The largest submission's list stays below the limit that a reader accepts."""
    item = {"n": 1000, "task_id": "k3v7q2m5x4ta", "run": 10**6, "sha256": "f" * 64}
    text = json.dumps({"items": [item] * 1000, "format": 1}, indent=1)
    assert len(text) < 256 * 1024
