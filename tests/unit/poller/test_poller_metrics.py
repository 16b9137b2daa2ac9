"""The poller's figures: what is counted from record to record, and that all series are there from the start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.stage_record import StageRecord
from portal.domain.status import FailureKind, PipelineStage, TaskStatus
from portal.domain.task import Attempt, TaskMeta
from portal.files.metrics import read_figures
from portal.files.taskdir import PortalDir
from portal.poller.metrics import PollerMetrics
from tests.builders import task_meta

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path)
    portal.prepare()
    return portal


def _write(portal: PortalDir, metrics: PollerMetrics, *live: TaskMeta, on_disk: int = 0) -> dict[str, float]:
    waiting = {task.task_id for task in live if task.status is TaskStatus.QUEUED}
    metrics.write(live, on_disk=on_disk, waiting=waiting, slots=4, used=1, suspended=False, now=NOW)
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in read_figures(portal.metrics)
        for sample in family.samples
    }


def test_all_series_are_there_before_anything_happens_and_are_few(portal: PortalDir) -> None:
    figures = _write(portal, PollerMetrics(portal))
    assert figures["bttoxin_tasks_ended_total['failed', 'node_failure']"] == 0
    assert figures["bttoxin_poller_errors_total['task']"] == 0
    assert len(figures) < 160
    ended = [name for name in figures if name.startswith("bttoxin_tasks_ended_total")]
    assert all(any(f"'{kind}'" in name for name in ended) for kind in FailureKind)


def test_the_states_of_live_tasks_and_the_queue(portal: PortalDir) -> None:
    old = task_meta(TaskStatus.QUEUED, task_id="aaaaaaaaaaaa", submission_time=NOW - timedelta(minutes=5))
    young = task_meta(TaskStatus.QUEUED, task_id="bbbbbbbbbbbb", submission_time=NOW - timedelta(minutes=1))
    running = task_meta(TaskStatus.RUNNING, task_id="cccccccccccc")
    figures = _write(portal, PollerMetrics(portal), old, young, running, on_disk=10)
    assert figures["bttoxin_tasks['queued']"] == 2
    assert figures["bttoxin_tasks['running']"] == 1
    assert figures["bttoxin_tasks['ended']"] == 7
    assert figures["bttoxin_slots['free']"] == 3
    assert figures["bttoxin_queue_waiting[]"] == 2
    assert figures["bttoxin_queue_oldest_wait_seconds[]"] == 300


def test_a_task_is_counted_once_however_often_its_record_is_saved(portal: PortalDir) -> None:
    metrics = PollerMetrics(portal)
    queued = task_meta(TaskStatus.QUEUED, task_id="aaaaaaaaaaaa", submission_time=NOW, attempts=(), stages=())
    begun = replace(queued, attempts=(Attempt(1, "first", NOW),))
    running = replace(begun, status=TaskStatus.RUNNING, start_time=NOW + timedelta(seconds=7))
    digger = StageRecord(PipelineStage.DIGGER, "completed", NOW, NOW + timedelta(seconds=12))
    staged = replace(running, stages=(digger,))
    failed = replace(staged, status=TaskStatus.FAILED, failure_kind=FailureKind.TIMEOUT)
    records = [queued, begun, begun, running, running, staged, staged, failed, failed]
    for before, after in zip([None, *records], records, strict=False):
        metrics.saw(before, after)
    figures = _write(portal, metrics)
    assert figures["bttoxin_attempts_total['first']"] == 1
    assert figures["bttoxin_task_wait_seconds_count[]"] == 1
    assert figures["bttoxin_task_wait_seconds_sum[]"] == 7
    assert figures["bttoxin_stage_duration_seconds_sum['digger']"] == 12
    assert figures["bttoxin_tasks_ended_total['failed', 'timeout']"] == 1


def test_a_full_disk_stops_nothing(portal: PortalDir) -> None:
    portal.metrics.mkdir()  # nothing can be put there
    assert _write(portal, PollerMetrics(portal)) == {}
