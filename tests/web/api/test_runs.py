"""Runs through the API: the list, the results of each, and who may read them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.services.submission_keys import Access
from tests.builders import SUBMITTED, BuiltTask, Site, run_again
from tests.web.api.schema_problems import problems


@pytest.fixture
def ran_twice(site: Site) -> BuiltTask:
    first = site.task(hits=3)
    return run_again(site.portal, first, hits=7, parameters={**first.task.parameters, "min_identity": 0.9})


def below(built: BuiltTask, run: int, room: str) -> str:
    return f"/api/tasks/{built.task_id}/runs/{run}/{room}"


def test_the_list_has_each_run_with_its_settings(client: FlaskClient, ran_twice: BuiltTask) -> None:
    answer = client.get(f"/api/tasks/{ran_twice.task_id}/runs", headers=ran_twice.bearer).json
    assert answer is not None
    first, second = answer["runs"]
    assert (first["number"], first["attempt"], first["status"], first["removed_at"]) == (1, 1, "completed", None)
    assert (first["parameters"]["min_identity"], second["parameters"]["min_identity"]) == (0.8, 0.9)
    assert first["completed_at"] < second["completed_at"]
    record = client.get(f"/api/tasks/{ran_twice.task_id}", headers=ran_twice.bearer).json
    assert record is not None
    assert (record["run"], record["good_run"], record["status"]) == (2, 2, "completed")


def test_each_run_has_its_own_files(client: FlaskClient, ran_twice: BuiltTask) -> None:
    for run, hits in ((1, 3), (2, 7)):
        results = client.get(below(ran_twice, run, "results"), headers=ran_twice.bearer).json
        assert results is not None
        assert (len(results["toxins"]["toxins"]), results["status"]) == (hits, "completed")
        table = client.get(below(ran_twice, run, "toxins?format=json"), headers=ran_twice.bearer).json
        assert table is not None
        assert len(table["toxins"]) == hits
        rows = client.get(below(ran_twice, run, "results/All_Toxins.txt"), headers=ran_twice.bearer).text
        assert len(rows.splitlines()) == hits + 1
        bundle = client.get(below(ran_twice, run, "bundle"), headers=ran_twice.bearer)
        assert f"_run{run}.zip" in bundle.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
            assert f"{hits} toxins" in archive.read("4_Report/report.html").decode()
        part = client.get(below(ran_twice, run, "bundle"), headers={**ran_twice.bearer, "Range": "bytes=0-3"})
        assert (part.status_code, part.data) == (206, b"PK\x03\x04")
        assert client.get(below(ran_twice, run, "evidence"), headers=ran_twice.bearer).status_code == 200


@pytest.mark.parametrize("status", [TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.FAILED])
def test_the_earlier_run_is_read_while_the_next_works_and_after_it_failed(
    site: Site, client: FlaskClient, status: TaskStatus
) -> None:
    built = run_again(site.portal, site.task(hits=3), status)
    record = client.get(f"/api/tasks/{built.task_id}", headers=built.bearer).json
    assert record is not None
    assert (record["run"], record["good_run"], record["status"]) == (2, 1, status)
    listed = client.get(f"/api/tasks/{built.task_id}/runs", headers=built.bearer).json
    assert listed is not None
    assert [(run["number"], run["status"]) for run in listed["runs"]] == [(1, "completed"), (2, status)]
    results = client.get(below(built, 1, "results"), headers=built.bearer).json
    assert results is not None
    assert results["status"] == "completed"
    answer = client.get(below(built, 2, "results"), headers=built.bearer)
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["type"].endswith("results.no_such_run")


def test_a_task_without_results_names_the_run_that_has_some(site: Site, client: FlaskClient) -> None:
    built = run_again(site.portal, site.task(hits=3), TaskStatus.RUNNING)
    for room in ("results", "bundle", "toxins"):
        answer = client.get(f"/api/tasks/{built.task_id}/{room}", headers=built.bearer)
        assert answer.status_code == 409
        assert answer.json is not None
        assert (answer.json["type"], answer.json["params"]) == ("/errors/results.of_earlier_run", {"number": 1})
        assert "/runs/1" in answer.json["message"]


def test_a_removed_run_is_told_from_one_that_never_was(site: Site, client: FlaskClient) -> None:
    built = run_again(site.portal, site.task())
    runs = (replace(built.task.runs[0], removed_at=SUBMITTED),)
    run_again(site.portal, replace(built, task=replace(built.task, runs=runs)))
    answer = client.get(below(built, 1, "bundle"), headers=built.bearer)
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["params"] == {"number": 1, "date": f"{SUBMITTED:%Y-%m-%d}"}
    listed = client.get(f"/api/tasks/{built.task_id}/runs", headers=built.bearer).json
    assert listed is not None
    assert [bool(run["removed_at"]) for run in listed["runs"]] == [True, False, False]


def test_a_run_is_open_to_whom_the_task_is_open(site: Site, client: FlaskClient, ran_twice: BuiltTask) -> None:
    view = {"Authorization": f"Bearer {site.tasks.token(ran_twice.task, Access.VIEW)}"}
    other = site.task().bearer
    for room in ("results", "results/All_Toxins.txt", "toxins", "evidence", "bundle"):
        address = below(ran_twice, 1, room)
        assert client.get(address, headers=view).status_code == 200
        assert client.get(address, headers=other).status_code == 404
        assert client.get(address).status_code == 401


def test_a_file_of_an_earlier_run_that_was_changed_is_not_served(
    site: Site, client: FlaskClient, ran_twice: BuiltTask
) -> None:
    [path] = site.portal.task(ran_twice.task_id).path.glob("attempts/1/*/out/bundle.zip")
    path.write_bytes(path.read_bytes()[::-1])
    assert client.get(below(ran_twice, 1, "bundle"), headers=ran_twice.bearer).status_code == 503
    assert client.get(below(ran_twice, 2, "bundle"), headers=ran_twice.bearer).status_code == 200


def test_what_changed_is_told_as_described(site: Site, client: FlaskClient, ran_twice: BuiltTask) -> None:
    answer = client.get(below(ran_twice, 1, "changes"), headers=ran_twice.bearer)
    document = answer.json
    assert document is not None
    assert (document["before"], document["after"], document["extent"]) == (1, 2, "results")
    assert [(change["name"], change["before"], change["after"]) for change in document["settings"]] == [
        ("min_identity", 0.8, 0.9)
    ]
    assert {change["fate"] for change in document["genes"]} == {"new"}
    back = client.get(below(ran_twice, 2, "changes?to=1"), headers=ran_twice.bearer).json
    assert back is not None
    assert {change["fate"] for change in back["genes"]} == {"gone"}
    assert back["conclusion"] is None or back["conclusion"]["after"] == document["conclusion"]["before"]
    spec = client.get("/api/openapi.json").json or {}
    assert problems(spec, "ChangesDocument", document) == []
    for wrong, status in (("?to=3", 404), ("?to=x", 422)):
        answer = client.get(below(ran_twice, 1, f"changes{wrong}"), headers=ran_twice.bearer)
        assert answer.status_code == status
    assert client.get(below(ran_twice, 1, "changes")).status_code == 401


def test_a_damaged_document_is_not_compared(site: Site, client: FlaskClient, ran_twice: BuiltTask) -> None:
    [path] = site.portal.task(ran_twice.task_id).path.glob("attempts/1/*/out/toxins.json")
    path.write_bytes(path.read_bytes()[::-1])
    assert client.get(below(ran_twice, 1, "changes"), headers=ran_twice.bearer).status_code == 503
