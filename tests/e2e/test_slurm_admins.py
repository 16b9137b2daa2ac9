"""What users and admins do to jobs on a real cluster, and what the portal makes of it. F9-F11."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from portal.domain.errors import NotFound
from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import TaskMeta
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.e2e.operators import btportal


@pytest.fixture
def site(slurm_cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site") as made:
        yield made


def test_scancel_by_an_admin_wins_and_who_did_it_is_shown(site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    site.run("scancel", site.job_id(task_id, "digger"))
    task = site.wait_ended(task_id)
    assert (task.status, task.failure_kind, len(task.attempts)) == (TaskStatus.FAILED, FailureKind.CANCELLED, 1)
    told = f"The job was cancelled on the cluster by {getpass.getuser()}."
    task = site.wait(task_id, lambda task: task.error_message == told)
    assert task.cancelled_by == getpass.getuser()
    site.wait_no_job(task_id)


def has_stopped_parent(pid: int) -> bool:
    """Tell whether a process that started this one, directly or not, is stopped."""
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return True
    return False


def test_scancel_beats_a_success_that_was_written_in_the_last_second(site: SlurmSite) -> None:
    """F10: the last stage has written its sentinel; the job is cancelled before it has ended."""
    site.hold("bundle")
    task_id = site.new_task()
    site.wait_stage(task_id, "bundle")
    job_id = site.job_id(task_id, "shoter")
    site.stop_poller()
    # Freeze the job's own shell, so that it outlives its stages; scancel ends it all the same.
    site.run("scancel", "--batch", "--signal=STOP", job_id)
    wait_for(partial(has_stopped_parent, site.claims(task_id)[-1]["identity"]["pid"]), what="the shell is stopped")
    site.let_go("bundle")
    wait_for(lambda: list(site.portal.task(task_id).path.glob("attempts/1/bundle/sentinel.json")))
    site.run("scancel", job_id)
    site.start_poller()
    task = site.wait_ended(task_id)
    assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.CANCELLED)


def stuck(site: SlurmSite) -> list[tuple[str, str, str]]:
    """Return task, job and remedy of all that is stuck."""
    code, output = btportal(site, "admin", "stuck", "--json")
    assert code == 0, output
    return [(row["task_id"], row["job"], row["mend"]) for row in json.loads(output)["stuck"]]


def test_held_released_suspended_and_resumed_is_waited_for(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    with SlurmSite(tmp_path / "site", SLURM_EXTRA="--hold") as site:
        task_id = site.new_task()
        held = site.wait(task_id, lambda task: task.pending_reason is not None)
        assert (held.status, held.pending_reason) == (TaskStatus.QUEUED, "JobHeldUser")
        site.hold("digger")
        for stage in ("digger", "shoter"):
            site.run("scontrol", "release", site.job_id(task_id, stage))
        site.wait_stage(task_id, "digger")
        digger = site.job_id(task_id, "digger")
        site.run("scontrol", "suspend", digger)
        suspended = site.wait(task_id, lambda task: task.attempts[0].jobs[0].state == "SUSPENDED")
        assert (suspended.status, suspended.pending_reason) == (TaskStatus.RUNNING, "Suspended")
        site.run("scontrol", "resume", digger)
        shoter = site.job_id(task_id, "shoter")
        site.run("scontrol", "hold", shoter)
        told = [(task_id, shoter, f"scontrol release {shoter}")]
        wait_for(lambda: stuck(site) == told, what="the held second job is told while the first one runs")
        site.run("scontrol", "release", shoter)
        site.let_go("digger")
        task = site.wait_ended(task_id)
        assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)


def test_requeued_behind_our_back_goes_on_in_a_fresh_folder(site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    digger = site.job_id(task_id, "digger")
    site.run("scontrol", "update", f"jobid={digger}", "requeue=1")
    site.run("scontrol", "requeue", digger)
    site.wait(task_id, lambda task: task.attempts[0].jobs[0].state == "PENDING")

    def given_up(task: TaskMeta) -> bool:
        """slurmctld puts the job off by two minutes, once it has cleaned up after the first run.

        Hurried it comes again and finds its own claim, or slurmd refuses it at once: the first run's credential was
        revoked within the same second. Either way its folder is not worked in again.
        """
        site.run("scontrol", "update", f"jobid={digger}", "starttime=now", check=False)
        return len(task.attempts) == 2

    again = site.wait(task_id, given_up, timeout_s=270)
    assert again.attempts[1].reason == "preempted"
    site.let_go("digger")
    task = site.wait_ended(task_id)
    assert (task.status, site.runs(task_id)) == (TaskStatus.COMPLETED, {**ONCE, "digger": 2})


def test_preempted_goes_on_in_a_fresh_folder(site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    urgent = ["-p", "urgent", "-N", "2", "--exclusive", "--job-name=urgent", "--wrap=sleep 1"]
    site.run("sbatch", *urgent)
    again = site.wait(task_id, lambda task: len(task.attempts) == 2)
    assert again.attempts[1].reason == "preempted"
    site.let_go("digger")
    task = site.wait_ended(task_id)
    assert (task.status, site.runs(task_id)) == (TaskStatus.COMPLETED, {**ONCE, "digger": 2})


def test_the_child_of_a_failed_parent_is_ended_with_the_parent_s_reason(site: SlurmSite) -> None:
    """F11: the child would wait for ever, as this job lost its --kill-on-invalid-dep."""
    site.hold("digger")
    site.fail("digger", "invalid_input")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    shoter = site.job_id(task_id, "shoter")
    site.run("scontrol", "update", f"jobid={shoter}", "nice=1")
    site.let_go("digger")
    task = site.wait_ended(task_id)
    assert (task.failure_kind, task.error_message) == (FailureKind.INVALID_INPUT, "The stage failed as it was told.")
    site.wait_no_job(task_id)
    assert site.runs(task_id) == {"digger": 1, "shoter": 0, "plots": 0, "bundle": 0}


def test_cancel_of_a_pending_and_of_a_running_task(site: SlurmSite) -> None:
    site.hold("digger")
    running = site.new_task()
    site.wait_stage(running, "digger")
    site.tasks.cancel(site.record(running))
    ended = site.wait_ended(running)
    assert (ended.failure_kind, ended.cancelled_by, len(ended.attempts)) == (FailureKind.CANCELLED, "user", 1)

    waiting = site.new_task()
    site.wait(waiting, lambda task: task.attempt is not None and all(job.job_id for job in task.attempt.jobs))
    site.tasks.cancel(site.record(waiting))
    assert site.wait_ended(waiting).failure_kind is FailureKind.CANCELLED
    site.wait_no_job(running, waiting)


def test_delete_while_running_leaves_no_job_and_no_file(site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    token = site.keyring.token_of(site.record(task_id))
    site.tasks.delete(site.record(task_id))
    with pytest.raises(NotFound):
        site.tasks.authorize(task_id, token)
    wait_for(lambda: not site.portal.task(task_id).path.exists() and not list(site.portal.trash.iterdir()))
    site.wait_no_job(task_id)
    assert task_id in "".join(path.read_text() for path in site.portal.usage.iterdir()), "it was used all the same"


def test_a_retry_builds_on_what_ended_well(site: SlurmSite) -> None:
    site.fail("shoter", "tool_error")
    task_id = site.new_task()
    failed = site.wait_ended(task_id)
    assert failed.failure_kind is FailureKind.TOOL_ERROR
    (site.folder / "fail-shoter").unlink()
    site.tasks.retry(failed)
    task = site.wait(task_id, lambda task: task.status is TaskStatus.COMPLETED)
    assert [attempt.reason for attempt in task.attempts] == ["first", "retry"]
    assert site.runs(task_id) == {**ONCE, "shoter": 2}


def test_a_job_that_no_task_wants_any_more_is_ended_and_others_are_left_alone(site: SlurmSite) -> None:
    task_id = site.new_task()
    site.wait_ended(task_id)
    here = [f"--chdir={site.portal.jobs}"]
    copied = site.run("sbatch", "--parsable", f"--job-name=bt-{task_id}-digger-a1", "--wrap=sleep 600").strip()
    ours = site.run("sbatch", "--parsable", *here, f"--job-name=bt-{task_id}-digger-a1", "--wrap=sleep 600").strip()
    other = site.run("sbatch", "--parsable", *here, "--job-name=bt-aaaaaaaaaaaa-digger-a1", "--wrap=sleep 600").strip()
    try:
        wait_for(lambda: ours not in site.jobs_of(task_id, living=True))
        wait_for(lambda: f"job {ours}" in site.log.read_text())
        assert site.jobs_of("aaaaaaaaaaaa", living=True) == [other]
        assert site.jobs_of(task_id, living=True) == [copied], "of the same name, in the folder of another portal"
    finally:
        site.run("scancel", ours, other, copied)
