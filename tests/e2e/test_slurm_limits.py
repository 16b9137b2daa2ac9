"""The cluster takes no more jobs: the portal says why, asks seldom, and goes on when there is room."""

from __future__ import annotations

import getpass
import time
from pathlib import Path

from portal.domain.status import TaskStatus
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.counted_commands import counted, counting
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.e2e.operators import btportal


def test_at_a_limit_on_jobs_the_portal_asks_seldom_and_says_why(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    """MaxSubmitJobs=4 for 30 slots: two tasks at a time, which are four jobs."""
    user = getpass.getuser()
    slurm_cluster.run("sacctmgr", "-i", "add", "account", "four", "Description=four")
    slurm_cluster.run("sacctmgr", "-i", "add", "user", user, "Account=four", "MaxSubmitJobs=4")
    site = SlurmSite(tmp_path / "site", SLURM_ACCOUNT="four", MAX_ACTIVE_PIPELINES="30", POLL_INTERVAL="5")
    site.hold("digger")
    ids = [site.new_task() for _ in range(6)]
    site.start_poller(PATH=counting(site))
    begin = time.monotonic()
    try:
        # Those that were submitted may wait for other reasons.
        limit = "AssocMaxSubmitJobLimit"
        held = wait_for(lambda: [each for each in map(site.record, ids) if each.pending_reason == limit])
        assert held[0].status is TaskStatus.QUEUED
        time.sleep(20)
        code, listing = btportal(site, "admin", "list")
        assert (code, "AssocMaxSubmitJobLimit" in listing) == (0, True)
        assert "nothing is submitted since" in listing
        passed_s = time.monotonic() - begin
        assert counted(site, "squeue") <= 2 + passed_s / 5
        assert counted(site, "sacct") <= 2 + passed_s / 5
        assert counted(site, "sbatch") <= 4 + passed_s / 4, "one probe per back-off"
        site.let_go("digger")
        for task_id in ids:
            task = site.wait_ended(task_id)
            assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)
    finally:
        site.__exit__(None, None, None)


def test_a_drained_partition_is_waited_for_and_named(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    slurm_cluster.run("scontrol", "update", "PartitionName=urgent", "State=DRAIN")
    try:
        with SlurmSite(tmp_path / "site", SLURM_PARTITION="urgent") as site:
            task_id = site.new_task()
            told = site.wait(task_id, lambda task: task.pending_reason is not None)
            assert told.status is TaskStatus.QUEUED
            assert told.pending_reason == "PartitionUnavailable"
            slurm_cluster.run("scontrol", "update", "PartitionName=urgent", "State=UP")
            task = site.wait_ended(task_id)
            assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)
    finally:
        slurm_cluster.run("scontrol", "update", "PartitionName=urgent", "State=UP")
