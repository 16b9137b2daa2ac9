"""The one reader of documents: four answers, strict types, and nothing lost of what it does not know."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import CorruptRecord, NewerFormat
from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import TaskMeta, advance
from portal.files.document import parse_object, read_document, write_document
from portal.files.process_identity import Life
from portal.files.reports import Claim, JobExit, OutputFile, Sentinel
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.storage.codec import decode, encode, from_json, to_json
from portal.storage.file import FileTaskStore
from tests.builders import make_task_on_disk, task_meta

NOW = datetime(2026, 3, 5, tzinfo=UTC)
SENTINEL = Sentinel(
    PipelineStage.DIGGER, 0, "7", NOW, NOW + timedelta(seconds=9), (OutputFile("a.txt", 3, "0" * 64),), {"toxins": 2}
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "digger"
    folder.mkdir()
    return folder / "sentinel.json"


def test_what_was_written_is_read(path: Path) -> None:
    SENTINEL.write(path)
    assert Sentinel.read(path) == SENTINEL
    assert json.loads(path.read_text())["format"] == Sentinel.FORMAT


def test_absent_is_an_answer_of_its_own(path: Path) -> None:
    assert Sentinel.read(path) is None
    with pytest.raises(FileNotFoundError):
        read_document(path, Sentinel)


def written(path: Path, **changes: Any) -> None:
    SENTINEL.write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"exit_code": "0"},
        {"exit_code": True},
        {"exit_code": None},
        {"stage": "cooking"},
        {"stage": "shoter"},  # of another stage than its folder
        {"started_at": "yesterday"},
        {"started_at": "2026-03-05T00:00:00"},  # no zone
        {"started_at": "0001-01-01T00:00:00+14:00"},  # no sum with it is a date
        {"ended_at": 5},
        {"outputs": {"a.txt": 3}},
        {"outputs": [{"name": "../../secret", "size": 3, "sha256": "0" * 64}]},
        {"outputs": [{"name": "a.txt", "size": -3, "sha256": "0" * 64}]},
        {"outputs": [{"name": "a.txt", "size": 3, "sha256": "of another kind"}]},
        {"summary": "a lot"},
        {"job_id": "-u root"},
        {"job_id": 7},
        {"failure_kind": "bad luck"},
        {"usage": {"cpu_s": "much"}},
        {"format": 0},
        {"format": "1"},
        {"format": True},
    ],
)
def test_wrong_types_and_impossible_values_are_damage(path: Path, changes: dict[str, Any]) -> None:
    written(path, **changes)
    with pytest.raises(CorruptRecord):
        Sentinel.read(path)


def test_a_newer_format_is_the_fourth_answer(path: Path) -> None:
    written(path, format=Sentinel.FORMAT + 1, exit_code="renamed since")
    with pytest.raises(NewerFormat, match="newer version"):
        Sentinel.read(path)


def test_a_newer_field_of_the_same_format_is_passed_over(path: Path) -> None:
    written(path, mood="good", usage={"cpu_s": 1.5, "energy_j": 3})
    read = Sentinel.read(path)
    assert read is not None
    assert read.usage.cpu_s == 1.5


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 500,
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"exit_code": NaN}',
        b"\xff\xfe{}",
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b'{"summary": ' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"revision": ' + b"9" * 5000 + b"}",
        b'{"name": "\\ud800"}',
    ],
)
def test_text_that_is_no_object_is_damage(data: bytes) -> None:
    with pytest.raises(CorruptRecord):
        parse_object(data, name="it")


def test_brackets_in_text_are_no_depth() -> None:
    assert parse_object(b'{"text": "' + b"[" * 500 + b'\\"["}', name="it")["text"].startswith("[[[")


def test_what_is_too_large_is_not_read_to_its_end(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(10**12)  # a hole: takes no room
    with pytest.raises(CorruptRecord, match="more than"):
        Sentinel.read(path)


# -- unknown fields


def newer_record(task: TaskMeta) -> dict[str, Any]:
    """Return what a later version of the same format might keep: a field more at each place."""
    value = to_json(task)
    value["mood"] = {"of": "the task"}
    for place in [*value["attempts"], *value["stages"], *value["attempts"][0]["jobs"]]:
        place["mood"] = "good"
    return value


def test_a_save_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    task = make_task_on_disk(portal, TaskStatus.RUNNING).task
    meta = portal.task(task.task_id).meta
    before = json.loads(json.dumps(newer_record(task)))
    meta.write_text(json.dumps(before))
    store = FileTaskStore(portal)
    read = store.get(task.task_id)
    assert read.extra == {"mood": {"of": "the task"}}
    store.save(advance(read, now=NOW, progress=70))
    after = json.loads(meta.read_text())
    assert after == before | {"progress": 70, "revision": task.revision + 1}


def test_the_cache_keeps_it_too() -> None:
    task = from_json(newer_record(task_meta(TaskStatus.RUNNING)))
    assert decode(encode(task)) == task


def test_a_field_named_extra_is_nothing_special() -> None:
    value = to_json(task_meta()) | {"extra": {"status": "completed", "task_id": "../../../etc"}}
    task = from_json(value)
    assert task.extra == {}
    assert to_json(task)["task_id"] == value["task_id"]


def test_the_switches_keep_what_a_newer_version_set(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    portal.control.write_text('{"draining": true, "maintenance": {"until": "noon"}}')
    replace(Control.read(portal), notice="Back soon").write(portal)
    assert json.loads(portal.control.read_text())["maintenance"] == {"until": "noon"}


@pytest.mark.parametrize(
    "changes",
    [
        {"task_id": "../../../etc"},
        {"revision": 10**30},
        {"revision": 0},
        {"progress": 101},
        {"strain": "../x"},
        {"submission_time": "2026-03-05T00:00:00"},
        {"status": "done"},
        {"attempts": [{"number": "../../..", "reason": "first", "created_at": "2026-03-05T00:00:00Z"}]},
        {"attempts": [{"number": 7, "reason": "first", "created_at": "2026-03-05T00:00:00Z"}]},
        {"attempts": [{"number": 1, "reason": "first", "created_at": "2026-03-05T00:00:00Z", "reuse": {"digger": 1}}]},
        {"stages": [{"stage": "digger", "summary": []}]},
        {"token_hash": None},
    ],
)
def test_a_record_is_checked_before_paths_are_made_of_it(changes: dict[str, Any]) -> None:
    with pytest.raises(CorruptRecord):
        from_json(to_json(task_meta()) | changes)


def test_a_record_of_the_first_version_is_read() -> None:
    value = to_json(task_meta())
    del value["format"]
    value["schema"] = 1  # what the number was called, and never read
    assert from_json(value) == from_json(to_json(task_meta(task_id=value["task_id"])))


def test_documents_are_for_people_too(path: Path) -> None:
    write_document(path, JobExit(0, NOW, "completed"))
    assert path.read_text().splitlines()[0] == "{"
    assert path.read_text().endswith("}\n")


def test_a_claim_names_a_job_and_nothing_that_a_command_takes_for_an_option(tmp_path: Path) -> None:
    assert Claim.take(tmp_path / "claim", "4711")
    claim = Claim.read(tmp_path / "claim")
    assert claim is not None
    assert claim.identity.life is Life.ALIVE
    value = json.loads((tmp_path / "claim").read_text()) | {"job_id": "--user=root"}
    (tmp_path / "claim").write_text(json.dumps(value))
    with pytest.raises(CorruptRecord):
        Claim.read(tmp_path / "claim")
