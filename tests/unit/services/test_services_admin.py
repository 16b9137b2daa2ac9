"""What the admin's pages stand on: the task index, and comparisons that the poller makes for the web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.bootstrap import build_poller
from portal.config import read_settings
from portal.domain.errors import InvalidRequest
from portal.domain.status import FailureKind, TaskStatus
from portal.files import task_index as journals
from portal.files.consistency import ConsistencyReport
from portal.files.task_index import TaskIndex, TaskIndexReader
from portal.files.taskdir import PortalDir
from portal.poller.consistency import ConsistencyCheck
from portal.services.admin import AdminService
from portal.services.task_list import TaskFilter, TaskList
from portal.storage.file import FileTaskStore
from slurm.complaint import verbatim
from slurm.errors import SchedulerUnavailable
from slurm.types import JobInfo, JobState, Snapshot
from tests.builders import make_task_on_disk, task_meta

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path / "jobs")
    portal.prepare()
    return portal


def settings_of(portal: PortalDir) -> dict[str, str]:
    return {"JOBS_DIR": str(portal.jobs), "REDIS_URL": "", "EXECUTOR": "local", "MIN_FREE_DISK_GB": "0"}


# -- the task index


def test_a_reader_follows_what_the_poller_writes(portal: PortalDir) -> None:
    index, reader = TaskIndex(portal), TaskIndexReader(portal)
    assert reader.rows() == []
    first = task_meta(TaskStatus.PENDING, filename="tab\there \ud800\n名.fna")
    index.note(first)
    assert reader.rows() == [], "nothing is written before all tasks are known"
    index.rebuild()
    second = task_meta(TaskStatus.RUNNING)
    index.note(second)
    assert [(row.task_id, row.filename) for row in reader.rows()] == [
        (first.task_id, first.filename),
        (second.task_id, second.filename),
    ]
    failed = replace(first, status=TaskStatus.FAILED, failure_kind=FailureKind.LOST, expires_at=NOW, revision=9)
    index.note(failed)
    row = reader.rows()[0]
    assert (row.task_id, row.status, row.failure_kind) == (first.task_id, "failed", "lost")
    assert row.expires == NOW.isoformat()
    index.drop(second.task_id)
    index.drop("abcdefghijkl")
    assert [row.task_id for row in reader.rows()] == [first.task_id]


def test_what_stands_there_is_not_written_again(portal: PortalDir) -> None:
    index = TaskIndex(portal)
    task = task_meta(TaskStatus.RUNNING)
    index.note(task)
    index.rebuild()
    before = portal.task_index.stat().st_mtime_ns, portal.task_index.stat().st_size
    index.note(replace(task, progress=80, revision=task.revision + 1))
    assert (portal.task_index.stat().st_mtime_ns, portal.task_index.stat().st_size) == before


def test_a_line_that_is_being_written_is_read_later(portal: PortalDir) -> None:
    index, reader = TaskIndex(portal), TaskIndexReader(portal)
    index.note(task_meta())
    index.rebuild()
    other = PortalDir(portal.jobs.parent / "other")
    other.prepare()
    whole = TaskIndex(other)
    whole.note(task_meta())
    whole.rebuild()
    line = other.task_index.read_bytes()
    with portal.task_index.open("ab", buffering=0) as stream:
        stream.write(line[:30])
        assert len(reader.rows()) == 1
        stream.write(line[30:])
        assert len(reader.rows()) == 2
        stream.write(b"2026-01-01T00:00:00+00:00\tabcdefghijkl\n\xff\x00\n")  # of a version before, and nonsense
        assert len(reader.rows()) == 2


def test_the_journal_is_made_anew_when_most_of_it_is_old(portal: PortalDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "_SPARE_LINES", 10)
    index, reader = TaskIndex(portal), TaskIndexReader(portal)
    task = task_meta(TaskStatus.QUEUED)
    index.note(task)
    index.rebuild()
    for number in range(50):
        index.note(replace(task, status=(TaskStatus.RUNNING, TaskStatus.QUEUED)[number % 2]))
        assert reader.rows()[0].status == ("running", "queued")[number % 2]
    assert len(portal.task_index.read_text().splitlines()) < 20


def test_a_reader_sees_a_new_journal_in_the_place_of_the_old(portal: PortalDir) -> None:
    """A file system gives the number of a file that is gone to a new one: here the very same file is written anew."""
    index, reader = TaskIndex(portal), TaskIndexReader(portal)
    gone, kept = task_meta(filename="gone.fna"), task_meta(filename="kept.fna")
    index.note(gone)
    index.rebuild()
    assert [row.task_id for row in reader.rows()] == [gone.task_id]
    anew = PortalDir(portal.jobs.parent / "anew")
    anew.prepare()
    other = TaskIndex(anew)
    for task in (kept, task_meta(), task_meta()):
        other.note(task)
    other.rebuild()
    inode = portal.task_index.stat().st_ino
    portal.task_index.write_bytes(anew.task_index.read_bytes())
    assert portal.task_index.stat().st_ino == inode
    rows = reader.rows()
    assert len(rows) == 3
    assert kept.task_id in {row.task_id for row in rows}


def test_a_journal_that_could_not_be_written_is_whole_again_later(portal: PortalDir) -> None:
    index, reader = TaskIndex(portal), TaskIndexReader(portal)
    index.note(task_meta())
    index.rebuild()
    portal.task_index.unlink()
    portal.task_index.mkdir()  # no write can succeed, whoever runs the test
    index.note(task_meta())
    portal.task_index.rmdir()
    index.note(task_meta())
    assert len(reader.rows()) == 3


def test_the_poller_keeps_the_journal(portal: PortalDir) -> None:
    kept = datetime.now(UTC) + timedelta(days=1)
    old = make_task_on_disk(portal, submission_time=NOW - timedelta(days=1), expires_at=kept).task
    poller = build_poller(read_settings(settings_of(portal)))
    assert poller.lease.acquire()
    AdminService(portal, FileTaskStore(portal), by="alice").drain()
    poller.start()
    tasks = TaskList(portal)
    new = make_task_on_disk(portal, TaskStatus.PENDING, submission_time=NOW).task
    poller.cycle()
    assert [(row.task_id, row.status) for row in tasks.page(TaskFilter(), number=1, size=9).rows] == [
        (new.task_id, "queued"),
        (old.task_id, "completed"),
    ]
    service = AdminService(portal, FileTaskStore(portal), by="alice")
    service.cancel(new.task_id)
    service.delete(old.task_id)
    poller.tick()
    poller.cycle()
    poller.lease.release()
    rows = tasks.page(TaskFilter(), number=1, size=9).rows
    assert [(row.task_id, row.status, row.failure_kind) for row in rows] == [(new.task_id, "failed", "cancelled")]
    assert tasks.counts() == {"failed": 1}


# -- comparisons


class Cluster:
    """A scheduler with accounts as far as a comparison asks it: jobs that live, or no answer."""

    kind = "slurm"

    def __init__(self, jobs: Sequence[JobInfo] = (), *, known: bool = True, fault: Exception | None = None) -> None:
        self.jobs = tuple(jobs)
        self.known = known
        self.fault = fault
        self.looks = 0

    def snapshot(self, wanted: object) -> Snapshot:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        alarms = () if self.known else (verbatim("squeue: timed out"),)
        return Snapshot(NOW, self.known, jobs={job.name: (job,) for job in self.jobs}, alarms=alarms)

    def history(self, since: datetime) -> tuple[JobInfo, ...]:
        return ()

    def min_job_age_s(self) -> int | None:
        return 300


def check(portal: PortalDir, cluster: Cluster) -> ConsistencyCheck:
    return ConsistencyCheck(portal, FileTaskStore(portal), cluster)  # type: ignore[arg-type]


def wish(portal: PortalDir) -> None:
    AdminService(portal, FileTaskStore(portal), by="alice").ask_for_consistency_check()


def test_a_comparison_is_made_only_when_it_is_wished_for(portal: PortalDir) -> None:
    ended = make_task_on_disk(portal, attempts=()).task
    orphan = JobInfo(job_id="9", name=f"bt-{ended.task_id}-digger-a1", state=JobState.RUNNING, raw_state="RUNNING")
    cluster = Cluster([orphan])
    side = check(portal, cluster)
    side.answer(NOW)
    assert cluster.looks == 0
    assert ConsistencyReport.read(portal) is None
    wish(portal)
    side.answer(NOW)
    found = ConsistencyReport.read(portal)
    assert found is not None
    assert (found.at, found.disagreements, found.findings[0].job_id) == (NOW, 1, "9")
    assert not portal.consistency_wish.exists()


def test_a_button_that_is_pressed_often_asks_the_cluster_once(portal: PortalDir) -> None:
    cluster = Cluster()
    side = check(portal, cluster)
    for second in range(0, 60, 5):
        wish(portal)
        side.answer(NOW + timedelta(seconds=second))
        assert not portal.consistency_wish.exists()
    assert cluster.looks == 3


@pytest.mark.parametrize(
    ("cluster", "told"),
    [
        (Cluster(known=False), "squeue: timed out"),
        (Cluster(fault=SchedulerUnavailable(verbatim("sacct: no answer"))), "sacct: no answer"),
        (Cluster(fault=RuntimeError("a fault")), "RuntimeError"),
    ],
)
def test_trouble_stands_in_the_answer(portal: PortalDir, cluster: Cluster, told: str) -> None:
    wish(portal)
    check(portal, cluster).answer(NOW)
    found = ConsistencyReport.read(portal)
    assert found is not None
    assert told in str(found.error)
    assert found.findings == ()


def test_the_poller_answers_and_without_accounts_says_so(portal: PortalDir) -> None:
    poller = build_poller(read_settings(settings_of(portal)))
    assert poller.lease.acquire()
    poller.start()
    wish(portal)
    assert poller.tick() is not None, "the bell makes it look soon"
    poller.cycle()
    poller.lease.release()
    found = ConsistencyReport.read(portal)
    assert found is not None
    assert "keeps no accounts" in str(found.error)


def test_a_damaged_comparison_counts_as_none(portal: PortalDir) -> None:
    for data in (b"", b"{}", b'{"at": "x", "error": "", "findings": []}', b'{"at": 1, "error": 2, "findings": 3}'):
        portal.consistency.write_bytes(data)
        assert ConsistencyReport.read(portal) is None


# -- the secret


def test_a_short_admin_secret_ends_the_start() -> None:
    with pytest.raises(InvalidRequest, match="at least 16 characters"):
        read_settings({"ADMIN_SECRET": "letmein"})
    assert read_settings({"ADMIN_SECRET": "x" * 16}).ADMIN_SECRET == "x" * 16
    assert read_settings({"ADMIN_SECRET": ""}).ADMIN_SECRET == ""
