"""What the poller does with a deletion that can be undone: jobs end at once, files go when it is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.status import FailureKind, TaskStatus
from portal.files.taskdir import PortalDir
from portal.files.wishes import WishKind, can_undo, finish_deletion, read_wishes, withdraw_deletion
from portal.files.withdrawn import WithdrawnSubmissions
from portal.poller.janitor import Janitor
from portal.storage.file import FileTaskStore
from slurm.types import JobState
from tests.unit.poller.poller_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def delete_running(rig: Rig) -> tuple[str, datetime]:
    """Delete a task at work so that it can be undone, and let the poller see to it."""
    (task_id,) = rig.submit()
    rig.poller.cycle()
    rig.begin(task_id)
    rig.poller.cycle()
    due = (rig._now() + timedelta(minutes=10)).replace(microsecond=0)
    rig.tasks.delete(rig.record(task_id), due=due)
    rig.poller.tick()
    for stage in ("digger", "shoter"):
        assert rig.scheduler.cancelled
        rig.scheduler.move(rig.job(task_id, stage), JobState.CANCELLED)
    rig.poller.cycle()
    return task_id, due


def test_its_jobs_end_at_once_and_its_files_wait_until_it_is_due(rig: Rig) -> None:
    task_id, _ = delete_running(rig)
    assert rig.record(task_id).failure_kind is FailureKind.CANCELLED
    rig.later(500)
    rig.poller.cycle()
    assert rig.portal.task(task_id).path.is_dir()
    rig.later(200)
    rig.poller.cycle()
    assert not rig.portal.task(task_id).path.exists()


def test_a_poller_that_starts_anew_goes_on_waiting(rig: Rig) -> None:
    task_id, _ = delete_running(rig)
    rig.restart()
    rig.poller.tick()
    rig.poller.cycle()
    assert rig.portal.task(task_id).path.is_dir()
    rig.later(700)
    rig.poller.cycle()
    assert not rig.portal.task(task_id).path.exists()


def test_what_was_undone_stays_and_can_run_again(rig: Rig) -> None:
    task_id, due = delete_running(rig)
    assert not withdraw_deletion(rig.portal, task_id, due + timedelta(seconds=1)), "another deletion's"
    assert withdraw_deletion(rig.portal, task_id, due)
    rig.later(700)
    rig.poller.cycle()
    rig.tasks.retry(rig.tasks.record(task_id))
    rig.poller.tick()
    rig.poller.cycle()
    assert rig.record(task_id).status in (TaskStatus.PENDING, TaskStatus.QUEUED)
    assert len(rig.record(task_id).attempts) == 2


def test_a_retry_asked_for_before_begins_only_after_an_undo(rig: Rig) -> None:
    task_id, due = delete_running(rig)
    assert withdraw_deletion(rig.portal, task_id, due)
    task = rig.tasks.record(task_id)
    rig.tasks.retry(task)
    rig.tasks.delete(task, due=due)
    rig.poller.tick()
    rig.poller.cycle()
    assert len(rig.record(task_id).attempts) == 1
    assert withdraw_deletion(rig.portal, task_id, due)
    rig.poller.tick()
    assert len(rig.record(task_id).attempts) == 2


def test_a_deletion_whose_id_is_wanted_again_happens_now(rig: Rig) -> None:
    task_id, _ = delete_running(rig)
    finish_deletion(rig.portal, task_id)
    rig.poller.tick()
    assert not rig.portal.task(task_id).path.exists()


def test_a_clock_set_far_back_makes_a_deletion_final(rig: Rig) -> None:
    task_id, due = delete_running(rig)
    assert not can_undo(due, due - timedelta(days=1))
    rig.later(-86400)
    rig.poller.cycle()
    assert not rig.portal.task(task_id).path.exists()


def test_a_withdrawn_submission_goes_when_it_is_due_and_so_does_what_has_no_such_name(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    now = datetime.now(UTC)
    for name in ("a" * 12 + f"~{int(now.timestamp()) + 300}", "b" * 12 + f"~{int(now.timestamp()) - 1}", "c~x"):
        (portal.withdrawn / name).mkdir(parents=True)
    (portal.withdrawn / ("d" * 12 + "~99999999999")).write_text("not a folder")
    Janitor(portal, FileTaskStore(portal)).sweep((), (), now, lambda task_id: None)
    assert [entry.name[:1] for entry in portal.withdrawn.iterdir()] == ["a"]
    assert list(portal.trash.iterdir()) == []
    assert WithdrawnSubmissions(portal).ids() == {"a" * 12}


def test_read_wishes_keeps_the_moment(rig: Rig) -> None:
    task_id, due = delete_running(rig)
    assert [(wish.kind, wish.due) for wish in read_wishes(rig.portal.task(task_id))] == [(WishKind.DELETE, due)]
