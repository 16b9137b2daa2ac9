"""The list of a snapshot on the disk: it goes with its share, and opens nothing once it was altered."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from portal.files.document import read_document, write_document
from portal.files.snapshots import ShareSnapshot
from portal.files.submissions import SubmissionFolders
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import bearer
from tests.web.snapshots.snapshot import finish, snapshot_token, strain_status


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


def test_a_thousand_are_bounded(site: Site) -> None:
    """The largest submission's list stays below the limit that a reader accepts."""
    item = {"n": 1000, "task_id": "k3v7q2m5x4ta", "run": 10**6, "sha256": "f" * 64}
    text = json.dumps({"items": [item] * 1000, "format": 1}, indent=1)
    assert len(text) < 256 * 1024
