"""Records against the cluster's accounts; orphans; switches; the audit log."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.errors import Conflict, NotFound
from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.files.audit import read_acts
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger
from portal.files.wishes import read_wishes
from portal.local.scheduler import LocalScheduler
from portal.poller.consistency import ConsistencyCheck, compare_jobs
from portal.poller.orphans import Orphans
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from slurm.types import JobInfo, JobState, Snapshot
from tests.builders import make_task_on_disk, task_meta
from tests.unit.poller.usage_lines import LINE

NOW = datetime(2026, 3, 5, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)
LATE = NOW - timedelta(hours=1)


def task_with(*jobs: JobRecord, status: TaskStatus = TaskStatus.COMPLETED, attempts: int = 1) -> TaskMeta:
    before = tuple(Attempt(number, "first", LATE) for number in range(1, attempts))
    return task_meta(status, task_id="aaaaaaaaaaaa", attempts=(*before, Attempt(attempts, "first", LATE, jobs)))


def job(job_id: str = "7", state: str = "COMPLETED", attempt: int = 1) -> JobRecord:
    name = f"bt-aaaaaaaaaaaa-digger-a{attempt}"
    return JobRecord(name, (PipelineStage.DIGGER,), LATE, job_id=job_id, state=state)


def info(state: JobState = JobState.COMPLETED, job_id: str = "7", name: str = "bt-aaaaaaaaaaaa-digger-a1") -> JobInfo:
    return JobInfo(job_id, name, state, end_time=LATE if state.is_over else None)


def kinds(task: TaskMeta, *infos: JobInfo, **more: object) -> list[str]:
    return [finding.kind for finding in compare_jobs([task], infos, since=SINCE, now=NOW, **more)]  # type: ignore[arg-type]


def test_agreement() -> None:
    assert kinds(task_with(job()), info()) == []
    assert kinds(task_with(job(state="RUNNING"), status=TaskStatus.RUNNING), info(JobState.RUNNING)) == []


@pytest.mark.parametrize(
    ("task", "infos", "expected"),
    [
        (task_with(job()), [], ["lost"]),
        (task_with(job(state="CANCELLED"), status=TaskStatus.FAILED), [], []),  # sacct lists no job without a start
        (task_with(job(state="PENDING"), status=TaskStatus.QUEUED), [], ["lost"]),
        (task_with(job()), [info(JobState.FAILED)], ["differing"]),
        (task_with(job(state="OUT_OF_MEMORY"), status=TaskStatus.FAILED), [info(JobState.FAILED)], []),
        (task_with(job(state="RUNNING"), status=TaskStatus.RUNNING), [info(JobState.COMPLETED)], ["differing"]),
        (task_with(job()), [info(), info(job_id="8")], ["twice"]),
        (task_with(job()), [info(), info(JobState.CANCELLED, "8")], []),
        (task_with(job()), [info(), info(JobState.PENDING, "9", "bt-aaaaaaaaaaaa-shoter-a1")], ["orphan"]),
        (task_with(job()), [info(), info(JobState.RUNNING, "9", "bt-bbbbbbbbbbbb-digger-a1")], ["foreign"]),
        (task_with(job()), [info(), info(JobState.RUNNING, "9", "bt-doctor")], []),
    ],
)
def test_disagreements(task: TaskMeta, infos: list[JobInfo], expected: list[str]) -> None:
    assert kinds(task, *infos) == expected


def test_what_is_adopted_and_what_was_ours_is_told() -> None:
    assert kinds(task_with(job()), info(), adopted={job().name}) == ["adopted"]
    other = info(JobState.RUNNING, "9", "bt-bbbbbbbbbbbb-digger-a1")
    assert kinds(task_with(job()), info(), other, ours={"bbbbbbbbbbbb"}) == ["orphan"]


def test_old_jobs_are_not_asked_about() -> None:
    old = replace(job(), intent_time=NOW - timedelta(days=30))
    assert kinds(task_with(old)) == []


# -- orphans


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    made = PortalDir(tmp_path)
    made.prepare()
    return made


def living(name: str, state: JobState = JobState.RUNNING) -> Snapshot:
    return Snapshot(NOW, known=True, jobs={name: (JobInfo("9", name, state),)})


def orphans(
    portal: PortalDir, snapshot: Snapshot, *, known: AbstractSet[str] = frozenset(), live: TaskMeta | None = None
) -> list[str]:
    found = Orphans(portal, UsageLedger(portal)).to_cancel(snapshot, known, {live.task_id: live} if live else {})
    return list(found)


def test_a_job_of_an_ended_task_is_an_orphan(portal: PortalDir) -> None:
    snapshot = living("bt-aaaaaaaaaaaa-digger-a1")
    assert orphans(portal, snapshot, known={"aaaaaaaaaaaa"}) == ["9"]
    assert orphans(portal, living("bt-aaaaaaaaaaaa-digger-a1", JobState.CANCELLED), known={"aaaaaaaaaaaa"}) == []


def test_a_job_of_an_earlier_attempt_is_an_orphan_one_of_the_current_is_not(portal: PortalDir) -> None:
    task = task_with(job("10", "RUNNING", 2), status=TaskStatus.RUNNING, attempts=2)
    assert orphans(portal, living("bt-aaaaaaaaaaaa-digger-a1"), known={task.task_id}, live=task) == ["9"]
    assert orphans(portal, living("bt-aaaaaaaaaaaa-digger-a2"), known={task.task_id}, live=task) == []


def test_a_job_of_another_portal_is_left_alone(portal: PortalDir) -> None:
    assert orphans(portal, living("bt-bbbbbbbbbbbb-digger-a1")) == []
    assert orphans(portal, living("bt-doctor-1")) == []


def test_a_task_that_is_gone_is_known_by_the_trash_or_by_what_it_used(portal: PortalDir) -> None:
    (portal.trash / "bbbbbbbbbbbb-123").mkdir()
    assert orphans(portal, living("bt-bbbbbbbbbbbb-digger-a1")) == ["9"]
    UsageLedger(portal).write(replace(LINE, task_id="cccccccccccc"))
    assert orphans(portal, living("bt-cccccccccccc-digger-a1")) == ["9"]


def test_an_orphan_is_not_cancelled_in_every_cycle(portal: PortalDir) -> None:
    clock = [0.0]
    seeker = Orphans(portal, UsageLedger(portal), clock=lambda: clock[0])
    asked = []
    for second in range(130):
        clock[0] = float(second)
        asked += seeker.to_cancel(living("bt-aaaaaaaaaaaa-digger-a1"), {"aaaaaaaaaaaa"}, {})
    assert len(asked) == 3


# -- acts of operators


@pytest.fixture
def service(portal: PortalDir) -> AdminService:
    return AdminService(portal, FileTaskStore(portal), by="alice")


def test_admin_acts_leave_wishes_and_lines(portal: PortalDir, service: AdminService) -> None:
    running = make_task_on_disk(portal, TaskStatus.RUNNING).task
    ended = make_task_on_disk(portal, TaskStatus.FAILED).task
    service.cancel(running.task_id)
    service.retry(ended.task_id)
    wishes = [read_wishes(portal.task(task.task_id))[0] for task in (running, ended)]
    assert [(wish.kind, wish.by, wish.attempt) for wish in wishes] == [("cancel", "admin", 1), ("retry", "admin", 1)]
    assert [(act["action"], act["by"], act["task_id"]) for act in read_acts(portal)] == [
        ("cancel", "alice", running.task_id),
        ("retry", "alice", ended.task_id),
    ]
    assert {entry.name for entry in portal.inbox.iterdir()} == {running.task_id, ended.task_id}


def test_admin_acts_that_make_no_sense_are_refused(portal: PortalDir, service: AdminService) -> None:
    ended = make_task_on_disk(portal).task
    with pytest.raises(Conflict):
        service.cancel(ended.task_id)
    with pytest.raises(Conflict):
        service.retry(make_task_on_disk(portal, TaskStatus.RUNNING).task_id)
    with pytest.raises(NotFound):
        service.cancel("../../etc")
    with pytest.raises(Conflict, match="no accounts"):
        ConsistencyCheck(portal, FileTaskStore(portal), LocalScheduler(portal.jobs)).findings(since=SINCE)
    assert list(read_acts(portal)) == []


def test_drain_and_resume(portal: PortalDir, service: AdminService) -> None:
    assert Control.read(portal) == Control()
    service.drain("the disks are exchanged")
    assert Control.read(portal) == Control(True, "the disks are exchanged")
    service.resume()
    assert Control.read(portal) == Control()
    portal.control.write_bytes(b"\0\0")
    assert Control.read(portal) == Control()
    assert [act["action"] for act in read_acts(portal)] == ["drain", "resume"]


def test_listing(portal: PortalDir, service: AdminService) -> None:
    done = make_task_on_disk(portal).task
    failed = make_task_on_disk(portal, TaskStatus.FAILED).task
    broken = make_task_on_disk(portal).task
    portal.task(broken.task_id).meta.write_bytes(b"")
    listing = service.tasks()
    assert {task.task_id for task in listing.tasks} == {done.task_id, failed.task_id}
    assert listing.damaged == (broken.task_id,)
    assert [task.task_id for task in service.tasks(status=TaskStatus.FAILED).tasks] == [failed.task_id]
    assert service.tasks(since=NOW).tasks == ()
