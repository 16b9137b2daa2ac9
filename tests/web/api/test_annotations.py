"""Names, tags, notes and metadata of strains: who may change and see what; no device undoes another's change."""

from __future__ import annotations

import errno
import json
import threading
import unicodedata
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.annotations import MAX_NOTE, MOST_COLUMNS, MOST_TAGS
from portal.domain.errors import InvalidValue
from portal.domain.submission import clean_label
from portal.files.annotations import AnnotationFile
from portal.services import annotations as annotation_service
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import BuiltTask, Site
from tests.web.guests import bearer

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
