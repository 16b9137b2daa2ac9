"""What is fetched of a submission: the bundles of its tasks as one ZIP, and its tables."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pyarrow.parquet
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.status import TaskStatus
from portal.results.tables import TABLES
from tests.builders import Site
from tests.web.api.announcing import announced, completed, item

_OTHER = b">plasmid\nACGTACGTTTGACA\n"


def test_one_zip_holds_the_bundle_of_each_completed_task_and_serves_ranges(
    client: FlaskClient, site: Site, tmp_path: Path
) -> None:
    submission = announced(client, item("a"), item("b"), item("c"), label="May 2027")
    assert client.get(f"{submission.url}/bundle", headers=submission.viewer).status_code == 409
    completed(site, submission, 1)
    completed(site, submission, 3)
    whole = client.get(f"{submission.url}/bundle", headers=submission.viewer)
    (tmp_path / "whole.zip").write_bytes(whole.data)
    unzip = ["unzip", "-tq", str(tmp_path / "whole.zip")]
    assert subprocess.run(unzip, check=False, capture_output=True, timeout=60).returncode == 0
    with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
        assert archive.testzip() is None
        tops = archive.namelist()
        names = [name.rpartition("/")[2] for name in tops]
        sums = archive.read(archive.namelist()[-1]).decode()
        members = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert names[-3:] == ["README.md", "README.zh.md", "SHA256SUMS"]
    assert len(names) == 5
    assert {name.partition("/")[0] for name in tops} == {f"May_2027_{submission.body['submission_id']}"}
    assert "# Results of 2 genomes" in members["README.md"].decode()
    assert "# 2 个基因组的结果" in members["README.zh.md"].decode()
    for line in sums.splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(members[name]).hexdigest() == digest
    etag = whole.headers["ETag"]
    part = client.get(
        f"{submission.url}/bundle", headers={**submission.viewer, "Range": "bytes=100-299", "If-Range": etag}
    )
    assert (part.status_code, part.data) == (206, whole.data[100:300])
    tail = client.get(
        f"{submission.url}/bundle", headers={**submission.viewer, "Range": f"bytes=-{len(whole.data) + 5}"}
    )
    assert (tail.status_code, tail.data) == (206, whole.data)
    stale = client.get(
        f"{submission.url}/bundle", headers={**submission.viewer, "Range": "bytes=1-2", "If-Range": '"old"'}
    )
    assert (stale.status_code, stale.data) == (200, whole.data)
    beyond = client.get(f"{submission.url}/bundle", headers={**submission.viewer, "Range": "bytes=99999999-"})
    assert (beyond.status_code, (beyond.json or {})["code"]) == (416, 416)
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole.data)}"
    assert (
        client.get(f"{submission.url}/bundle", headers={**submission.viewer, "If-None-Match": etag}).status_code == 304
    )


def test_the_tables_hold_every_genome_with_types_that_stay(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("007"), item("NA"), item("no toxins"), item("awaited"))
    completed(site, submission, 1)
    site.task(TaskStatus.FAILED, task_id=submission.task_id(2), submission=submission.body["submission_id"])
    completed(site, submission, 3, hits=0)

    def table(name: str, wanted: str = "json") -> TestResponse:
        return client.get(f"{submission.url}/{name}", query_string={"format": wanted}, headers=submission.viewer)

    tasks = table("tasks").get_json()["rows"]
    assert [(row["label"], row["status"], row["toxins"]) for row in tasks] == [
        ("007", "completed", 7),
        ("NA", "failed", None),
        ("no toxins", "completed", 0),
        ("awaited", "awaited", None),
    ]
    assert tasks[0]["conclusion"]
    assert tasks[1]["message"]
    toxins = table("toxins").get_json()["rows"]
    assert {row["label"] for row in toxins} == {"007"}
    assert all(0 <= row["identity_percent"] <= 100 for row in toxins)
    for name, columns in TABLES.items():
        rows = table(name).get_json()["rows"]
        assert [list(row) for row in rows] == [list(columns)] * len(rows), name
        lines = table(name, "ndjson").text.splitlines()
        assert [json.loads(line) for line in lines] == rows
        header, *written = csv.reader(io.StringIO(table(name, "csv").text))
        assert (header, len(written)) == (list(columns), len(rows))
        parquet = pyarrow.parquet.read_table(io.BytesIO(table(name, "parquet").data))
        assert parquet.column_names == list(columns)
        assert parquet.column("label").to_pylist() == [row["label"] for row in rows]
    etag = table("scores").headers["ETag"]
    again = client.get(f"{submission.url}/scores", headers={**submission.viewer, "If-None-Match": etag})
    assert again.status_code == 304
    assert client.get(f"{submission.url}/scores?format=xls", headers=submission.viewer).status_code == 422
