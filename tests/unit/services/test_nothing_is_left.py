"""An hour after DELETE a search by bytes below JOBS_DIR, and in Redis, finds nothing of what was deleted (O18)."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import build_admin, build_web, templates_dir
from portal.files.audit import read_acts
from portal.files.snapshots import ShareSnapshot, SnapshotItem
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndexReader
from portal.services.secrets import token_hash
from portal.services.shares import ShareService
from portal.web.app import create_app
from tests.builders import make_task_on_disk
from tests.servers import RedisServer
from tests.unit.poller.poller_rig import Rig

OURS = {"Sec-Fetch-Site": "same-origin"}
# The same bytes in UTF-8, in JSON with and without escapes, and in file names.
FILE, LABEL, NAMED, CONTIG = "Xq7FileTelltale", "Xq7LabelTelltale", "Xq7NamedTelltale", "Xq7ContigTelltale"
WRITTEN = "Xq7WrittenTelltale"
ADDRESS = "xq7addresstelltale@example.org"
LETTERS = "ACGTTGCAACGGATTACACATTAGGACCATGACCAGT"
GENOME = f">{CONTIG}\n{LETTERS * 20}\n".encode()
OTHER = b">other\n" + b"ACGTTGCAAC" * 20 + b"\n"


def places_of(needles: list[bytes], folder: Path, redis: RedisServer) -> list[str]:
    """Return where one of the needles occurs, in any case: names and contents of files, keys and values of Redis."""
    found = []
    wanted = [needle.lower() for needle in needles]
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        data = path.read_bytes() if path.is_file() else b""
        found += [name for needle in wanted if needle in name.encode().lower() or needle in data.lower()]
    with redis.client() as client:
        for key in client.scan_iter("*"):
            value = bytes(client.get(key) or b"")
            found += [f"redis {key!r}" for needle in wanted if needle in bytes(key).lower() or needle in value.lower()]
    return sorted(set(found))


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def rig(tmp_path: Path, redis: RedisServer) -> Rig:
    mail = {"SMTP_URL": "smtp://localhost", "MAIL_FROM": "bt@example.org", "PUBLIC_URL": "http://localhost"}
    return Rig(tmp_path, None, REDIS_URL=redis.url, **mail)


@pytest.fixture
def client(rig: Rig) -> FlaskClient:
    return create_app(rig.settings, build_web(rig.settings), templates=templates_dir()).test_client()


def send(client: FlaskClient) -> tuple[str, str]:
    """Submit one genome by itself; return id and token."""
    data = {"file": (io.BytesIO(GENOME), f"{FILE} é.fna"), "submission": NAMED, "notify_mail": ADDRESS}
    answer = client.post("/api/tasks", data=data, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.text
    return answer.json["task_id"], answer.json["token"]  # type: ignore[index]


def send_two(client: FlaskClient) -> tuple[str, str, str]:
    """Submit two genomes together; return id and token of the submission, and the id of the first one's task."""
    items = [
        {"label": label, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for label, data in ((LABEL, GENOME), ("stays", OTHER))
    ]
    made = client.post("/api/submissions", json={"label": "both", "items": items}).json
    assert made is not None
    owner = {"Authorization": f"Bearer {made['token']}"}
    for n, data in ((1, GENOME), (2, OTHER)):
        address = f"/api/submissions/{made['submission_id']}/items/{n}"
        assert client.put(address, data=data, headers=owner).status_code == 201
    return made["submission_id"], made["token"], made["items"][0]["task_id"]


def put_snapshot(rig: Rig, submission_id: str, task_id: str) -> None:
    """Share a snapshot of a submission in which a strain has a name."""
    shares = ShareService(rig.portal, rig.keyring)
    submission = SubmissionFolders(rig.portal).read(submission_id)
    names = (SnapshotItem(1, task_id, 1, "0" * 64, WRITTEN, 1), SnapshotItem(2, "abcdefghijkl", 1, "0" * 64, "stays"))
    ends = datetime.now(UTC).date() + timedelta(days=9)
    shares.make(submission, label="", ends=ends, then=(ShareSnapshot(names), 2))


def snapshot_names(rig: Rig, submission_id: str) -> list[str]:
    """Return the names that the snapshot shows, which its digest still opens."""
    shares = ShareService(rig.portal, rig.keyring)
    grants = [grant for grant, _ in shares.ways(SubmissionFolders(rig.portal).read(submission_id)) if grant.snapshot]
    return [item.name for grant in grants for item in shares.snapshot(grant).items]


def let_an_hour_pass(rig: Rig) -> None:
    """Move every clock that the poller looks at by an hour, and let it work."""
    rig.later(3600)
    parts = rig.poller._parts
    wall = time.time
    parts.janitor._clock = parts.janitor._trash._clock = lambda: wall() + 3600
    parts.task_index._clock = lambda: time.monotonic() + 3600
    for _ in range(45):
        rig.poller.tick()
        rig.poller.cycle()


def test_an_hour_after_delete_nothing_is_found(rig: Rig, client: FlaskClient, redis: RedisServer) -> None:
    jobs = rig.portal.jobs
    kept_until = datetime.now(UTC) + timedelta(days=20)
    ended = [
        make_task_on_disk(rig.portal, keyring=rig.keyring, filename=f"{FILE}-{n}.fna", hits=3, expires_at=kept_until)
        for n in (1, 2)
    ]
    task_id, token = send(client)
    submission_id, submission_token, item_id = send_two(client)
    rig.restart()
    rig.poller.cycle()
    keys = {task_id: token, item_id: submission_token, **{built.task_id: built.token for built in ended}}
    hashes = [rig.record(each).token_hash for each in keys] + [token_hash(each) for each in keys.values()]
    for each in (task_id, item_id):
        headers = {"Authorization": f"Bearer {keys[each]}", "If-Match": "*"}
        body = {"name": WRITTEN, "tags": [WRITTEN], "note": WRITTEN, "metadata": {WRITTEN: WRITTEN}}
        assert client.put(f"/api/tasks/{each}/annotations", json=body, headers=headers).status_code == 200
    # A browser that opened it, a comparison, an operator's act, and a record that was damaged and rebuilt.
    assert client.post(f"/tasks/{task_id}/unlock", data={"token": token}, headers=OURS).status_code == 303
    pair = {"tasks": [{"task_id": built.task_id, "token": built.token} for built in ended]}
    with client.post("/api/compare", json=pair) as answer:
        assert (answer.status_code, answer.data[:2]) == (200, b"PK")
    build_admin(rig.settings, by="operator").cancel(task_id)
    put_snapshot(rig, submission_id, item_id)
    meta = rig.portal.task(item_id).meta
    meta.write_bytes(meta.read_bytes()[:-10])
    rig.restart()
    for _ in range(3):
        rig.poller.cycle()
    needles = [text.encode() for text in (FILE, LABEL, NAMED, CONTIG, LETTERS, ADDRESS, WRITTEN, *hashes)]
    before = places_of(needles, jobs, redis)
    places = (
        "task_index.tsv",
        "manifest.json",
        "quarantine/",
        "compare/",
        "genome.fna",
        "redis",
        task_id,
        "notify/",
        "annotations/",
        "snapshot_1.json",
    )
    for place in places:
        assert [name for name in before if place in name], f"{place} should tell of it before: {before}"

    for each, key in keys.items():
        answer = client.delete(f"/api/tasks/{each}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 204, answer.text
    rig.poller.tick()
    let_an_hour_pass(rig)
    assert places_of(needles, jobs, redis) == []
    assert [row.task_id for row in TaskIndexReader(rig.portal).rows()], "what stays is still in the index"
    owner = {"Authorization": f"Bearer {submission_token}"}
    assert snapshot_names(rig, submission_id) == ["", "stays"]
    left = client.get(f"/api/submissions/{submission_id}/tasks", headers=owner).json
    assert left is not None
    assert [(row["label"], row["status"] == "deleted") for row in left["rows"]] == [("#1", True), ("stays", False)]
    assert [act["action"] for act in read_acts(rig.portal)] == ["cancel"]
