"""Endings that were once told wrong: the accounts, the disk or somebody else's scancel mislead. On a real cluster."""

from __future__ import annotations

import getpass
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.status import FailureKind, TaskStatus
from portal.files.usage import UsageLedger
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.waiting import PATIENCE_S

OPERATOR = "daemon"  # an account that every Debian has


@pytest.fixture
def site(slurm_cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site") as made:
        yield made


@pytest.fixture
def nodes(slurm_cluster: PrivateCluster) -> Iterator[None]:
    """Leave all nodes to the tests that follow, whatever a slurmctld without its state thinks of them."""
    yield
    slurm_cluster.run("scontrol", "update", "NodeName=n[1-2]", "State=RESUME", check=False)
    idle = ["sinfo", "-h", "-N", "-p", "main", "-o", "%t"]
    wait_for(lambda: slurm_cluster.run(*idle).split() == ["idle", "idle"], what="both nodes are idle again")


def hold_one(site: SlurmSite, task_id: str) -> Path:
    """Hold Digger of one task alone; it goes on when the file is removed."""
    path = site.folder / f"hold-digger-{task_id}"
    path.touch()
    return path


def test_a_cluster_that_lost_its_state_and_accounts_that_missed_an_end(
    slurm_cluster: PrivateCluster, nodes: None, site: SlurmSite
) -> None:
    """A job at work is gone, or stands as cancelled by nobody; one that ended well stands as running, for ever."""
    site.hold("digger")
    lost, done = site.new_task(), site.new_task()
    for task_id in (lost, done):
        site.wait_stage(task_id, "digger")
    site.stop_poller()
    gate = hold_one(site, lost)
    site.let_go("digger")
    for stage in ("digger", "shoter"):
        site.wait_accounted(done, stage, "COMPLETED")

    slurm_cluster.lose_state()
    slurm_cluster.miss_the_end(f"bt-{done}-shoter-a1")
    site.wait_accounted(done, "shoter", "RUNNING")
    assert site.jobs_of(lost) == site.jobs_of(done) == []

    site.start_poller()
    # Some versions of slurmdbd never learn of the lost job: then three minutes pass before it counts as gone.
    again = site.wait(lost, lambda task: len(task.attempts) == 2, timeout_s=PATIENCE_S + 180)
    assert again.attempts[1].reason == "lost"
    gate.unlink()
    task = site.wait_ended(lost)
    assert (task.status, len(task.attempts), site.runs(lost)) == (TaskStatus.COMPLETED, 2, {**ONCE, "digger": 2})
    task = site.wait_ended(done)
    assert (task.status, len(task.attempts), site.runs(done)) == (TaskStatus.COMPLETED, 1, ONCE)


@pytest.fixture
def operator(slurm_cluster: PrivateCluster) -> Iterator[tuple[str, list[str]]]:
    """Who cancels, and what stands before the command: another account where the tests may become one."""
    if os.geteuid():
        yield getpass.getuser(), []
        return
    user = pwd.getpwnam(OPERATOR)
    slurm_cluster.run("sacctmgr", "-i", "add", "user", OPERATOR, "Account=portal", "AdminLevel=Operator")
    yield OPERATOR, ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    slurm_cluster.run("sacctmgr", "-i", "delete", "user", OPERATOR)


def test_who_cancelled_the_waiting_job_is_named_and_not_the_portal_that_followed(
    site: SlurmSite, operator: tuple[str, list[str]]
) -> None:
    name, as_operator = operator
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    site.run(*as_operator, "scancel", site.job_id(task_id, "shoter"))
    task = site.wait_ended(task_id)
    assert (task.failure_kind, task.decided_by) == (FailureKind.CANCELLED, f"bt-{task_id}-shoter-a1")
    # The accounts name the portal's own user for Digger's job, whenever they do.
    wait_for(lambda: [line for line in UsageLedger(site.portal).lines() if line.task_id == task_id])
    task = site.wait(task_id, lambda task: all(job.cancelled_by for job in task.attempts[0].jobs))
    assert {job.stages[0]: job.cancelled_by for job in task.attempts[0].jobs} == {
        "digger": getpass.getuser(),
        "shoter": name,
    }
    assert task.cancelled_by == name
    assert task.error_message == f"The job was cancelled on the cluster by {name}."


def fill(disk: Path) -> None:
    """Take what room there is on a disk, also what was freed since."""
    with (disk / "filler").open("ab", buffering=0) as stream:
        try:
            while stream.write(b"x" * 4096):
                pass
        except OSError:
            return


def test_a_job_that_found_no_room_says_so_by_its_exit_code(slurm_cluster: PrivateCluster, full_disk: Path) -> None:
    """Neither a result nor a sentinel nor a record can be written; what is left is the number in the accounts."""
    with SlurmSite(full_disk) as site:
        site.hold("digger")
        task_id = site.new_task()
        site.wait_stage(task_id, "digger")
        digger = (f"bt-{task_id}-digger-a1", "FAILED")

        def failed() -> bool:
            fill(full_disk)
            return digger in site.accounted(task_id)

        fill(full_disk)
        site.let_go("digger")
        wait_for(failed, what="Digger's job failed for want of room")
        (full_disk / "filler").unlink()
        task = site.wait_ended(task_id)
        assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.DISK_FULL)
        site.tasks.retry(task)
        task = site.wait(task_id, lambda task: task.status is TaskStatus.COMPLETED)
        assert site.runs(task_id)["bundle"] == 1
