"""From outcomes to the one next step, over every pair of outcomes, with and without the wish to cancel."""

from __future__ import annotations

from itertools import product

import pytest

from portal.domain.message import Message
from portal.domain.status import FailureKind, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.poller.decide import StepKind, decide
from portal.poller.job_outcome import JobOutcome, OutcomeKind
from tests.unit.records import NOW, task

DIGGER = JobRecord("bt-d", (PipelineStage.DIGGER,), NOW, job_id="1")
SHOTER = JobRecord("bt-s", (PipelineStage.SHOTER, PipelineStage.PLOTS, PipelineStage.BUNDLE), NOW, job_id="2")
BROKE = Message("job.unexplained")
OUTCOMES = {
    "waiting": JobOutcome(OutcomeKind.WAITING),
    "running": JobOutcome(OutcomeKind.RUNNING),
    "succeeded": JobOutcome(OutcomeKind.SUCCEEDED),
    "undecided": JobOutcome(OutcomeKind.UNDECIDED),
    "tool_error": JobOutcome(OutcomeKind.FAILED, FailureKind.TOOL_ERROR, BROKE),
    "node_failure": JobOutcome(OutcomeKind.FAILED, FailureKind.NODE_FAILURE, Message("job.node_failed")),
}


def on_cluster(*reasons: str, jobs: tuple[JobRecord, ...] = (DIGGER, SHOTER)) -> TaskMeta:
    before = tuple(Attempt(number, reason, NOW) for number, reason in enumerate(reasons[:-1], start=1))
    return task(TaskStatus.RUNNING, attempts=(*before, Attempt(len(reasons), reasons[-1], NOW, jobs)))


def expected(first: str, second: str, cancel: bool) -> tuple[StepKind, tuple[str, ...]]:
    over = {"succeeded", "tool_error", "node_failure"}
    live = tuple(job for job, name in (("1", first), ("2", second)) if name not in over)
    if first == second == "succeeded":
        return StepKind.COMPLETE, ()
    if cancel:
        return (StepKind.CANCEL, live) if live else (StepKind.FAIL, ())
    failure = next((name for name in (first, second) if name in ("tool_error", "node_failure")), None)
    if failure is None:
        return StepKind.KEEP, ()
    return (StepKind.NEW_ATTEMPT if failure == "node_failure" else StepKind.FAIL), live


@pytest.mark.parametrize(("first", "second", "cancel"), list(product(OUTCOMES, OUTCOMES, (False, True))))
def test_two_chained_jobs(first: str, second: str, cancel: bool) -> None:
    step = decide(on_cluster("first"), {"bt-d": OUTCOMES[first], "bt-s": OUTCOMES[second]}, cancel=cancel)
    assert (step.kind, step.cancel) == expected(first, second, cancel)
    if step.kind is StepKind.FAIL:
        assert step.failure is (FailureKind.CANCELLED if cancel else FailureKind.TOOL_ERROR)


def test_the_first_job_to_fail_gives_the_reason() -> None:
    child = JobOutcome(OutcomeKind.FAILED, FailureKind.CANCELLED, Message("job.parent_failed"))
    step = decide(on_cluster("first"), {"bt-d": OUTCOMES["tool_error"], "bt-s": child}, cancel=False)
    assert (step.failure, step.message) == (FailureKind.TOOL_ERROR, BROKE)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("undecided", StepKind.KEEP),  # why the child cannot start is not known yet
        ("tool_error", StepKind.FAIL),
        ("node_failure", StepKind.NEW_ATTEMPT),
        ("succeeded", StepKind.NEW_ATTEMPT),  # SLURM and the sentinel differ on the parent: its result is used
    ],
)
def test_a_child_that_could_not_start_waits_for_its_parent_s_verdict(first: str, kind: StepKind) -> None:
    child = JobOutcome(OutcomeKind.FAILED, FailureKind.LOST, Message("job.parent_failed"), follows=True)
    assert decide(on_cluster("first"), {"bt-d": OUTCOMES[first], "bt-s": child}, cancel=False).kind is kind


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (("first",), StepKind.NEW_ATTEMPT),
        (("first", "node_failure"), StepKind.NEW_ATTEMPT),
        (("first", "node_failure", "preempted"), StepKind.FAIL),
        (("first", "node_failure", "preempted", "retry"), StepKind.NEW_ATTEMPT),
    ],
)
def test_the_machine_is_given_two_more_chances_and_a_user_new_ones(reasons: tuple[str, ...], kind: StepKind) -> None:
    outcomes = {"bt-d": OUTCOMES["node_failure"], "bt-s": OUTCOMES["waiting"]}
    assert decide(on_cluster(*reasons), outcomes, cancel=False).kind is kind


def test_a_job_without_an_id_is_submitted_or_looked_up() -> None:
    unsent = (DIGGER, JobRecord("bt-s", SHOTER.stages, NOW))
    outcomes = {"bt-d": OUTCOMES["running"], "bt-s": OUTCOMES["undecided"]}
    assert decide(on_cluster("first", jobs=unsent), outcomes, cancel=False).kind is StepKind.SUBMIT


def test_a_cancelled_task_whose_submission_got_no_answer_is_looked_up_before_it_ends() -> None:
    unsent = (JobRecord("bt-d", DIGGER.stages, NOW),)
    assert (
        decide(on_cluster("first", jobs=unsent), {"bt-d": OUTCOMES["undecided"]}, cancel=True).kind is StepKind.SUBMIT
    )


@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.FAILED])
def test_what_has_ended_stays(status: TaskStatus) -> None:
    ended = task(status, attempts=(Attempt(1, "first", NOW, (DIGGER,)),))
    assert decide(ended, {"bt-d": OUTCOMES["tool_error"]}, cancel=True).kind is StepKind.KEEP


def test_what_never_starts_anywhere_is_tried_as_long_as_it_takes() -> None:
    never = {"bt-d": JobOutcome(OutcomeKind.FAILED, FailureKind.NOT_STARTED, Message("job.unexplained"))}
    spent = on_cluster("first", "not_started", "not_started", jobs=(DIGGER,))
    assert decide(spent, never, cancel=False).kind is StepKind.FAIL
    assert decide(spent, never, cancel=False, starts_barred=True).kind is StepKind.NEW_ATTEMPT
    burned = {"bt-d": OUTCOMES["node_failure"]}
    assert decide(spent, burned, cancel=False, starts_barred=True).kind is StepKind.FAIL


def test_the_job_that_decided_and_who_cancelled_it_are_named() -> None:
    by_root = JobOutcome(OutcomeKind.FAILED, FailureKind.CANCELLED, Message("job.unexplained"), by="root")
    step = decide(on_cluster("first"), {"bt-d": OUTCOMES["running"], "bt-s": by_root}, cancel=False)
    assert (step.kind, step.cancel, step.by, step.decided_by) == (StepKind.FAIL, ("1",), "root", "bt-s")
