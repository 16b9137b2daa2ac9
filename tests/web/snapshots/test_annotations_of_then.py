"""Names, tags and metadata in a snapshot are those of the day on which it was made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.annotations import Annotations
from portal.files.document import encode_object, read_document, typed, write_document
from portal.files.snapshots import ShareSnapshot, read_snapshot
from portal.files.submissions import SubmissionFolders
from portal.web.context import context_of
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import bearer
from tests.web.snapshots.snapshot import again, by_browser, snapshot_token


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
    guest = by_browser(site, f"{batch.page}/unlock", snapshot_token(site, batch.api, batch.token))
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
