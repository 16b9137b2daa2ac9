"""Many genomes as one: announce, send, watch; as a client of the API notices it."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.submissions import SubmissionFolders
from portal.files.wishes import read_wishes
from portal.storage.file import FileTaskStore
from tests.builders import GENOME, Site, make_site, write_heartbeat
from tests.web.api.announcing import announce, announced, completed, item

_OTHER = b">plasmid\nACGTACGTTTGACA\n"


# -- announcing


def test_an_announcement_names_each_task_and_two_tokens(client: FlaskClient) -> None:
    answer = announce(client, item("菌株 1"), item("007", _OTHER), label="May")
    body = answer.get_json()
    assert answer.status_code == 201
    assert [(row["n"], row["label"], row["state"]) for row in body["items"]] == [
        (1, "菌株 1", "awaited"),
        (2, "007", "awaited"),
    ]
    assert body["token"] != body["view_token"]
    assert answer.headers["Location"] == f"/api/submissions/{body['submission_id']}"


def test_the_same_key_and_content_find_the_same_submission_again(client: FlaskClient) -> None:
    first, again = (announce(client, item("a"), key="k" * 40) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()


@pytest.mark.parametrize("change", [{"label": "other"}, {"lang": "zh"}, {"parameters": {"min_identity": 0.5}}])
def test_the_same_key_with_anything_else_is_refused(client: FlaskClient, change: dict[str, Any]) -> None:
    announce(client, item("a"), key="k" * 40)
    assert announce(client, item("a"), key="k" * 40, **change).status_code == 422


def test_without_a_key_each_announcement_is_another_one(client: FlaskClient) -> None:
    ids = {announce(client, item("a")).get_json()["submission_id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([item("a"), item("a")], "items.1.label"),
        ([item("a"), item("b\nc")], "items.1.label"),
        ([item("a") | {"size": 0}], "items.0.size"),
        ([item("a") | {"size": 10**12}], "items.0.size"),
        ([item("a") | {"sha256": "xyz"}], "items.0.sha256"),
        ([item("  ")], "items.0.label"),
        ([], "items"),
        ([item(str(n)) for n in range(1001)], "items"),
    ],
)
def test_a_wrong_item_is_named_by_its_place(
    client: FlaskClient, site: Site, items: list[dict[str, Any]], field: str
) -> None:
    answer = announce(client, *items)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]
    assert SubmissionFolders(site.portal).ids() == []


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 10**10}, {"sha256": "xyz"}, {"sha256": "A" * 64}, {"x": 1}])
def test_a_message_about_an_item_has_its_number_and_label(client: FlaskClient, wrong: dict[str, Any]) -> None:
    """The place in the field's name counts from 0; whoever reads the message knows the genome by its label."""
    answer = announce(client, item("a"), item("strain 7") | wrong).get_json()
    (messages,), (detail,) = answer["errors"].values(), answer["details"]
    assert messages[0].startswith("item 2 (strain 7): "), messages
    assert (detail["params"]["n"], detail["params"]["label"]) == (2, "strain 7")
    assert detail["type"].startswith("/errors/value.") or detail["type"] == "/errors/field.unknown"


def test_room_is_reserved_for_all_or_for_none_and_a_repeat_is_answered_also_when_full(tmp_path: Any) -> None:
    client = make_site(tmp_path / "jobs", MAX_WAITING_TASKS="3").app.test_client()
    assert announce(client, item("a"), item("b"), key="first" * 8).status_code == 201
    refused = announce(client, item("c"), item("d"))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert announce(client, item("c")).status_code == 201
    assert announce(client, item("e")).status_code == 429
    assert announce(client, item("a"), item("b"), key="first" * 8).status_code == 200
    upload = client.post("/api/tasks", data={"file": (io.BytesIO(GENOME), "x.fna")})
    assert upload.status_code == 429, "a single upload takes no room that was promised"


def test_a_disk_without_room_for_all_refuses_before_a_byte_is_sent(tmp_path: Any) -> None:
    site = make_site(tmp_path / "jobs", floor_bytes=1 << 60)
    answer = announce(site.app.test_client(), item("a"))
    assert answer.status_code == 507
    assert SubmissionFolders(site.portal).ids() == []


# -- sending


def test_a_genome_that_is_sent_becomes_the_task_of_its_item(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("007"), item("b"), lang="zh", parameters={"min_identity": 0.9})
    answer = submission.send(1)
    assert answer.status_code == 201
    record = answer.get_json()
    assert record["task_id"] == submission.task_id(1)
    assert (record["filename"], record["lang"], record["parameters"]["min_identity"]) == ("007", "zh", 0.9)
    assert record["submission"] == submission.body["submission_id"]
    assert submission.states() == ["pending", "awaited"]
    assert submission.send(1).status_code == 200, "sent again: it is there"
    assert site.incoming() == []


def test_a_packed_genome_is_held_against_the_digest_of_what_is_in_it(client: FlaskClient) -> None:
    submission = announced(client, item("a"))
    packed = gzip.compress(GENOME[:20]) + gzip.compress(GENOME[20:])  # several members, as bgzip writes
    assert submission.send(1, packed, **{"Content-Encoding": "gzip"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (GENOME + b">c\nACGT\n", {}, 422),
        (GENOME[:-1], {}, 422),
        (GENOME.replace(b"ATG", b"ATC", 1), {}, 422),
        (gzip.compress(GENOME)[:-4], {"Content-Encoding": "gzip"}, 422),
        (b"\x1f\x8b\x08 no gzip at all", {"Content-Encoding": "gzip"}, 422),
        (gzip.compress(b"A" * 5_000_000), {"Content-Encoding": "gzip"}, 413),
        (GENOME, {"Content-Encoding": "br"}, 415),
        (b"", {}, 422),
    ],
)
def test_what_was_not_announced_is_refused_and_leaves_nothing(
    client: FlaskClient, site: Site, body: bytes, headers: dict[str, str], code: int
) -> None:
    submission = announced(client, item("a"))
    answer = submission.send(1, body, **headers)
    assert answer.status_code == code, answer.text
    assert site.incoming() == []
    assert submission.states() == ["awaited"]
    assert submission.send(1).status_code == 201, "the right one may still come"


def test_a_file_that_is_no_fasta_is_refused_with_its_line(client: FlaskClient) -> None:
    bad = b">a\nACGT\n>a\nAC!T\n"
    submission = announced(client, item("bad", bad))
    answer = submission.send(1, bad)
    assert answer.status_code == 422
    assert "line 3" in answer.get_json()["errors"]["file"][0]


def test_only_the_owner_may_send(client: FlaskClient) -> None:
    submission = announced(client, item("a"))
    path = f"{submission.url}/items/1"
    assert client.put(path, data=GENOME).status_code == 401
    assert client.put(path, data=GENOME, headers=submission.viewer).status_code == 404
    assert client.put(path, data=GENOME, headers={"Authorization": "Bearer x"}).status_code == 404
    assert client.put(f"{submission.url}/items/2", data=GENOME, headers=submission.owner).status_code == 404


def test_what_never_comes_lapses_and_gives_its_room_back(tmp_path: Any) -> None:
    site = make_site(tmp_path / "jobs", MAX_WAITING_TASKS="2")
    client = site.app.test_client()
    submission = announced(client, item("a"), item("b"))
    folders = SubmissionFolders(site.portal)
    old = replace(
        folders.read(submission.body["submission_id"]), created_at=datetime.now(UTC) - timedelta(hours=24, minutes=1)
    )
    folders.remove(old.submission_id)
    folders.create(old)
    assert submission.states() == ["lapsed", "lapsed"]
    assert submission.look()["is_final"]
    assert submission.send(1).status_code == 409
    assert announce(client, item("c"), item("d")).status_code == 201


# -- watching


def test_a_cursor_brings_only_what_changed(client: FlaskClient, site: Site) -> None:
    submission = announced(client, *(item(str(n)) for n in range(1, 6)))
    first = submission.look()
    assert [row[0] for row in first["items"]] == [1, 2, 3, 4, 5]
    assert submission.look(query_string={"since": first["cursor"]})["items"] == []
    submission.send(2)
    completed(site, submission, 4)
    second = submission.look(query_string={"since": first["cursor"]})
    assert [(row[0], row[2]) for row in second["items"]] == [(2, "pending"), (4, "completed")]
    assert second["counts"]["awaited"] == 3
    assert submission.look(query_string={"since": "no cursor"})["items"] == submission.look()["items"]


def test_the_etag_changes_with_states_and_not_with_the_queue(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"))
    submission.send(1)
    etag = client.get(submission.url, headers=submission.owner).headers["ETag"]
    write_heartbeat(site.portal, waiting=("x" * 12, submission.task_id(1)), mean_duration_s=30.0)
    again = client.get(submission.url, headers={**submission.owner, "If-None-Match": etag})
    assert again.status_code == 304
    assert again.headers["Retry-After"] == "5"
    client.delete(f"/api/tasks/{submission.task_id(1)}", headers=submission.owner)
    changed = client.get(submission.url, headers={**submission.owner, "If-None-Match": etag})
    assert changed.get_json()["counts"]["deleted"] == 1


def test_an_estimate_follows_the_last_place_in_the_queue(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"))
    submission.send(1)
    assert submission.look()["estimated_end"] is None
    write_heartbeat(site.portal, waiting=(*["x" * 12] * 7, submission.task_id(1)), mean_duration_s=60.0)
    ends = datetime.fromisoformat(submission.look()["estimated_end"])
    assert timedelta(minutes=2) < ends - datetime.now(UTC) < timedelta(minutes=4)


def test_no_end_is_estimated_where_a_task_has_run_for_much_longer_than_recent_ones(
    client: FlaskClient, site: Site
) -> None:
    submission = announced(client, item("a"))
    submission.send(1)
    began = datetime.now(UTC) - timedelta(minutes=30)
    store, task = FileTaskStore(site.portal), FileTaskStore(site.portal).get(submission.task_id(1))
    store.save(replace(task, status=TaskStatus.RUNNING, start_time=began, revision=task.revision + 1))
    write_heartbeat(site.portal, mean_duration_s=3600.0)
    assert submission.look()["estimated_end"] is not None
    write_heartbeat(site.portal, mean_duration_s=60.0)
    assert submission.look()["estimated_end"] is None


# -- who may what


def test_a_view_token_looks_and_changes_nothing(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("b"))
    completed(site, submission, 1)
    completed(site, submission, 2)
    task = f"/api/tasks/{submission.task_id(1)}"
    for path in (submission.url, f"{submission.url}/bundle", task, f"{task}/results", f"{task}/bundle"):
        assert client.get(path, headers=submission.viewer).status_code == 200, path
    changes = [(client.delete, submission.url), (client.delete, task)]
    changes += [(client.post, f"{url}/{act}") for url in (submission.url, task) for act in ("cancel", "retry")]
    for send, path in changes:
        assert send(path, headers=submission.viewer).status_code == 404, path
    assert not any(read_wishes(site.portal.task(submission.task_id(n))) for n in (1, 2))


def test_a_token_opens_the_tasks_of_its_submission_and_no_other(client: FlaskClient, site: Site) -> None:
    mine, theirs = announced(client, item("a")), announced(client, item("a"))
    for submission in (mine, theirs):
        submission.send(1)
    assert client.get(f"/api/tasks/{mine.task_id(1)}", headers=mine.owner).status_code == 200
    assert client.get(f"/api/tasks/{theirs.task_id(1)}", headers=mine.owner).status_code == 404
    assert client.get(theirs.url, headers=mine.owner).status_code == 404
    stranger = site.task(submission=mine.body["submission_id"])
    assert client.get(f"/api/tasks/{stranger.task_id}", headers=mine.owner).status_code == 404


def test_an_unknown_submission_and_a_wrong_token_answer_alike(client: FlaskClient) -> None:
    submission = announced(client, item("a"))
    wrong = client.get(submission.url, headers={"Authorization": "Bearer " + "x" * 43})
    unknown = client.get("/api/submissions/aaaaaaaaaaaa", headers=submission.owner)
    nonsense = client.get("/api/submissions/..%2f..%2fsecret", headers=submission.owner)
    assert (wrong.status_code, unknown.status_code, nonsense.status_code) == (404, 404, 404)
    assert wrong.get_json()["message"] == unknown.get_json()["message"]
    assert client.get(submission.url).status_code == 401


def test_a_manifest_that_was_damaged_answers_as_not_ready(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"))
    manifest = SubmissionFolders(site.portal).folder(submission.body["submission_id"]) / "manifest.json"
    for damage in (b"", b"{", b"[1]", json.dumps({"format": 1}).encode(), b"\0" * 100):
        manifest.write_bytes(damage)
        assert client.get(submission.url, headers=submission.owner).status_code == 503, damage
