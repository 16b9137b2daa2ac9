"""Tables as workbooks by API and pages: the same columns and values as in the other formats, and what they mean."""

from __future__ import annotations

import io
import json
import tempfile
from typing import IO, Any

import openpyxl
import pandas
import pytest
from flask.testing import FlaskClient

from portal.results.evidence_table import COLUMNS as EVIDENCE
from portal.results.tables import SAVED_AS, TABLES
from portal.results.toxin_table import NAMED_COLUMNS as TOXINS
from portal.web.api.table_formats import MEDIA_TYPES
from tests.builders import Site
from tests.web.api.announcing import announced, completed, item
from tests.web.batch import Batch

SHEET = MEDIA_TYPES["xlsx"]


def cells(data: bytes, sheet: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(data))[sheet].iter_rows(values_only=True))


def test_the_tables_of_a_submission_hold_what_json_holds(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("007"), item("1e5"), item("=1+1"), label="May 2027")
    completed(site, submission, 1)
    completed(site, submission, 2, hits=0)
    for table, columns in TABLES.items():
        address = f"{submission.url}/{table}?format="
        rows = client.get(f"{address}json", headers=submission.viewer).get_json()["rows"]
        answer = client.get(f"{address}xlsx", headers=submission.viewer)
        assert answer.content_type == SHEET
        assert f"{SAVED_AS[table]}_{submission.body['submission_id']}.xlsx" in answer.headers["Content-Disposition"]
        header, *written = cells(answer.data, table)
        assert header == tuple(columns)
        assert len(written) == len(rows)
        for line, row in zip(written, rows, strict=True):
            for name, value in zip(header, line, strict=True):
                if columns[name] != "time":
                    assert value == row[name], (table, name)
                else:
                    assert (value is None) == (row[name] is None), (table, name)
        told = {line[0]: line[1] for line in cells(answer.data, "about") if line[0]}
        assert told["Submission"] == f"May 2027 {submission.body['submission_id']}"
        assert told["Portal"].startswith("bttoxin-portal ")
        assert told["Reference and data"]
        assert set(columns) <= told.keys()
        assert all(told[name] for name in columns)
    answer = client.get(f"{submission.url}/tasks?format=xlsx", headers=submission.viewer)
    assert list(pandas.read_excel(io.BytesIO(answer.data), dtype=str)["label"]) == ["007", "1e5", "=1+1"]
    conditional = {**submission.viewer, "If-None-Match": answer.headers["ETag"]}
    assert client.get(f"{submission.url}/tasks?format=xlsx", headers=conditional).status_code == 304


@pytest.mark.parametrize(("table", "columns"), [("toxins", TOXINS), ("evidence", EVIDENCE)])
def test_the_tables_of_a_task_hold_what_json_holds(
    client: FlaskClient, site: Site, table: str, columns: tuple[str, ...]
) -> None:
    built = site.task()
    address = f"/api/tasks/{built.task_id}/{table}?format="
    document = json.loads(client.get(f"{address}json", headers=built.bearer).text)
    rows = document["toxins" if table == "toxins" else "rows"]
    answer = client.get(f"{address}xlsx", headers=built.bearer)
    assert (answer.status_code, answer.content_type) == (200, SHEET)
    header, *written = cells(answer.data, table)
    assert header == columns
    assert len(written) == len(rows) > 0
    for line, row in zip(written, rows, strict=True):
        for name, value in zip(header, line, strict=True):
            expected = row.get(name, document.get(name))
            expected = ";".join(expected) if isinstance(expected, list) else expected
            assert value == (None if expected == "" else expected), name
    told = {line[0] for line in cells(answer.data, "about")}
    assert {"Strain", "Task", "Completed (UTC)", "Portal", "Reference and data", *columns} <= told
    assert client.get(f"{address}xlsx", headers=built.bearer).data == answer.data
    etag = answer.headers["ETag"]
    assert client.get(f"{address}xlsx", headers={**built.bearer, "If-None-Match": etag}).status_code == 304


def test_the_about_sheet_is_in_the_language_of_the_reader(client: FlaskClient, site: Site) -> None:
    built = site.task()
    headers = {**built.bearer, "Accept-Language": "zh"}
    answer = client.get(f"/api/tasks/{built.task_id}/toxins?format=xlsx", headers=headers)
    assert {"菌株", "任务", "含义"} <= {word for line in cells(answer.data, "about") for word in line}
    assert cells(answer.data, "toxins")[0] == TOXINS


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_workbook_that_nobody_reads_leaves_no_open_file(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    made: list[IO[bytes]] = []
    temporary = tempfile.SpooledTemporaryFile

    def noting(**options: Any) -> IO[bytes]:
        made.append(temporary(**options))
        return made[-1]

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", noting)
    batch = Batch(site, "A")
    batch.put(1)
    headers = {"Authorization": f"Bearer {batch.token}"}
    answer = client.open(f"{batch.api}/toxins?format=xlsx", method=method, headers=headers, buffered=False)
    answer.close()
    assert (answer.status_code, [stream.closed for stream in made]) == (200, [True])


def test_a_workbook_in_another_language_is_another_one(client: FlaskClient, site: Site) -> None:
    batch = Batch(site, "A")
    batch.put(1)
    address, headers = f"{batch.api}/scores?format=xlsx", {"Authorization": f"Bearer {batch.token}"}
    etag = client.get(address, headers={**headers, "Accept-Language": "en"}).headers["ETag"]
    asked = [{**headers, "Accept-Language": lang, "If-None-Match": etag} for lang in ("en", "zh")]
    assert [client.get(address, headers=each).status_code for each in asked] == [304, 200]


def test_a_run_without_toxins_is_a_table_without_rows(client: FlaskClient, site: Site) -> None:
    built = site.task(hits=0)
    answer = client.get(f"/api/tasks/{built.task_id}/toxins?format=xlsx", headers=built.bearer)
    assert cells(answer.data, "toxins") == [TOXINS]
