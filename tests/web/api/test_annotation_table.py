"""The table of names, tags, notes and metadata of a submission: it goes in, comes out and goes in again."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.annotations import MOST_COLUMNS
from portal.files.document import write_document
from portal.results.tsv import unguarded
from portal.services import annotation_table
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import bearer


class Table:
    """The table of a submission's annotations."""

    def __init__(self, site: Site, client: FlaskClient, *labels: str) -> None:
        self.batch = Batch(site, *labels)
        for n, label in enumerate(labels, start=1):
            self.batch.put(n, filename=f"{label}.fna")
        self.client = client
        self.address = f"{self.batch.api}/annotations"

    def get(self, token: str = "", query: str = "") -> TestResponse:
        return self.client.get(self.address + query, headers=bearer(token or self.batch.token))

    def put(self, data: bytes | str, if_match: str | None = "*", charset: str = "", token: str = "") -> TestResponse:
        headers = bearer(token or self.batch.token) | ({} if if_match is None else {"If-Match": if_match})
        body = data if isinstance(data, bytes) else data.encode()
        kind = f"text/csv; charset={charset}" if charset else "text/csv"
        return self.client.put(self.address, data=body, content_type=kind, headers=headers)

    def of(self, n: int) -> dict[str, Any]:
        address = f"/api/tasks/{self.batch.task_id(n)}/annotations"
        told: dict[str, Any] = self.client.get(address, headers=bearer(self.batch.token)).get_json()
        return told


@pytest.fixture
def table(site: Site, client: FlaskClient) -> Table:
    return Table(site, client, "HD-1", "007", "=x")


def test_a_table_goes_in_and_comes_out_and_goes_in_again(table: Table) -> None:
    sent = table.put('label,name,tags,note,site,wert\n007,Bär,"soil; 北坡","a\nb",=1+1,007\nHD-1,,,,\'=2,1e5\n')
    assert (sent.status_code, sent.get_json()) == (200, {"changed": 2}), sent.text
    assert table.of(2)["metadata"] == {"site": "=1+1", "wert": "007"}
    assert (table.of(2)["name"], table.of(2)["tags"], table.of(2)["note"]) == ("Bär", ["soil", "北坡"], "a\nb")
    assert table.of(1)["metadata"] == {"site": "=2", "wert": "1e5"}, "the ' is a spreadsheet's guard"
    got = table.get()
    assert got.data.startswith(b"\xef\xbb\xbflabel,task_id,revision,name,tags,note,site,wert\r\n")
    assert b"'=1+1" in got.data
    again = table.put(got.data, None)
    assert (again.status_code, again.get_json()) == (200, {"changed": 0})
    assert table.get().data == got.data
    for separator in ("semicolon", "tab"):
        other = table.get(query=f"?separator={separator}").data
        assert table.put(other).get_json() == {"changed": 0}


def test_what_a_table_leaves_out_stays_and_an_empty_cell_empties(table: Table) -> None:
    table.put("label,name,tags,site\nHD-1,A,soil,north\n")
    table.put("label,site,year\nHD-1,,2026\n")
    told = table.of(1)
    assert (told["name"], told["tags"], told["metadata"]) == ("A", ["soil"], {"year": "2026"})


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("label;name\nHD-1;Bär\n".encode("utf-8-sig"), ""),
        ("label\tname\r\nHD-1\tBär\r\n".encode("utf-16"), ""),
        ("sep=;\r\nlabel;name\r\nHD-1;Bär\r\n".encode(), ""),
        ("label;name\nHD-1;Bär\n".encode("cp1252"), "windows-1252"),
        ('"label","name"\r"HD-1","Bär"\r'.encode(), ""),
        ("LABEL, Name ,,\nHD-1,Bär,,\n,,,\n\n".encode(), ""),
    ],
    ids=["semicolon", "utf16 tab", "sep line", "german", "old mac", "spaces and empty cells"],
)
def test_what_spreadsheets_write_is_read(table: Table, data: bytes, charset: str) -> None:
    answer = table.put(data, charset=charset)
    assert answer.status_code == 200, answer.text
    assert table.of(1)["name"] == "Bär"


def test_gbk_is_read_where_it_is_named_and_else_refused_with_words(table: Table) -> None:
    data = "label,name\nHD-1,苏云金\n".encode("gbk")
    refused = table.put(data)
    assert refused.status_code == 422
    assert "line 2" in refused.get_json()["message"]
    assert "UTF-8" in refused.get_json()["message"]
    assert table.put(data, charset="gbk").status_code == 200
    assert table.of(1)["name"] == "苏云金"
    headers = bearer(table.batch.token) | {"If-Match": "*"}
    sent = table.client.put(
        table.address, data=b"label,name\nHD-1,bytes\n", headers=headers, content_type="application/octet-stream"
    )
    assert (sent.status_code, table.of(1)["name"]) == (200, "bytes")
    sent = table.client.put(table.address, data=b"label,name\nHD-1,x\n", headers=headers, content_type="text/plain")
    assert sent.status_code == 415


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "line 1: the first column"),
        ("name,label\nA,HD-1\n", "line 1: the first column"),
        ("label\nHD-1\n", "line 1: the first column"),
        ("label,name\n", "no row"),
        ("label,name\nHD-2,A\n", "line 2: column label: no strain"),
        ("label,name\nHD-1,A\n\nHD-1,B\n", "line 4: column label: the same strain as in line 2"),
        ("label,name\nHD-1,A,B\n", "line 2: has 3 cells, while the header has 2"),
        ("label,name\nHD-1\n", "line 2: has 1 cells"),
        ('label,name\nHD-1,"A\n007,B\n', "line 2: the quotation marks"),
        ('label,note,tags\nHD-1,"a\nb",x\n007,,"' + "y" * 41 + '"\n', "line 4: column tags: must have at most 40"),
        ('label,site\nHD-1,"a\nb"\n', "line 2: column site: must not hold control"),
        ("label,site,site\nHD-1,1,2\n", "line 1: column site: the column site appears twice"),
        ("label,\x07\nHD-1,1\n", "line 1: column 2: must not hold control"),
        ("label,revision,name\nHD-1,x,A\n", "line 2: column revision: must be a whole number"),
        ("label,revision,name\nHD-1,4,A\n", "line 2: column revision: changed meanwhile"),
        (
            "label," + ",".join(f"c{n}" for n in range(41)) + "\nHD-1" + ",1" * 41 + "\n",
            "more than 40 metadata columns",
        ),
        ("label,name\nHD-1," + "x" * 10_000 + "\n", "line 2: column name: must have at most 200"),
        ("label,name\nHD-1," + "x" * 200_000 + "\n", "line 2: "),
        ("label,name\n007,good\nHD-1,a\0b\n", "line 3: "),
    ],
)
def test_a_wrong_table_is_refused_as_a_whole_with_line_and_column(table: Table, data: str, told: str) -> None:
    table.put("label,name\n007,before\n")
    answer = table.put(data)
    assert (answer.status_code, told in answer.get_json()["message"]) == (422, True), answer.text
    assert [table.of(n)["name"] for n in (1, 2)] == ["", "before"]


def test_a_header_of_too_many_columns_is_not_read(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noting(cell: str) -> str:
        read.append(cell)
        return unguarded(cell)

    monkeypatch.setattr(annotation_table, "unguarded", noting)
    answer = table.put("label," + ",".join(f"{n:x}" for n in range(200_000)) + "\n")
    assert (answer.status_code, "more than 40 metadata columns" in answer.get_json()["message"]) == (422, True)
    assert read == []


def test_label_and_task_id_must_name_one_strain(table: Table) -> None:
    ids = [table.batch.task_id(n) for n in (1, 2)]
    assert table.put(f"label,task_id,name\nHD-1,{ids[0]},A\n").status_code == 200
    assert "different strains" in table.put(f"label,task_id,name\nHD-1,{ids[1]},B\n").get_json()["message"]
    assert table.put(f"task_id,name\n{ids[0]},C\n").status_code == 200
    assert table.of(1)["name"] == "C"


def test_a_genome_that_never_came_can_be_left_empty_only(site: Site, client: FlaskClient) -> None:
    table = Table(site, client, "a", "b")
    waiting = Batch(site, "sent", "awaited", name="half")
    waiting.put(1)
    table.batch = waiting
    table.address = f"{waiting.api}/annotations"
    assert table.put("label,name\nsent,A\nawaited,\n").get_json() == {"changed": 1}
    assert "not been received" in table.put("label,name\nawaited,B\n").get_json()["message"]


def test_a_table_needs_the_revision_that_was_read(table: Table) -> None:
    assert table.put("label,name\nHD-1,A\n", None).status_code == 428
    etag = table.get().headers["ETag"]
    first = table.put("label,name\nHD-1,A\n", etag)
    assert first.status_code == 200
    assert table.put("label,name\nHD-1,B\n", etag).status_code == 412
    assert table.put("label,name\nHD-1,B\n", first.headers["ETag"]).status_code == 200
    old = table.get().data
    table.put("label,name\n007,other device\n")
    answer = table.put(old.replace(b",B,", b",C,"), None)
    assert (answer.status_code, "column revision" in answer.get_json()["message"]) == (422, True)
    assert [table.of(n)["name"] for n in (1, 2)] == ["B", "other device"]


def test_a_viewer_gets_the_table_without_notes_and_changes_nothing(table: Table) -> None:
    table.put("label,name,note\nHD-1,A,secret thought\n")
    seen = table.get(table.batch.view_token)
    assert (seen.status_code, b"secret thought" in seen.data, b"HD-1" in seen.data) == (200, False, True)
    assert seen.data.splitlines()[0].endswith(b"label,task_id,name,tags")
    assert table.put("label,name\nHD-1,B\n", token=table.batch.view_token).status_code == 404
    assert table.put(seen.data).get_json() == {"changed": 0}, "an owner may send a viewer's table: notes stay"


def test_rows_of_json_do_the_same(table: Table) -> None:
    def put(rows: Any) -> TestResponse:
        headers = bearer(table.batch.token) | {"If-Match": "*"}
        return table.client.put(table.address, json={"rows": rows}, headers=headers)

    good = put(
        [{"label": "HD-1", "name": "A", "tags": ["x"]}, {"task_id": table.batch.task_id(2), "metadata": {"s": "1"}}]
    )
    assert (good.status_code, good.get_json()) == (200, {"changed": 2}), good.text
    wrong = put([{"label": "HD-1", "name": "B"}, {"label": "nobody"}, {"label": "007", "tags": ["a,b"]}])
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["rows.1.label"])
    wrong = put(
        [{"label": "HD-1", "name": "B"}, {"label": "007", "tags": ["a,b"]}, {"label": "=x", "metadata": {"note": "1"}}]
    )
    assert list(wrong.get_json()["errors"]) == ["rows.1.tags", "rows.2.metadata.note"]
    for rows in (
        7,
        [],
        [7],
        [{"label": 7}],
        [{"label": "HD-1", "colour": "red"}],
        [{"label": "HD-1"}, {"label": "HD-1"}],
    ):
        assert put(rows).status_code == 422, rows
    assert table.of(1)["name"] == "A"


def test_all_strains_of_a_submission_share_its_columns(table: Table) -> None:
    columns = [f"c{n}" for n in range(MOST_COLUMNS)]
    assert table.put("label," + ",".join(columns) + "\nHD-1" + ",1" * MOST_COLUMNS + "\n").status_code == 200
    assert table.put("label,one more\n007,1\n").status_code == 422
    address = f"/api/tasks/{table.batch.task_id(2)}/annotations"
    headers = bearer(table.batch.token) | {"If-Match": "*"}
    assert table.client.patch(address, json={"metadata": {"one more": "1"}}, headers=headers).status_code == 422
    assert table.client.patch(address, json={"metadata": {"c0": "1"}}, headers=headers).status_code == 200


def test_a_disk_that_fills_half_way_leaves_the_table_as_it_was(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    table.put("label,name\nHD-1,before\n")
    written: list[Path] = []

    def full(path: Path, value: Any, *, durable: bool) -> None:
        written.append(path)
        if len(written) == 3:
            raise OSError(errno.EIO, "no")
        write_document(path, value, durable=durable)

    with monkeypatch.context() as patch:
        patch.setattr("portal.files.annotations.write_document", full)
        assert table.put("label,name\nHD-1,A\n007,B\n=x,C\n").status_code == 503
    assert [table.of(n)["name"] for n in (1, 2, 3)] == ["before", "", ""]
