"""Results: the list, single files, ranges, the bundle, and what a browser may do with them."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage, TaskStatus
from tests.builders import Site


def test_the_list_has_each_file_with_its_sum_and_the_numbers(client: FlaskClient, site: Site) -> None:
    built = site.task(hits=3)
    answer = client.get(f"/api/tasks/{built.task_id}/results", headers=built.bearer).json
    assert answer is not None
    assert (answer["strain"], answer["status"]) == ("HD-1", "completed")
    assert len(answer["toxins"]["toxins"]) == 3
    assert answer["scores"]["strains"][0]["strain"] == "HD-1"
    folders = {file["name"]: file["folder"] for file in answer["files"]}
    assert folders["All_Toxins.txt"] == "1_Toxin_Mining"
    assert folders["target_heatmap.svg"] == "3_Plots"
    for file in answer["files"]:
        got = client.get(f"/api/tasks/{built.task_id}/results/{file['name']}", headers=built.bearer)
        assert got.status_code == 200
        assert (len(got.data), hashlib.sha256(got.data).hexdigest()) == (file["size"], file["sha256"])
        assert got.headers["Content-Type"] == file["media_type"]


def test_a_genome_without_toxins_has_results(client: FlaskClient, site: Site) -> None:
    built = site.task(hits=0)
    answer = client.get(f"/api/tasks/{built.task_id}/results", headers=built.bearer)
    assert answer.status_code == 200
    assert (answer.json or {})["toxins"]["toxins"] == []


def test_a_failed_task_shows_what_was_made_before(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    answer = client.get(f"/api/tasks/{built.task_id}/results", headers=built.bearer).json
    assert answer is not None
    assert {file["stage"] for file in answer["files"]} == {"digger"}
    assert answer["toxins"] is not None
    assert answer["scores"] is None


@pytest.mark.parametrize("status", [TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.RUNNING])
def test_while_it_runs_there_are_none(client: FlaskClient, site: Site, status: TaskStatus) -> None:
    built = site.task(status)
    for call in ("results", "results/All_Toxins.txt", "bundle"):
        assert client.get(f"/api/tasks/{built.task_id}/{call}", headers=built.bearer).status_code == 409


@pytest.mark.parametrize(
    "name", ["nothing.txt", "log.txt", "sentinel.json", "..%2F..%2Ftask_meta.json", "%2e%2e", "a%00b", ".hidden"]
)
def test_no_other_file_can_be_reached(client: FlaskClient, site: Site, name: str) -> None:
    built = site.task()
    answer = client.get(f"/api/tasks/{built.task_id}/results/{name}", headers=built.bearer)
    assert answer.status_code == 404
    assert "token_hash" not in answer.text


def test_parts_of_a_file_can_be_fetched(client: FlaskClient, site: Site) -> None:
    built = site.task()
    address = f"/api/tasks/{built.task_id}/results/toxins.json"
    whole = client.get(address, headers=built.bearer)
    assert whole.headers["Accept-Ranges"] == "bytes"
    some = client.get(address, headers={**built.bearer, "Range": "bytes=10-19"})
    assert (some.status_code, some.data) == (206, whole.data[10:20])
    assert some.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    beyond = client.get(address, headers={**built.bearer, "Range": f"bytes={len(whole.data)}-"})
    assert beyond.status_code == 416
    assert (beyond.json or {})["code"] == 416
    same = client.get(address, headers={**built.bearer, "If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304


def test_the_bundle_is_a_zip_with_a_safe_name(client: FlaskClient, site: Site) -> None:
    built = site.task(filename='菌株 "x"\n.fna')
    answer = client.get(f"/api/tasks/{built.task_id}/bundle", headers=built.bearer)
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=x_{built.task_id}.zip"
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


@pytest.mark.parametrize("name", ["report.html", "target_heatmap.svg", "All_Toxins.txt"])
def test_no_script_of_a_result_ever_runs(client: FlaskClient, site: Site, name: str) -> None:
    built = site.task()
    answer = client.get(f"/api/tasks/{built.task_id}/results/{name}", headers=built.bearer)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_file_that_is_away_is_told_as_such(client: FlaskClient, site: Site) -> None:
    built = site.task()
    stage = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER)
    (stage.out / "All_Toxins.txt").unlink()
    answer = client.get(f"/api/tasks/{built.task_id}/results/All_Toxins.txt", headers=built.bearer)
    assert answer.status_code == 503
