"""What the version before left on the disk shows and downloads as it did then, and is not touched by a look."""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import build_poller
from portal.config import read_settings
from portal.domain.status import STAGE_ORDER
from portal.files.heartbeat import HeartbeatReader
from portal.storage.file import FileTaskStore
from tests.builders import BuiltTask, Site, make_site, run_again
from tests.recorded import RecordedFolder, unpack

STATES = {
    "completed": ("completed", None),
    "cancelled": ("failed", "cancelled"),
    "failed": ("failed", "not_configured"),
    "waiting": ("queued", None),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RecordedFolder:
    return unpack(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def site(recorded: RecordedFolder) -> Site:
    return make_site(recorded.portal.jobs, PORTAL_SECRET="", RESULT_RETENTION_DAYS="36500")


@pytest.fixture
def client(site: Site) -> FlaskClient:
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


@pytest.mark.parametrize("name", list(STATES))
def test_each_task_shows_as_it_was_left(recorded: RecordedFolder, client: FlaskClient, name: str) -> None:
    task = recorded.tasks[name]
    answer = client.get(f"/api/tasks/{task.task_id}", headers=task.bearer)
    assert answer.status_code == 200
    record = answer.json or {}
    assert (record["status"], record["failure_kind"]) == STATES[name]
    assert (record["filename"], record["file_size"]) == ("recorded strain.fna", 4432)


def test_results_are_listed_and_every_file_is_what_it_was(recorded: RecordedFolder, client: FlaskClient) -> None:
    task = recorded.tasks["completed"]
    listed = (client.get(f"/api/tasks/{task.task_id}/results", headers=task.bearer).json or {})["files"]
    sentinels = [
        json.loads((recorded.portal.task(task.task_id).attempt(1).stage(stage).sentinel).read_text())
        for stage in STAGE_ORDER
    ]
    promised = {output["name"]: output["sha256"] for sentinel in sentinels for output in sentinel["outputs"]}
    assert {file["name"]: file["sha256"] for file in listed} == promised
    for name, digest in promised.items():
        answer = client.get(f"/api/tasks/{task.task_id}/results/{name}", headers=task.bearer)
        assert hashlib.sha256(answer.data).hexdigest() == digest, name


def test_toxins_scores_and_the_bundle_are_read(recorded: RecordedFolder, client: FlaskClient) -> None:
    task = recorded.tasks["completed"]
    results = client.get(f"/api/tasks/{task.task_id}/results", headers=task.bearer).json or {}
    assert [toxin["protein_id"] for toxin in results["toxins"]["toxins"]] == ["contig_1_00015"]
    assert results["scores"]["strains"][0]["orders"]
    table = client.get(f"/api/tasks/{task.task_id}/toxins?format=tsv", headers=task.bearer).text
    assert "Cry1Ac1" in table
    bundle = client.get(f"/api/tasks/{task.task_id}/bundle", headers=task.bearer)
    with zipfile.ZipFile(BytesIO(bundle.data)) as unpacked:
        assert unpacked.testzip() is None
        assert "manifest.json" in unpacked.namelist()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", list(STATES))
def test_its_page_is_whole(recorded: RecordedFolder, client: FlaskClient, name: str, lang: str) -> None:
    task = recorded.tasks[name]
    assert client.post(f"/tasks/{task.task_id}/unlock", data={"token": task.token}).status_code == 303
    page = client.get(f"/tasks/{task.task_id}?lang={lang}")
    assert page.status_code == 200
    assert "recorded strain.fna" in page.text
    if name == "completed":
        assert "Cry1Ac1" in page.text


def test_a_poller_starts_over_it_and_changes_nothing(tmp_path: Path) -> None:
    recorded = unpack(tmp_path)
    store = FileTaskStore(recorded.portal)
    before = {task.task_id: store.get(task.task_id) for task in recorded.tasks.values()}
    poller = build_poller(read_settings(recorded.variables))
    assert poller.lease.acquire()
    assert poller.why_not_ours() is None
    poller.start()
    for _ in range(3):
        poller.tick()
        poller.cycle()
    poller.lease.release()
    after = {task.task_id: store.get(task.task_id) for task in recorded.tasks.values()}
    assert after == before
    assert list(recorded.portal.quarantine.iterdir()) == []
    assert list(recorded.portal.trash.iterdir()) == []
    beat = HeartbeatReader(recorded.portal).read()
    assert beat is not None
    assert beat.waiting == (recorded.tasks["waiting"].task_id,), "it is drained, as it was"


def test_what_completed_then_is_run_1_and_stays_when_it_runs_again(tmp_path: Path) -> None:
    folder = unpack(tmp_path)
    site = make_site(folder.portal.jobs, PORTAL_SECRET="", RESULT_RETENTION_DAYS="36500")
    client, task = site.app.test_client(), folder.tasks["completed"]

    def read(room: str) -> bytes:
        answer = client.get(f"/api/tasks/{task.task_id}/runs/1/{room}", headers=task.bearer)
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

    before = read("bundle")
    store = FileTaskStore(folder.portal)
    record = store.get(task.task_id)
    run_again(folder.portal, BuiltTask(record, task.token))
    assert [run.number for run in store.get(task.task_id).runs] == [1]
    assert read("bundle") == before
    assert json.loads(read("changes"))["extent"] == "results"
