"""Snapshot shares: through every way in, what was done when the link was made, and nothing newer."""

from __future__ import annotations

import io
import zipfile

from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.submissions import SubmissionFolders
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import bearer, browser
from tests.web.snapshots.snapshot import again, finish, share, snapshot_token, strain_status

TABLES = ("tasks", "toxins", "scores", "species")


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
