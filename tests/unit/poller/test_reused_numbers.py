"""A slurmctld that lost its state gives its numbers out again: those in older records are other jobs' by then."""

from __future__ import annotations

from pathlib import Path

from portal.domain.status import FailureKind
from slurm.types import JobState
from tests.unit.poller.poller_rig import Rig


def test_a_recorded_number_that_is_another_task_s_job_by_now_is_not_cancelled(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    cancelled, lost = rig.submit(2)
    rig.poller.tick()
    for task_id in (cancelled, lost):
        rig.begin(task_id)
    rig.poller.cycle()
    rig.scheduler.jobs.clear()
    new = rig.submit(2)
    rig.poller.tick()
    numbers = {job.job_id for task_id in (cancelled, lost) for job in rig.record(task_id).attempts[0].jobs}
    assert {job.job_id for task_id in new for job in rig.record(task_id).attempts[0].jobs} == numbers

    rig.tasks.cancel(rig.record(cancelled))
    rig.poller.tick()
    rig.poller.cycle()
    rig.later(300)
    for _ in range(2):
        rig.poller.cycle()
    assert rig.record(cancelled).failure_kind is FailureKind.CANCELLED
    assert [attempt.reason for attempt in rig.record(lost).attempts] == ["first", "lost"]
    assert rig.scheduler.cancelled == []
    assert {rig.scheduler.jobs[rig.job(task_id, stage)].state for task_id in new for stage in ("digger", "shoter")} == {
        JobState.PENDING
    }
    rig.tasks.cancel(rig.record(new[0]))
    rig.poller.tick()
    assert {*rig.scheduler.cancelled} == {job.job_id for job in rig.record(new[0]).attempts[0].jobs}
