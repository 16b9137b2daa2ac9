"""Names, tags, notes and metadata of strains: who may change and see what; no device undoes another's change."""

from __future__ import annotations

import errno
import json
import threading
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.annotations import MAX_NOTE, MOST_COLUMNS, MOST_TAGS
from portal.domain.errors import InvalidValue
from portal.domain.submission import clean_label
from portal.files.annotations import AnnotationFile
from portal.files.document import write_document
from portal.results.tsv import unguarded
from portal.services import annotation_table
from portal.services import annotations as annotation_service
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import BuiltTask, Site
from tests.web.pages.test_submission_page import Batch

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x>",
    "=1+1",
    "'=1+1",
    "@SUM(A1)",
    "007",
    "1e5",
    "NA",
    "מבחן עברית",
]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Strain:
    """One task as its owner and as a viewer sees it."""

    def __init__(self, client: FlaskClient, built: BuiltTask, view_token: str) -> None:
        self.client, self.built, self.view_token = client, built, view_token
        self.address = f"/api/tasks/{built.task_id}/annotations"

    def get(self, token: str = "") -> TestResponse:
        return self.client.get(self.address, headers=bearer(token or self.built.token))

    def send(self, method: str, body: Any, if_match: str | None = "*", token: str = "") -> TestResponse:
        headers = bearer(token or self.built.token) | ({} if if_match is None else {"If-Match": if_match})
        return self.client.open(self.address, method=method, json=body, headers=headers)


@pytest.fixture
def strain(site: Site, client: FlaskClient) -> Strain:
    built = site.task()
    return Strain(client, built, context_of(site.app).tasks.shares.token(built.task, Access.VIEW))


def test_the_owner_writes_and_a_viewer_sees_all_but_the_note(strain: Strain) -> None:
    before = strain.get()
    assert (before.status_code, before.headers["ETag"], before.get_json()["revision"]) == (200, '"0"', 0)
    body = {
        "name": " Ba\u0308r 7 ",
        "tags": ["soil", "Soil", "北坡"],
        "note": "line 1\r\nline 2",
        "metadata": {"site": "007"},
    }
    sent = strain.send("PUT", body, '"0"')
    assert sent.status_code == 200, sent.text
    told = sent.get_json()
    assert (told["name"], told["tags"], told["note"]) == ("Bär 7", ["soil", "北坡"], "line 1\nline 2")
    assert (told["metadata"], told["revision"], sent.headers["ETag"]) == ({"site": "007"}, 1, '"1"')
    assert told["label"] == strain.built.task.filename, "nothing replaces the label"
    assert strain.get().get_json() == told
    seen = strain.get(strain.view_token).get_json()
    assert seen == {**told, "note": None}
    for method in ("PUT", "PATCH"):
        assert strain.send(method, {"name": "mine"}, token=strain.view_token).status_code == 404
    assert strain.get().get_json() == told


def test_put_replaces_and_patch_keeps_what_it_leaves_out(strain: Strain) -> None:
    strain.send("PUT", {"name": "A", "tags": ["x"], "metadata": {"site": "1", "host": "moth"}})
    told = strain.send("PATCH", {"metadata": {"site": None, "year": "2026"}}).get_json()
    assert (told["name"], told["tags"], told["metadata"]) == ("A", ["x"], {"host": "moth", "year": "2026"})
    told = strain.send("PUT", {"name": "B"}).get_json()
    assert (told["name"], told["tags"], told["metadata"], told["revision"]) == ("B", [], {}, 3)
    same = strain.send("PATCH", {"name": "B"}).get_json()
    assert same["revision"] == 3, "nothing changed, so that other devices have nothing to load"


def test_two_devices_never_overwrite_each_other_silently(strain: Strain) -> None:
    assert strain.send("PATCH", {"name": "first"}, '"0"').status_code == 200
    late = strain.send("PATCH", {"name": "second"}, '"0"')
    assert (late.status_code, late.get_json()["type"]) == (412, "/errors/annotation.changed")
    without = strain.send("PATCH", {"name": "second"}, None)
    assert (without.status_code, without.get_json()["type"]) == (428, "/errors/annotation.no_condition")
    assert strain.get().get_json()["name"] == "first"
    assert strain.send("PATCH", {"name": "second"}, 'W/"1"').status_code == 200, "a proxy may weaken an ETag"


def test_of_many_devices_at_once_one_wins_each_time(site: Site, strain: Strain) -> None:
    answers: list[int] = []

    def write(number: int) -> None:
        mine = Strain(site.app.test_client(), strain.built, "")
        answers.append(mine.send("PATCH", {"metadata": {f"c{number}": "1"}}, '"0"').status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200] + [412] * 7
    assert len(strain.get().get_json()["metadata"]) == 1


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "x" * 201}, "name", "annotation.too_long"),
        ({"name": "a\nb"}, "name", "value.control"),
        ({"name": "a\u2028b"}, "name", "value.control"),
        ({"name": 7}, "name", "value.text"),
        ({"note": "x" * (MAX_NOTE + 1)}, "note", "annotation.too_long"),
        ({"note": "\x1b[31m"}, "note", "value.control"),
        ({"tags": [str(n) for n in range(MOST_TAGS + 1)]}, "tags", "annotation.too_many_tags"),
        ({"tags": ["x" * 41]}, "tags", "annotation.too_long"),
        ({"tags": ["a;b"]}, "tags", "annotation.tag"),
        ({"tags": [" "]}, "tags", "value.empty"),
        ({"tags": "soil"}, "tags", "value.list"),
        ({"metadata": {str(n): "x" for n in range(MOST_COLUMNS + 1)}}, "metadata", "annotation.too_many_columns"),
        ({"metadata": {"Label": "x"}}, "metadata.Label", "annotation.fixed_column"),
        ({"metadata": {"a": "x" * 201}}, "metadata.a", "annotation.too_long"),
        ({"metadata": {"a\u0308": "1", "ä": "2"}}, "metadata.ä", "annotation.same_column"),
        ({"colour": "red"}, "colour", "field.unknown"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_left(strain: Strain, body: Any, field: str, code: str) -> None:
    answer = strain.send("PATCH", body)
    details = {each["field"]: each["type"] for each in answer.get_json()["details"]}
    assert (answer.status_code, details) == (422, {field: f"/errors/{code}"})
    assert strain.get().get_json()["revision"] == 0


def test_long_text_is_refused_before_it_is_normalised(strain: Strain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks in the wrong order take time that grows with the square of their number: minutes for two megabytes."""
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def noting(form: Literal["NFC"], text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", noting)
    marks = "a" + "\u0301\u0316" * 12_000
    for body in ({"name": marks}, {"note": marks}, {"metadata": {marks: "x"}}, {"tags": [marks]}):
        answer = strain.send("PATCH", body)
        assert (answer.status_code, answer.get_json()["details"][0]["type"]) == (422, "/errors/annotation.too_long")
    with pytest.raises(InvalidValue):
        clean_label(marks)
    assert max(lengths, default=0) < len(marks)
    assert strain.send("PATCH", {"name": "\u03b1\u0313\u0301\u0345" * 200}).get_json()["name"] == "\u1f84" * 200


def test_hostile_text_stays_text_and_reorders_nothing(strain: Strain) -> None:
    values = {f"c{place}": text for place, text in enumerate(HOSTILE)}
    told = strain.send("PUT", {"name": "abc\u202egpj.exe\u2066", "metadata": values}).get_json()
    assert told["name"] == "abcgpj.exe"
    assert told["metadata"] == values


def test_what_nobody_can_write_down_changes_nothing(strain: Strain, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.EIO, "no")

    strain.send("PUT", {"name": "kept"})
    with monkeypatch.context() as patch:
        patch.setattr("portal.files.annotations.write_document", full)
        assert strain.send("PUT", {"name": "lost"}).status_code == 503
    assert strain.get().get_json()["name"] == "kept"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[", b'{"format": 1, "revision": 1}', b"\0" * 100],
    ids=["empty", "fields", "cut", "few", "zeros"],
)
def test_damage_hides_no_result_and_can_be_written_over(site: Site, strain: Strain, content: bytes) -> None:
    strain.send("PUT", {"name": "kept"})
    file = site.portal.task(strain.built.task_id).path / "annotations" / "annotations.json"
    file.write_bytes(content)
    told = strain.get().get_json()
    assert (told["name"], told["revision"]) == ("", 0)
    assert (
        strain.client.get(f"/api/tasks/{strain.built.task_id}", headers=bearer(strain.built.token)).status_code == 200
    )
    assert strain.send("PUT", {"name": "again"}, '"1"').status_code == 412
    assert strain.send("PUT", {"name": "again"}, '"0"').get_json()["name"] == "again"


def test_whenever_a_damaged_file_is_replaced_further_changes_can_be_read(
    site: Site, strain: Strain, monkeypatch: pytest.MonkeyPatch
) -> None:
    strain.send("PUT", {"name": "before"})
    AnnotationFile(site.portal.task(strain.built.task_id).path).path.write_bytes(b"{")
    monkeypatch.setattr(annotation_service, "time", SimpleNamespace(time=lambda: 1_999_999_999.0))
    for name in ("one", "two", "three"):
        assert strain.send("PATCH", {"name": name}).status_code == 200
        assert strain.get().get_json()["name"] == name


def test_text_that_no_owner_could_write_is_not_believed(site: Site, strain: Strain) -> None:
    strain.send("PUT", {"name": "kept"})
    file = site.portal.task(strain.built.task_id).path / "annotations" / "annotations.json"
    record = json.loads(file.read_bytes())
    for change in (
        {"name": "a\u202eb"},
        {"metadata": [["label", "x"]]},
        {"metadata": [["a", "1"], ["a", "2"]]},
        {"tags": ["a;b"]},
    ):
        file.write_text(json.dumps({**record, **change}))
        assert strain.get().get_json()["revision"] == 0
    file.write_text(json.dumps({**record, "format": 2}))
    assert strain.send("PUT", {"name": "again"}).status_code == 503, "a newer version's is never replaced"
    assert json.loads(file.read_bytes())["format"] == 2


# -- a submission


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
