"""What the job side's files say: when the scheduler has to be asked at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.domain.jobs import EXIT_SUPERSEDED
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.reports import Claim, JobExit, utc_now
from portal.files.taskdir import PortalDir, TaskDir
from portal.poller.observe import observe
from tests.builders import make_task_on_disk


@pytest.fixture
def running(tmp_path: Path) -> tuple[TaskDir, TaskMeta]:
    """A task at work, its first job claimed by job 7."""
    portal = PortalDir(tmp_path)
    portal.prepare()
    task = make_task_on_disk(portal, TaskStatus.RUNNING).task
    assert task.attempt is not None
    folder = portal.task(task.task_id)
    job_dir = folder.attempt(1).job(task.attempt.jobs[0].stages[0])
    job_dir.path.mkdir(parents=True, exist_ok=True)
    assert Claim.take(job_dir.claim, "7")
    return folder, task


def supersede(folder: TaskDir, task: TaskMeta, job_id: str) -> None:
    assert task.attempt is not None
    job_dir = folder.attempt(1).job(task.attempt.jobs[0].stages[0])
    JobExit(EXIT_SUPERSEDED, utc_now(), "superseded").write(job_dir.path / f"superseded-{job_id}.json")


def test_a_job_that_met_its_own_claim_is_to_be_looked_at_now(running: tuple[TaskDir, TaskMeta]) -> None:
    """It was put back into the queue behind the portal's back: nothing more will come of this attempt."""
    folder, task = running
    assert not observe(folder, task).decisive
    supersede(folder, task, "7")
    assert observe(folder, task).decisive


def test_another_job_that_met_the_claim_changes_nothing(running: tuple[TaskDir, TaskMeta]) -> None:
    folder, task = running
    supersede(folder, task, "8")
    assert not observe(folder, task).decisive
