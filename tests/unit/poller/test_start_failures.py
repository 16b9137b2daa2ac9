"""Jobs that end before they begin: a black hole among the nodes, and a fault that is everywhere."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portal.bootstrap import build_admin
from portal.domain.message import Message
from portal.domain.status import FailureKind, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.poller.start_failures import IN_A_ROW, IN_A_ROW_ON_A_NODE, JOBS_DO_NOT_START, StartFailures
from tests.unit.poller.poller_rig import Rig
from tests.unit.records import NOW, task


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def swallowed(starts: StartFailures, *nodes: str | None, tasks: int = 99, first: int = 0) -> None:
    for number, node in enumerate(nodes, start=first):
        starts.failed(f"task{number % tasks}", f"job{number}", node, "python: command not found")


def anybody() -> TaskMeta:
    return task(TaskStatus.QUEUED)


def test_a_node_that_swallows_jobs_is_left_out_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    starts = StartFailures(clock=Clock())
    with caplog.at_level(logging.ERROR):
        swallowed(starts, *["n2"] * (IN_A_ROW_ON_A_NODE - 1))
        assert starts.excluded(anybody()) == ()
        swallowed(starts, *["n2"] * 20, first=50)
    assert starts.excluded(anybody()) == ("n2",)
    assert not starts.barred, "one node is not the cluster"
    [alarm] = starts.alarms
    assert "Node n2" in str(alarm)
    assert "python: command not found" in str(alarm)
    assert len(caplog.records) == 1


def test_a_job_that_begins_ends_the_row_of_its_node() -> None:
    starts = StartFailures(clock=Clock())
    swallowed(starts, "n2", "n2")
    starts.began("9", "n2")
    swallowed(starts, "n2", "n2", first=10)
    assert starts.excluded(anybody()) == ()
    starts.began("9", "n2")  # seen again in every look: it began long ago
    swallowed(starts, "n2", first=20)
    assert starts.excluded(anybody()) == ("n2",)


def test_after_a_rest_a_node_is_tried_again_and_left_out_at_its_next_failure() -> None:
    clock = Clock()
    starts = StartFailures(clock=clock)
    swallowed(starts, *["n2"] * 3)
    clock.now += 601
    assert starts.excluded(anybody()) == ()
    assert starts.alarms == ()
    swallowed(starts, "n2", first=10)
    assert starts.excluded(anybody()) == ("n2",)


def test_the_same_job_is_counted_once() -> None:
    starts = StartFailures(clock=Clock())
    for _ in range(10):
        starts.failed("task", "job1", "n2", "words")
    assert starts.excluded(anybody()) == ()


def test_a_fault_that_is_everywhere_stops_dispatching_but_for_probes(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    starts = StartFailures(clock=clock)
    with caplog.at_level(logging.ERROR):
        swallowed(starts, *["n1", "n2"] * IN_A_ROW)
    assert starts.barred
    assert "n1, n2" in str(starts.alarms[0])
    assert not starts.may_start(lambda _: False)
    clock.now += 31
    assert starts.may_start(lambda _: False)
    assert starts.excluded(anybody()) == (), "the probe may find a node mended"
    starts.starts("prober")
    assert not starts.may_start(lambda _: True), "one probe at a time"
    assert starts.may_start(lambda _: False), "unless it is gone"
    starts.began("probe", "n1")
    assert starts.alarms == (Message("alarm.node_left_out", node="n2", count=5, words="python: command not found"),)
    assert starts.may_start(lambda _: True)
    assert starts.excluded(anybody()) == ("n2",)


def test_a_probe_that_fails_makes_the_next_one_later() -> None:
    clock = Clock()
    starts = StartFailures(clock=clock)
    swallowed(starts, *["n1", "n2"] * IN_A_ROW)
    clock.now += 31
    starts.starts("task0")
    starts.failed("task0", "probe", "n1", "words")
    clock.now += 25
    assert not starts.may_start(lambda _: False)
    clock.now += 40
    assert starts.may_start(lambda _: False)


def test_one_task_alone_does_not_stop_the_others() -> None:
    starts = StartFailures(clock=Clock())
    swallowed(starts, *["n1", "n2"] * IN_A_ROW, tasks=1)
    assert not starts.barred


def test_a_probe_is_another_task_than_those_that_failed() -> None:
    starts = StartFailures(clock=Clock())
    swallowed(starts, *["n1", "n2"] * 3, tasks=2)
    waiting = [task(TaskStatus.QUEUED, task_id=name) for name in ("task0", "task1", "fresh")]
    assert [each.task_id for each in starts.order(waiting)] == ["fresh", "task0", "task1"]


def test_where_no_other_node_is_left_nothing_is_started() -> None:
    starts = StartFailures(clock=Clock())
    starts.no_other_node(anybody(), "Requested node configuration is not available")
    assert starts.barred
    assert "every node" in str(starts.alarms[0])


def failed_on(name: str, *nodes: str) -> TaskMeta:
    """Return a waiting task whose first job did not start on each of the nodes, one after another."""
    reasons = ("first", *[FailureKind.NOT_STARTED.value] * len(nodes))
    made = tuple(
        Attempt(number, reason, NOW, (job("digger", "FAILED", node),) if node else ())
        for number, (reason, node) in enumerate(zip(reasons, (*nodes, None), strict=True), start=1)
    )
    return task(TaskStatus.QUEUED, task_id=name, attempts=made)


def test_a_task_that_failed_on_every_node_goes_back_to_one_that_was_repaired() -> None:
    """After a restart: nothing is known of the nodes, and the records of all tasks exclude all of them."""
    clock = Clock()
    starts = StartFailures(clock=clock)
    first, second, third = (failed_on(name, "n1", "n2") for name in ("first", "second", "third"))
    assert starts.excluded(first) == ("n1", "n2")
    starts.no_other_node(first, "Requested node configuration is not available")
    assert starts.barred
    assert starts.may_start(lambda _: True), "another one is the probe at once"
    assert starts.excluded(second) == ()
    starts.starts("second")
    assert not starts.may_start(lambda _: True)
    starts.began("7", "n1")
    assert starts.alarms == ()
    assert starts.excluded(first) == ("n2",), "it has been refused, and jobs begin on n1"
    assert starts.excluded(third) == ("n1", "n2"), "perhaps there is a third node"
    starts.no_other_node(third, "Requested node configuration is not available")
    assert starts.alarms == ()
    assert starts.excluded(third) == ("n2",)
    starts.failed("x", "8", "n1", "python: not found")
    assert starts.excluded(third) == ("n1", "n2")


def test_a_cluster_that_is_not_repaired_is_probed_no_more_often_after_a_refusal() -> None:
    clock = Clock()
    starts = StartFailures(clock=clock)
    starts.no_other_node(failed_on("first", "n1"), "Requested node configuration is not available")
    starts.starts("second")
    starts.failed("second", "7", "n1", "python: not found")
    assert starts.barred
    assert not starts.may_start(lambda _: False)
    clock.now += 31
    assert starts.may_start(lambda _: False)


def test_a_node_that_is_not_known_is_never_excluded() -> None:
    starts = StartFailures(clock=Clock())
    swallowed(starts, None, None, None)
    assert starts.excluded(anybody()) == ()
    swallowed(starts, None, None, first=10)
    assert starts.barred


def job(stage: str, state: str, node: str | None) -> JobRecord:
    return JobRecord(f"bt-{stage}", (PipelineStage(stage),), NOW, job_id="1", state=state, node=node)


def attempts(*reasons: str) -> tuple[Attempt, ...]:
    jobs = (job("digger", "COMPLETED", "n1"), job("shoter", "FAILED", "n2"))
    return tuple(Attempt(number, reason, NOW, jobs) for number, reason in enumerate(reasons, start=1))


@pytest.mark.parametrize(
    ("reasons", "nodes"),
    [
        (("first",), ()),
        (("first", "not_started"), ("n2",)),
        (("first", "node_failure"), ()),
        (("first", "not_started", "retry"), ()),
        (("first", "node_failure", "not_started"), ("n2",)),
    ],
)
def test_a_task_keeps_away_from_the_node_on_which_its_job_did_not_start(
    reasons: tuple[str, ...], nodes: tuple[str, ...]
) -> None:
    starts = StartFailures(clock=Clock())
    assert starts.excluded(replace(anybody(), attempts=attempts(*reasons))) == nodes


def test_whoever_waits_while_only_probes_are_started_is_told_why(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MAX_ACTIVE_PIPELINES="6")
    ids = rig.submit(8)
    rig.poller.tick()
    for number, task_id in enumerate(ids[:6]):
        rig.swallow(task_id, node=f"n{number % 2}")
    rig.poller.cycle()
    assert rig.starts.barred
    admin = build_admin(rig.settings, by="operator")
    waiting = [task for task in map(rig.record, ids) if not task.is_active]
    assert len(waiting) >= 7, "all but a probe"
    assert {task.pending_reason or admin.why_not_begun(task) for task in waiting} == {JOBS_DO_NOT_START}
    assert {rig.tasks.view_of(task.task_id).task.pending_reason for task in waiting} == {JOBS_DO_NOT_START}
    gate = admin.gate()
    assert gate is not None
    assert "only probes" in str(gate.complaint)


def test_a_task_that_is_refused_without_its_repaired_nodes_too_does_not_wait_in_silence() -> None:
    starts = StartFailures(clock=Clock())
    lonely = failed_on("lonely", "n1", "n2")
    starts.began("7", "n1")
    starts.no_other_node(lonely, "Requested node configuration is not available")
    assert starts.excluded(lonely) == ("n2",)
    seen = [starts.barred]
    starts.no_other_node(lonely, "Requested node configuration is not available")
    seen.append(starts.barred)
    assert seen == [False, True]
    assert starts.alarms
