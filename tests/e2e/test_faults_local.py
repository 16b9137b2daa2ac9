"""Faults of disk and files under a whole run on this machine. F12, F13."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from portal.domain.status import FailureKind, TaskStatus
from portal.files.reports import JobExit, utc_now
from tests.e2e.gated_site import ONCE, GatedSite, wait_for


def test_a_result_that_was_cut_off_is_no_success(tmp_path: Path) -> None:
    """F12: the job ended well and its sentinel says so, but a file has not the size that it names."""
    with GatedSite(tmp_path / "site") as site:
        site.hold("bundle")
        task_id = site.new_task()
        site.wait_stage(task_id, "bundle")
        site.stop_poller()
        site.let_go("bundle")
        folder = site.portal.task(task_id).attempt(1)
        wait_for(lambda: list(folder.path.glob("jobs/*/exit.json")))
        (folder.stage(site.record(task_id).stages[0].stage).out / "digger.txt").write_text("")
        site.start_poller()
        task = site.wait_ended(task_id)
        assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.OUTPUT_MISSING)


def test_a_file_that_shows_late_is_waited_for(tmp_path: Path) -> None:
    with GatedSite(tmp_path / "site") as site:
        site.hold("bundle")
        task_id = site.new_task()
        site.wait_stage(task_id, "bundle")
        site.stop_poller()
        site.let_go("bundle")
        folder = site.portal.task(task_id).attempt(1)
        wait_for(lambda: list(folder.path.glob("jobs/*/exit.json")))
        late = folder.path / "digger" / "out" / "digger.txt"
        late.rename(folder.path / "elsewhere")
        # The grace counts from the job's end, which the poller reads from this file.
        JobExit(0, utc_now(), "completed").write(folder.path / "jobs" / "digger" / "exit.json")
        site.start_poller()
        wait_for(lambda: site.log.read_text().count("tasks on disk") == 2, what="the second poller is at work")
        (folder.path / "elsewhere").rename(late)
        assert site.wait_ended(task_id).status is TaskStatus.COMPLETED


def test_a_full_disk_under_the_poller_and_the_job(full_disk: Path) -> None:
    """F13: while there is no room records are whole, and say what becomes of it; when there is, the task ends well."""
    with GatedSite(full_disk) as site:
        site.hold("digger")
        task_id = site.new_task()
        site.wait_stage(task_id, "digger")
        site.wait(task_id, lambda task: task.attempts[0].jobs[0].state == "RUNNING")
        filler = full_disk / "filler"
        with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(b"x" * 4096):
                pass
        try:
            site.let_go("digger")
            time.sleep(3)
            assert len(site.record(task_id).attempts) == 1, "what failed for want of room is not tried again at once"
            assert site.poller is not None
            assert site.poller.poll() is None
        finally:
            filler.unlink()
        task = site.wait_ended(task_id)
        # The stage itself may have failed for want of room; then a retry is what its advice says.
        if task.status is TaskStatus.FAILED:
            assert task.failure_kind in (FailureKind.DISK_FULL, FailureKind.TOOL_ERROR)
            site.tasks.retry(task)
            task = site.wait(task_id, lambda task: task.status is TaskStatus.COMPLETED)
        assert task.status is TaskStatus.COMPLETED
        assert site.runs(task_id)["bundle"] == ONCE["bundle"]
