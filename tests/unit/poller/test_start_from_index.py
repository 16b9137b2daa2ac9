"""A start trusts the index for what has ended until the records have been read; where they differ, records count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portal.domain.status import TaskStatus
from portal.files.document import write_document
from slurm.types import JobState
from tests.unit.poller.poller_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def _say_ended(rig: Rig, task_id: str) -> None:
    """Have the index say that a task has completed, as a crash or somebody's hand might leave it."""
    path = rig.portal.task_index
    lines = [
        line.replace("\tqueued\t", "\tcompleted\t").replace("\trunning\t", "\tcompleted\t") if task_id in line else line
        for line in path.read_text().splitlines(keepends=True)
    ]
    path.write_text("".join(lines))


def test_a_task_that_the_index_calls_ended_and_is_not_goes_on_and_keeps_its_jobs(rig: Rig) -> None:
    (task_id,) = rig.submit()
    rig.poller.tick()
    rig.begin(task_id)
    rig.poller.cycle()
    assert rig.record(task_id).status is TaskStatus.RUNNING
    _say_ended(rig, task_id)
    rig.restart()
    assert task_id not in rig.poller.live
    rig.poller.cycle()  # its job lives on the cluster, and nobody has read yet who wants it
    assert rig.scheduler.jobs[rig.job(task_id)].state is JobState.RUNNING
    rig.poller.tick()
    assert task_id in rig.poller.live
    rig.poller.cycle()
    assert rig.scheduler.jobs[rig.job(task_id)].state is JobState.RUNNING
    rig.finish(task_id)
    rig.poller.cycle()
    assert rig.record(task_id).status is TaskStatus.COMPLETED


def test_a_wish_for_a_task_that_is_not_read_yet_is_heard(rig: Rig) -> None:
    (task_id,) = rig.submit()
    rig.poller.tick()
    rig.finish(task_id)
    rig.poller.cycle()
    ended = rig.record(task_id)
    assert ended.status.is_final
    rig.poller.lease.release()
    rig.tasks.retry(ended)
    rig.start()
    rig.poller.tick()
    assert len(rig.record(task_id).attempts) == 2


def test_the_record_corrects_the_index(rig: Rig) -> None:
    (task_id,) = rig.submit()
    rig.poller.tick()
    rig.finish(task_id)
    rig.poller.cycle()
    record = rig.record(task_id)
    write_document(rig.portal.task(task_id).meta, replace(record, filename="another.fna", revision=record.revision + 1))
    rig.restart()
    rig.poller.tick()
    assert "another.fna" in rig.portal.task_index.read_text().splitlines()[-1]


@pytest.mark.parametrize("damage", ["", "no index\n", "#0123456789abcdef\n\t\t\t\n", None])
def test_without_a_sound_index_every_record_is_read(rig: Rig, damage: str | None) -> None:
    (task_id,) = rig.submit()
    rig.poller.tick()
    if damage is None:
        rig.portal.task_index.unlink()
    else:
        rig.portal.task_index.write_text(damage)
    rig.restart()
    assert task_id in rig.poller.live


def test_a_row_of_a_task_that_is_gone_is_dropped(rig: Rig) -> None:
    path = rig.portal.task_index
    with path.open("a") as index:
        index.write('2026-03-02T12:00:00+00:00\taaaaaaaaaaaa\tcompleted\t\t\t"a.fna"\n')
    rig.restart()
    assert "aaaaaaaaaaaa" not in path.read_text()
