"""Nothing in the live part of a task's page contradicts another thing in it, over all combinations of what it shows.

The states are those that the poller can write: stages report before the scheduler tells of their job, and after it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import render_template

from portal.domain.stage_record import StageRecord
from portal.domain.status import STAGE_ORDER, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.files.heartbeat import QueueView, estimate_start
from portal.services.answers import TaskView
from portal.services.tasks import _as_asked_for, _with_reason
from portal.web.pages.task_state import StatePanel, build_panel
from tests.builders import SUBMITTED, Site, task_meta

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """A task as the portal sees it, with the queue around it."""

    task: TaskMeta
    view: TaskView
    queue: QueueView
    panel: StatePanel
    html: str

    def __str__(self) -> str:
        jobs = [(job.job_id, job.state) for job in (self.task.attempt.jobs if self.task.attempt else ())]
        stages = [record.state for record in self.task.stages]
        return f"{self.task.status} {jobs} {stages} {self.view.wishes} {self.queue}: {self.panel}"


def job(number: int, job_id: str | None, state: str | None) -> JobRecord:
    """Return one of two jobs: the search, and all that follows it."""
    stages = STAGE_ORDER[:1] if number == 0 else STAGE_ORDER[1:]
    return JobRecord(f"bt-{number}", stages, SUBMITTED, job_id=job_id, state=state, raw_state=state)


def records(done: int, state: str = "waiting") -> tuple[StageRecord, ...]:
    """Return stages of which so many are done and the next is in this state."""
    states = ["done"] * done + [state] + ["waiting"] * 4
    return tuple(StageRecord(stage, each) for stage, each in zip(STAGE_ORDER, states, strict=False))


def whole(status: TaskStatus, stages: tuple[StageRecord, ...], *jobs: JobRecord) -> TaskMeta:
    """Return a record whose one attempt has these jobs."""
    attempts = (Attempt(1, "first", SUBMITTED, jobs),) if jobs or status is not TaskStatus.PENDING else ()
    current = next((record.stage for record in stages if record.state != "done"), None)
    return task_meta(status, stages=stages, attempts=attempts, current_stage=current)


def tasks() -> Iterator[TaskMeta]:
    """Yield every state of a task, its stages and its jobs."""
    unsent = job(1, None, None)
    yield whole(TaskStatus.PENDING, records(0))
    yield whole(TaskStatus.QUEUED, records(0))
    yield whole(TaskStatus.QUEUED, records(0), job(0, None, None), unsent)
    for state in ("PENDING", "RUNNING", "SUSPENDED", "COMPLETED", "UNKNOWN"):
        yield whole(TaskStatus.QUEUED, records(0), job(0, "1", state), unsent)
        yield whole(TaskStatus.RUNNING, records(0, "running"), job(0, "1", state), unsent)
        yield whole(TaskStatus.RUNNING, records(0, "failed"), job(0, "1", state), unsent)
        for done in (1, 2, 3):
            for second in ("waiting", "running", "failed"):
                later = job(1, "2", state)
                yield whole(TaskStatus.RUNNING, records(done, second), job(0, "1", "COMPLETED"), later)
        yield whole(TaskStatus.RUNNING, records(4), job(0, "1", "COMPLETED"), job(1, "2", state))
    yield whole(TaskStatus.RUNNING, records(1), job(0, "1", "COMPLETED"), unsent)
    yield whole(TaskStatus.COMPLETED, records(4), job(0, "1", "COMPLETED"), job(1, "2", "COMPLETED"))
    yield whole(TaskStatus.FAILED, records(1, "failed"), job(0, "1", "COMPLETED"), job(1, "2", "FAILED"))


def queues() -> Iterator[QueueView]:
    """Yield a queue that is free, full, paused, closed by the cluster, and both."""
    for used, draining, closed in itertools.product((0, 2), (False, True), (None, "PartitionUnavailable")):
        yield QueueView(2, used, 3, draining, 200.0, NOW, closed_reason=closed)
    yield QueueView(2, 2, 3, draining=False, mean_duration_s=200.0, updated_at=NOW, on_cluster=False)


@pytest.fixture
def all_seen(site: Site) -> Iterator[Iterator[Seen]]:
    with site.app.test_request_context("/?lang=en"):
        yield _all_seen()


def _all_seen() -> Iterator[Seen]:
    silences = (None, timedelta(seconds=5), timedelta(hours=1))
    wishes: tuple[tuple[str, ...], ...] = ((), ("cancel",), ("retry",))
    for task, queue, silence, wished, reason in itertools.product(
        list(tasks()), list(queues()), silences, wishes, (None, "Resources")
    ):
        if wished == ("retry",) and not task.status.is_final:
            continue  # refused
        known = replace(task, last_synced=NOW - silence if silence else None, pending_reason=reason)
        asked = _with_reason(_as_asked_for(known, wished), queue)
        waits = asked.status is TaskStatus.PENDING or (asked.status is TaskStatus.QUEUED and not asked.is_active)
        position = 2 if waits else None
        estimate = estimate_start(queue, 2, NOW) if waits else None
        view = TaskView(asked, position, estimate, wished)
        panel = build_panel(view, queue, now=NOW, version="1")
        yield Seen(asked, view, queue, panel, render_template("_panel.html", panel=panel))


def test_no_part_of_the_panel_contradicts_another(all_seen: Iterator[Seen]) -> None:
    sentences = set()
    number = 0
    for seen in all_seen:
        wrong = [rule.__name__ for rule in RULES if not rule(seen)]
        assert wrong == [], str(seen)
        sentences.add(seen.panel.sentence)
        number += 1
    assert number > 2000
    assert len(sentences) >= 13


def the_word_goes_with_the_steps(seen: Seen) -> bool:
    """Nothing is at work in a task that waits or has ended, nor has it failed before it began."""
    states = {step.state for step in seen.panel.steps}
    if seen.task.status is TaskStatus.COMPLETED:
        return states <= {"done", "reused"}
    if seen.task.status is TaskStatus.RUNNING:
        return "unreached" not in states
    return "running" not in states and (seen.task.status is TaskStatus.FAILED or "failed" not in states)


def a_stage_at_work_has_no_waiting_and_no_ended_job(seen: Seen) -> bool:
    told = {step.job_state for step in seen.panel.steps if step.state == "running"}
    return told <= {None, "RUNNING", "SUSPENDED", "UNKNOWN"}


def a_running_job_is_not_said_to_be_waited_for(seen: Seen) -> bool:
    shown = {step.job_state for step in seen.panel.steps if step.job_id and step.state == "waiting"}
    waits = "aiting for the cluster" in seen.html or "waits for the cluster" in seen.html
    return not (waits and "RUNNING" in shown)


def a_task_on_the_cluster_does_not_wait_for_a_slot(seen: Seen) -> bool:
    is_there = any(step.job_id for step in seen.panel.steps)
    waits = "free slot" in seen.html or "slots for running tasks" in seen.html or seen.panel.position is not None
    return not (is_there and (waits or "Not on the cluster yet" in seen.html))


def nothing_starts_while_nothing_is_started(seen: Seen) -> bool:
    stopped = seen.queue.draining or seen.queue.closed_reason is not None
    return not stopped or "Estimated start" not in seen.html


def who_waits_for_the_operator_or_the_cluster_reads_why(seen: Seen) -> bool:
    if seen.task.is_active or seen.task.status.is_final or seen.panel.cancelling:
        return True
    paused = "The operator has paused new tasks" in seen.html
    return paused == seen.queue.draining and (seen.queue.closed_reason is None or len(seen.panel.reasons) > 0)


def what_runs_does_not_wait(seen: Seen) -> bool:
    is_busy = any(step.state == "running" and step.job_state in (None, "RUNNING") for step in seen.panel.steps)
    return not (is_busy and (seen.panel.reasons or "waits" in seen.panel.sentence))


def what_failed_is_not_at_work(seen: Seen) -> bool:
    failed = any(step.state == "failed" for step in seen.panel.steps)
    is_told = "failed" in seen.panel.sentence or seen.panel.cancelling or seen.task.status is TaskStatus.FAILED
    return not failed or is_told


def silence_is_told_of_a_cluster_that_has_the_task(seen: Seen) -> bool:
    return not seen.panel.sync_is_old or (seen.panel.handed_over and not seen.panel.retrying)


def who_cancels_is_told_that_alone(seen: Seen) -> bool:
    if not seen.panel.cancelling:
        return "Cancelling" not in seen.html
    alone = "queue-box" not in seen.html and not seen.panel.can_cancel
    asked = re.search("the cluster is asked to stop|is being stopped", seen.panel.sentence) is not None
    return alone and asked == seen.panel.handed_over


def another_run_has_not_failed(seen: Seen) -> bool:
    if not seen.panel.retrying:
        return True
    told_of_the_last = 'class="sync' in seen.html or seen.panel.failure is not None
    return not told_of_the_last and not any(step.job_id or step.state == "failed" for step in seen.panel.steps)


def another_run_shows_none_of_a_completed_one(seen: Seen) -> bool:
    """What a completed run did is on its own page; its stages and their times are not those of the next run."""
    if not (seen.panel.retrying and seen.task.runs):
        return True
    return all((step.state, step.duration_s) == ("waiting", None) for step in seen.panel.steps)


def a_portal_without_a_cluster_speaks_of_none(seen: Seen) -> bool:
    return seen.queue.on_cluster or "cluster" not in seen.html


def an_estimate_says_what_it_rests_on(seen: Seen) -> bool:
    return ("Estimated start" in seen.html) == ("recent tasks took 3 min 20 s on average" in seen.html)


RULES = (
    the_word_goes_with_the_steps,
    a_stage_at_work_has_no_waiting_and_no_ended_job,
    a_running_job_is_not_said_to_be_waited_for,
    a_task_on_the_cluster_does_not_wait_for_a_slot,
    nothing_starts_while_nothing_is_started,
    who_waits_for_the_operator_or_the_cluster_reads_why,
    what_runs_does_not_wait,
    what_failed_is_not_at_work,
    silence_is_told_of_a_cluster_that_has_the_task,
    who_cancels_is_told_that_alone,
    another_run_has_not_failed,
    another_run_shows_none_of_a_completed_one,
    a_portal_without_a_cluster_speaks_of_none,
    an_estimate_says_what_it_rests_on,
)
