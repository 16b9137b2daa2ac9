"""What the poller does with the answers to its submissions: put off, refused, lost, unknown; jobs that never start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage, TaskStatus
from portal.files.heartbeat import GateState, HeartbeatReader
from portal.files.switches import Control
from slurm.complaint import verbatim
from slurm.errors import SchedulerUnavailable, SubmitDeferred, SubmitRejected, SubmitUncertain
from slurm.types import JobState
from tests.unit.poller.poller_rig import Rig

LIMIT = SubmitDeferred(verbatim("sbatch: error: AssocMaxSubmitJobLimit ..."), "AssocMaxSubmitJobLimit")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def gate_shown(rig: Rig) -> GateState | None:
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    return beat.scheduler.gate


def test_a_submission_that_is_put_off_gives_the_slot_back_and_closes_the_gate_for_all(rig: Rig) -> None:
    rig.scheduler.refusal = LIMIT
    tasks = rig.submit(30)
    rig.poller.tick()
    assert rig.scheduler.tried == 1
    first = rig.record(tasks[0])
    assert (first.status, first.is_active, first.pending_reason) == (
        TaskStatus.QUEUED, False, "AssocMaxSubmitJobLimit",
    )  # fmt: skip
    assert not rig.portal.task(tasks[0]).attempt(1).job(PipelineStage.DIGGER).intent.exists()
    shown = gate_shown(rig)
    assert shown is not None
    assert shown.reason == "AssocMaxSubmitJobLimit"
    assert "AssocMaxSubmitJobLimit ..." in str(shown.complaint)
    for _ in range(20):  # five seconds of ticks, and a cycle
        rig.poller.tick()
    rig.poller.cycle()
    assert (rig.scheduler.tried, rig.scheduler.looks) == (1, 1)
    rig.later(6)
    rig.poller.tick()
    assert rig.scheduler.tried == 2
    rig.scheduler.refusal = None
    rig.later(11)
    rig.poller.tick()
    assert len([job for job in rig.scheduler.jobs if "digger" in job]) == rig.settings.MAX_ACTIVE_PIPELINES
    assert gate_shown(rig) is None
    assert rig.record(tasks[0]).pending_reason is None


def test_at_a_limit_the_second_job_waits_and_goes_before_new_tasks(rig: Rig) -> None:
    rig.scheduler.refusal, rig.scheduler.limit = LIMIT, 3
    first, second = rig.submit(1)[0], rig.submit(1, submitter="b")[0]
    rig.poller.tick()
    held = rig.record(second)
    assert held.is_active
    assert held.attempt is not None
    assert [job.job_id is not None for job in held.attempt.jobs] == [True, False]
    assert held.pending_reason == "AssocMaxSubmitJobLimit"
    waiting = rig.submit(1, submitter="c")[0]
    rig.poller.cycle()
    assert rig.record(second).pending_reason == "AssocMaxSubmitJobLimit", "a look does not take the reason away"
    rig.finish(first)
    rig.later(60)
    rig.poller.tick()
    assert rig.scheduler.jobs[rig.job(second, "shoter")].state is JobState.PENDING
    assert rig.record(second).pending_reason is None
    assert rig.job(waiting) in rig.scheduler.jobs


def test_the_end_of_a_job_makes_room_without_waiting_for_the_back_off(rig: Rig) -> None:
    rig.scheduler.refusal, rig.scheduler.limit = LIMIT, 2
    first, second = rig.submit(2)
    rig.poller.tick()
    for _ in range(7):
        rig.later(61)
        rig.poller.tick()
    rig.finish(first)
    (rig.portal.inbox / first).touch()
    rig.poller.tick()
    assert rig.job(second) not in rig.scheduler.jobs
    rig.later(1)
    rig.poller.tick()
    assert rig.job(second) in rig.scheduler.jobs


def test_a_dependency_problem_is_its_own_and_closes_no_gate(rig: Rig) -> None:
    rig.scheduler.refusals = [SubmitDeferred(verbatim("Job dependency problem"), "DependencyProblem")]
    first, second = rig.submit(2)
    rig.poller.tick()
    assert not rig.record(first).is_active
    assert rig.job(second) in rig.scheduler.jobs


def test_a_controller_that_is_away_is_asked_once(rig: Rig) -> None:
    rig.scheduler.refusal = SchedulerUnavailable(verbatim("slurmctld is left alone for 5 s more"))
    [task_id] = rig.submit(1)
    rig.submit(9)
    rig.poller.tick()
    assert rig.scheduler.tried == 1
    assert rig.record(task_id).pending_reason == "NoAnswer"
    assert not rig.record(task_id).is_active


def test_all_lost_answers_are_looked_up_with_one_look(rig: Rig) -> None:
    for _ in range(3):
        rig.submit(1)
    rig.scheduler.refusals = [SubmitUncertain(verbatim("Socket timed out"))]
    rig.poller.tick()
    [lost] = [task for task in rig.poller.live.values() if task.is_active]
    assert rig.scheduler.tried == 1, "what lost one answer loses the next one too"
    rig.scheduler.add(rig.job(lost.task_id))
    looks = rig.scheduler.looks
    rig.later(1)
    rig.poller.cycle()
    assert rig.scheduler.looks == looks + 1
    attempt = rig.record(lost.task_id).attempt
    assert attempt is not None
    assert attempt.jobs[0].job_id == "1"
    assert rig.scheduler.jobs[rig.job(lost.task_id, "shoter")]


def test_a_job_that_does_not_exist_is_submitted_again_only_after_the_settling_time(rig: Rig) -> None:
    rig.scheduler.refusals = [SubmitUncertain(verbatim("Socket timed out"))]
    rig.submit(1)
    rig.poller.tick()
    rig.later(44)
    rig.poller.cycle()
    assert rig.scheduler.tried == 1
    rig.later(2)
    rig.poller.cycle()
    assert rig.scheduler.tried == 3, "both jobs"


def test_a_look_that_failed_says_nothing_about_a_lost_answer(rig: Rig) -> None:
    rig.scheduler.refusals = [SubmitUncertain(verbatim("Socket timed out"))]
    rig.submit(1)
    rig.poller.tick()
    rig.scheduler.known = False
    rig.later(600)
    rig.poller.cycle()
    assert rig.scheduler.tried == 1


def test_equal_answers_in_unknown_words_are_shown_at_once_and_a_refusal_after_the_third(rig: Rig) -> None:
    rig.scheduler.refusal = SubmitUncertain(verbatim("ERROR: every job here needs a project"), answered=True)
    [task_id] = rig.submit(1)
    rig.poller.tick()
    assert rig.record(task_id).pending_reason == "SubmitFailed"
    shown = gate_shown(rig)
    assert shown is not None
    assert "needs a project" in str(shown.complaint)
    for tried in (1, 2, 3):
        assert rig.scheduler.tried == tried
        rig.later(61)
        rig.poller.cycle()
    task = rig.record(task_id)
    assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.SUBMIT_REJECTED)
    assert "needs a project" in (task.error_message or "")
    assert rig.scheduler.tried == 3


def test_a_cluster_that_cannot_be_reached_never_becomes_a_refusal(rig: Rig) -> None:
    rig.scheduler.refusal = SubmitUncertain(verbatim("Unable to contact slurm controller"))
    [task_id] = rig.submit(1)
    rig.poller.tick()
    for _ in range(6):
        rig.later(61)
        rig.poller.cycle()
    assert rig.record(task_id).status is TaskStatus.QUEUED
    assert rig.scheduler.tried == 7


def test_a_refusal_is_final(rig: Rig) -> None:
    rig.scheduler.refusal = SubmitRejected(verbatim("Invalid account"))
    [task_id] = rig.submit(1)
    rig.poller.tick()
    assert rig.record(task_id).failure_kind is FailureKind.SUBMIT_REJECTED


# -- jobs that do not start


def test_a_job_that_did_not_start_is_tried_on_another_node(rig: Rig) -> None:
    [task_id] = rig.submit(1)
    rig.poller.tick()
    rig.swallow(task_id)
    rig.poller.cycle()
    task = rig.record(task_id)
    assert [attempt.reason for attempt in task.attempts] == ["first", "not_started"]
    assert [spec.exclude for spec in rig.scheduler.specs] == [(), (), ("n2",), ("n2",)]
    rig.begin(task_id, attempt=2)
    rig.begin(task_id, "shoter", attempt=2)
    rig.report(task_id, *STAGE_ORDER, attempt=2)
    for stage in ("digger", "shoter"):
        rig.scheduler.move(rig.job(task_id, stage, 2), JobState.COMPLETED)
    rig.poller.cycle()
    assert rig.record(task_id).status is TaskStatus.COMPLETED


def test_a_fault_that_is_everywhere_costs_no_task(tmp_path: Path) -> None:
    """JOB_SETUP is broken: after some failures nothing but probes is started; mended, all tasks run."""
    rig = Rig(tmp_path, MAX_ACTIVE_PIPELINES="2")
    tasks = rig.submit(6)
    rig.poller.tick()
    for number in range(40):
        for name, job in list(rig.scheduler.jobs.items()):
            if not job.state.is_over and "digger" in name:
                _, task_id, _, attempt = name.split("-")
                rig.swallow(task_id, int(attempt[1:]), node=f"n{1 + number % 2}")
        rig.poller.cycle()
    tried = rig.scheduler.tried
    assert tried < 40
    assert all(rig.record(task_id).status is TaskStatus.QUEUED for task_id in tasks)
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    assert any("only probes are started" in str(alarm) for alarm in beat.alarms)
    reasons = {rig.record(task_id).pending_reason for task_id in tasks}
    assert "JobsDoNotStart" in reasons
    for _ in range(12):
        rig.later(601)
        rig.poller.cycle()
        for name, job in list(rig.scheduler.jobs.items()):
            if not job.state.is_over:
                _, task_id, stage, attempt = name.split("-")
                rig.begin(task_id, stage, int(attempt[1:]))
                rig.report(task_id, *STAGE_ORDER, attempt=int(attempt[1:]))
                rig.scheduler.move(name, JobState.COMPLETED)
        rig.poller.cycle()
    assert [rig.record(task_id).status for task_id in tasks] == [TaskStatus.COMPLETED] * 6


def test_where_the_bad_nodes_are_all_there_are_a_refusal_is_none(rig: Rig) -> None:
    [task_id] = rig.submit(1)
    rig.poller.tick()
    rig.swallow(task_id, node="n1")
    rig.scheduler.refusals = [SubmitRejected(verbatim("Requested node configuration is not available"))]
    rig.poller.cycle()
    task = rig.record(task_id)
    assert (task.status, task.is_active, task.pending_reason) == (TaskStatus.QUEUED, False, "JobsDoNotStart")
    rig.later(31)
    rig.poller.cycle()
    assert rig.scheduler.specs[-1].exclude == ()
    assert rig.record(task_id).is_active


# -- slots


def test_a_slot_is_given_back_when_the_last_stage_rings(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MAX_ACTIVE_PIPELINES="1")
    first, second = rig.submit(2)
    rig.poller.tick()
    rig.begin(first)
    rig.begin(first, "shoter")
    rig.report(first, *STAGE_ORDER[:3])
    (rig.portal.inbox / first).touch()
    rig.poller.tick()
    assert rig.job(second) not in rig.scheduler.jobs
    rig.report(first, STAGE_ORDER[3])
    looks = rig.scheduler.looks
    (rig.portal.inbox / first).touch()
    rig.poller.tick()
    assert rig.job(second) in rig.scheduler.jobs
    assert rig.scheduler.looks == looks, "it takes no look at the scheduler"
    assert rig.record(first).status is TaskStatus.RUNNING, "the scheduler's word is still to come"


def test_the_operator_s_throttle_holds_without_a_restart(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    Control(slots=1, slots_until=rig.poller._now() + timedelta(hours=1)).write(rig.portal)
    rig.submit(5)
    rig.poller.tick()
    assert sum(task.is_active for task in rig.poller.live.values()) == 1
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    assert beat.slots == 1
    rig.later(3700)
    rig.poller.cycle()
    assert sum(task.is_active for task in rig.poller.live.values()) == rig.settings.MAX_ACTIVE_PIPELINES
