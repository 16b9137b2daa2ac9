"""Records in memory: never another one than the file's, and no more of them than allowed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.domain.errors import CorruptRecord
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.storage.codec import encode
from portal.storage.file import FileTaskStore
from portal.storage.remembered import RememberedRecords
from tests.unit.records import task


def an_hour_later() -> float:
    return time.time() + 3600


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "task_meta.json"
    path.write_bytes(encode(task()))
    return path


def reading(path: Path) -> TaskMeta:
    return task(filename=path.name, strain="s")


def put_in_place(path: Path, content: bytes) -> None:
    """Replace a file as the portal does, with the size and the times of the old one."""
    old = path.stat()
    new = path.with_suffix(".new")
    new.write_bytes(content.ljust(old.st_size)[: old.st_size])
    os.utime(new, ns=(old.st_atime_ns, old.st_mtime_ns))
    new.rename(path)


def another_file(path: Path) -> None:
    put_in_place(path, b"other")


def the_same_file_written_again(path: Path) -> None:
    path.write_bytes(path.read_bytes())


def gone(path: Path) -> None:
    path.unlink()


def a_symlink_to_itself_elsewhere(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_an_unchanged_file_is_remembered(record: Path) -> None:
    kept = RememberedRecords(8, clock=an_hour_later)
    read = kept.read(record, reading)
    assert kept.get(record) is read


@pytest.mark.parametrize(
    "change", [another_file, the_same_file_written_again, gone, a_symlink_to_itself_elsewhere, a_fifo]
)
def test_a_changed_file_is_not(record: Path, change: Callable[[Path], None]) -> None:
    kept = RememberedRecords(8, clock=an_hour_later)
    kept.read(record, reading)
    change(record)
    assert kept.get(record) is None
    assert kept.get(record) is None


def test_a_file_that_changes_while_it_is_read_is_not_remembered(record: Path) -> None:
    kept = RememberedRecords(8, clock=an_hour_later)

    def read(path: Path) -> TaskMeta:
        another_file(path)
        return task()

    kept.read(record, read)
    assert kept.get(record) is None


def test_a_file_of_this_moment_is_not_remembered(record: Path) -> None:
    kept = RememberedRecords(8)
    kept.read(record, reading)
    assert kept.get(record) is None


def test_the_records_used_last_are_kept(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    kept = RememberedRecords(2, clock=an_hour_later)
    for path in paths[:2]:
        path.write_bytes(b"1")
        kept.read(path, reading)
    assert kept.get(paths[0]) is not None
    paths[2].write_bytes(b"1")
    kept.read(paths[2], reading)
    assert [kept.get(path) is not None for path in paths] == [True, False, True]


def test_a_damaged_record_is_damaged_however_often_it_is_read(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    folder = portal.task("abcdefghijkl")
    folder.path.mkdir()
    folder.meta.write_bytes(b"{")
    store = FileTaskStore(portal, remember=8)
    for _ in range(2):
        with pytest.raises(CorruptRecord):
            store.get("abcdefghijkl")
        assert store.remembered("abcdefghijkl") is None
