"""Results: the list, single files, ranges, the bundle, and what a browser may do with them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage, TaskStatus
from portal.results.toxin_table import FORMATS, NAMED_COLUMNS
from tests.builders import BuiltTask, Site, rewrite_result
from tests.pipeline.plots.result_files import toxin


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
    for call in ("results", "results/All_Toxins.txt", "toxins", "bundle"):
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


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "letters=0-5", "bytes=five"])
def test_ranges_that_are_not_served_are_ignored(client: FlaskClient, site: Site, wanted: str) -> None:
    """RFC 9110, 14.2: the whole file is an answer, 416 is for one range that lies outside."""
    built = site.task()
    address = f"/api/tasks/{built.task_id}/results/toxins.json"
    answer = client.get(address, headers={**built.bearer, "Range": wanted})
    assert answer.status_code == 200
    assert answer.data == client.get(address, headers=built.bearer).data


def _spoil(site: Site, built: BuiltTask, **changes: Any) -> None:
    """Change the first gene of a task."""
    path = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER).out / "toxins.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["toxins"][0].update(changes)
    rewrite_result(path, json.dumps(data).encode())


def test_the_toxin_table_is_the_same_in_three_formats(client: FlaskClient, site: Site) -> None:
    built = site.task(hits=7)
    address = f"/api/tasks/{built.task_id}/toxins"
    answers = {name: client.get(f"{address}?format={name}", headers=built.bearer) for name in FORMATS}
    for name, answer in answers.items():
        assert answer.headers["Content-Type"] == FORMATS[name]
        said = answer.headers["Content-Disposition"]
        assert said == f"attachment; filename=HD-1_{built.task_id}_toxins.{name}"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        again = client.get(
            f"{address}?format={name}", headers={**built.bearer, "If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")
    by_commas = list(csv.DictReader(io.StringIO(answers["csv"].text, newline="")))
    by_tabs = list(csv.DictReader(io.StringIO(answers["tsv"].text), delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = (answers["json"].json or {})["toxins"]
    assert by_commas == by_tabs
    assert len(rows) == len(by_commas) == 7
    assert [list(row) for row in rows] == [list(NAMED_COLUMNS)] * 7
    assert [row["start"] for row in rows] == [int(row["start"]) for row in by_commas]
    assert {row["strand"] for row in by_commas} == {"forward", "reverse"}
    assert by_commas[4]["partial"] == "yes"
    genes = [(row["locus"], row["verdict"]) for row in by_commas[:5]]
    assert genes == [("L1", "intact"), ("L2", "intact"), ("L3", "frameshift"), ("L4", "intact"), ("L5", "edge")]
    assert by_commas[0]["domains"] == "Endotoxin_N:20-120;Endotoxin_M:130-220"
    assert client.get(address, headers=built.bearer).data == answers["csv"].data
    assert client.get(f"{address}?format=xls", headers=built.bearer).status_code == 422


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
def test_no_cell_is_a_formula(client: FlaskClient, site: Site, evil: str) -> None:
    built = site.task(hits=3)
    _spoil(site, built, contig=evil, hit={**toxin(0)["hit"], "name": evil}, ties=[evil])
    for name, dialect in (("csv", csv.excel), ("tsv", csv.excel_tab)):
        answer = client.get(f"/api/tasks/{built.task_id}/toxins?format={name}", headers=built.bearer)
        rows = list(csv.reader(io.StringIO(answer.text, newline=""), dialect))
        assert {len(row) for row in rows} == {len(NAMED_COLUMNS)}
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    raw = client.get(f"/api/tasks/{built.task_id}/toxins?format=json", headers=built.bearer).json or {}
    assert raw["toxins"][0]["contig"] == evil


def test_a_cell_with_tabs_and_breaks_stays_one_cell(client: FlaskClient, site: Site) -> None:
    built = site.task(hits=3)
    _spoil(site, built, contig='a\tb\r\nc "d", e')
    by_commas = client.get(f"/api/tasks/{built.task_id}/toxins?format=csv", headers=built.bearer).text
    assert next(csv.DictReader(io.StringIO(by_commas, newline="")))["contig"] == 'a\tb\r\nc "d", e'
    by_tabs = client.get(f"/api/tasks/{built.task_id}/toxins?format=tsv", headers=built.bearer).text
    assert [len(line.split("\t")) for line in by_tabs.splitlines()] == [len(NAMED_COLUMNS)] * 4
    rows = csv.DictReader(io.StringIO(by_tabs, newline=""), delimiter="\t")
    assert next(rows)["contig"] == 'a b c "d", e'


def test_the_table_names_what_was_not_scored_and_is_empty_where_nothing_was_found(
    client: FlaskClient, site: Site
) -> None:
    built = site.task(hits=7)
    scores = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    data = json.loads(scores.read_text(encoding="utf-8"))
    hit = data["strains"][0]["hits"][0]
    hit["dropped_reason"] = "too far away"
    hit.pop("dropped", None)
    rewrite_result(scores, json.dumps(data).encode())
    rows = (client.get(f"/api/tasks/{built.task_id}/toxins?format=json", headers=built.bearer).json or {})["toxins"]
    assert next(row for row in rows if row["protein_id"] == hit["protein_id"])["not_scored"] == "too far away"
    nothing = site.task(hits=0)
    answer = client.get(f"/api/tasks/{nothing.task_id}/toxins", headers=nothing.bearer)
    assert answer.text == ",".join(NAMED_COLUMNS) + "\r\n"
    failed = site.task(TaskStatus.FAILED)
    assert client.get(f"/api/tasks/{failed.task_id}/toxins", headers=failed.bearer).status_code == 200


def test_the_bundle_is_a_zip_with_a_safe_name(client: FlaskClient, site: Site) -> None:
    built = site.task(filename='菌株 "x"\n.fna')
    answer = client.get(f"/api/tasks/{built.task_id}/bundle", headers=built.bearer)
    assert answer.mimetype == "application/zip"
    # What is left of the name in ASCII, and a mark that tells it from others of which as little is left.
    disposition = answer.headers["Content-Disposition"]
    assert re.fullmatch(rf"attachment; filename=x_[0-9a-f]{{6}}_{built.task_id}\.zip", disposition)
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
