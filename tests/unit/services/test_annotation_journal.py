"""A table of annotations is taken as a whole or not at all, wherever its writer dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from portal.domain.errors import NotReady
from portal.files.annotation_journal import AnnotationChanges, AnnotationJournal
from portal.files.annotations import AnnotationFile, AnnotationRecord, annotations_locked
from portal.files.document import write_document
from portal.files.reports import utc_now
from portal.files.taskdir import PortalDir
from portal.services.annotations import StrainChange
from tests.unit.services.annotation_kills import SUBMISSION, TASKS, left_over, names, new_folder, service, write_table

BEFORE = ["before", "", ""]
AFTER = ["new a", "new b", "new c"]


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    new_folder(tmp_path / "jobs")
    return tmp_path / "jobs"


def record(name: str, revision: int = 2) -> AnnotationRecord:
    return AnnotationRecord(revision, name, (), "", (), utc_now(), "me")


def leave(jobs: Path, **coming: AnnotationRecord) -> Path:
    """Leave what a process leaves that is killed as soon as its table is on the disk."""
    path = PortalDir(jobs).own / "annotations" / f"{SUBMISSION.submission_id}.json"
    path.parent.mkdir(exist_ok=True)
    write_document(path, AnnotationChanges(tuple(coming.items())))
    return path


def test_killed_before_any_change_of_a_file_the_table_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.services.annotation_kills", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(seen) > 10, "each strain's file is a change, and so is what makes them one"
    assert {line[3] for line in seen} == {"[]"}, "nothing is left over"
    found = [line[2] for line in seen]
    assert set(found) == {str(BEFORE), str(AFTER)}
    assert found == sorted(found, key=str(AFTER).__eq__), "once it has happened it is never undone"
    assert [line[1] for line in seen] == ["True"] * (len(seen) - 1) + ["False"]


def test_the_next_writer_finishes_it_first(jobs: Path) -> None:
    leave(jobs, **{TASKS[0]: record("left"), TASKS[1]: record("left", 1)})
    writer = service(jobs)
    assert writer.change_all(SUBMISSION, [StrainChange(TASKS[0], {"note": "x"}, revision=2)], etag=None, by="me") == 1
    assert (names(jobs), left_over(jobs)) == (["left", "left", ""], [])


def test_a_later_change_is_not_undone_by_what_was_left(jobs: Path) -> None:
    write_table(jobs)
    leave(jobs, **{TASKS[0]: record("earlier", 2), TASKS[1]: record("earlier", 1)})
    assert (names(jobs), left_over(jobs)) == (AFTER, [])


def test_a_reader_leaves_a_table_alone_whose_writer_is_at_work(jobs: Path) -> None:
    path = leave(jobs, **{TASKS[0]: record("at work")})
    with annotations_locked(PortalDir(jobs).own / "submissions" / SUBMISSION.submission_id):
        assert names(jobs) == BEFORE
        assert path.exists()
    assert (names(jobs), left_over(jobs)) == (["at work", "", ""], [])


def test_texts_of_a_submission_that_was_removed_do_not_stay(jobs: Path) -> None:
    path = leave(jobs, **{TASKS[0]: record("private")})
    begun = path.with_name(f".{path.name}.1.ab.tmp")
    begun.write_text("private")
    (PortalDir(jobs).own / "submissions" / SUBMISSION.submission_id).rename(jobs / "away")
    assert (names(jobs), left_over(jobs)) == (BEFORE, [])


def test_of_a_strain_that_was_removed_nothing_is_written_and_the_others_are(jobs: Path) -> None:
    leave(jobs, abcabcabcabc=record("gone"), **{TASKS[2]: record("here", 1)})
    assert (names(jobs), left_over(jobs)) == (["before", "", "here"], [])
    assert not PortalDir(jobs).task("abcabcabcabc").path.exists()


def test_what_a_newer_version_left_is_neither_dropped_nor_written_over(jobs: Path) -> None:
    path = leave(jobs, **{TASKS[0]: record("left")})
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    assert names(jobs) == BEFORE
    with pytest.raises(NotReady):
        write_table(jobs)
    assert path.exists()


def test_what_names_no_task_stops_no_later_change(jobs: Path) -> None:
    path = leave(jobs, **{"../../elsewhere": record("left")})
    write_table(jobs)
    assert (path.exists(), left_over(jobs)) == (False, [])


def test_where_a_strain_cannot_be_written_none_is(jobs: Path) -> None:
    (PortalDir(jobs).task(TASKS[2]).path).rename(jobs / "away")
    journal, file = AnnotationJournal(PortalDir(jobs)), AnnotationFile(PortalDir(jobs).task(TASKS[0]).path)
    before = file.path.read_bytes()
    with pytest.raises(FileNotFoundError):
        journal.write(SUBMISSION.submission_id, {task_id: record("new") for task_id in TASKS})
    assert (file.path.read_bytes(), left_over(jobs)) == (before, [])
