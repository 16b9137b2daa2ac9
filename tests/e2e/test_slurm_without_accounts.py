"""The whole portal on a cluster that keeps no accounts: the queue, the sentinel and the claim decide. F5."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import JobRecord, TaskMeta
from tests.cluster import NO_ACCOUNTS, PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.e2e.operators import btportal


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with PrivateCluster(options=NO_ACCOUNTS) as made, pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        yield made


@pytest.fixture
def site(cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site", SLURM_ACCOUNT="") as made:
        yield made


def jobs_of(task: TaskMeta) -> tuple[JobRecord, ...]:
    assert task.attempt is not None
    return task.attempt.jobs


def states(task: TaskMeta) -> list[str | None]:
    return [job.state for job in jobs_of(task)]


def test_a_task_completes_and_nothing_is_made_up(site: SlurmSite) -> None:
    task_id = site.new_task()
    task = site.wait_ended(task_id)
    assert (task.status, states(task)) == (TaskStatus.COMPLETED, ["COMPLETED", "COMPLETED"])
    assert site.runs(task_id) == ONCE
    task = site.wait(
        task_id, lambda task: all(job.max_rss_bytes for job in jobs_of(task))
    )  # from the stages themselves
    for job in jobs_of(task):
        assert (job.exit_code, job.cpu_time_s) == (None, None), "only sacct knows these"
        assert job.start_time is not None
        assert job.end_time is not None
        assert job.node in ("n1", "n2")
    wait_for(lambda: (told := site.heartbeat()["scheduler"])["known"] and told["accounting"] is None)
    code, output = btportal(site, "admin", "reconcile")
    assert (code, output) == (2, "no comparison: this cluster keeps no accounts\n")


def test_cancelled_by_its_user(site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    assert btportal(site, "admin", "cancel", task_id)[0] == 0
    task = site.wait_ended(task_id)
    assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.CANCELLED)
    assert (task.cancelled_by, states(task)) == ("admin", ["CANCELLED", "CANCELLED"])
    assert len(task.attempts) == 1


def test_scancel_by_an_admin_whom_nobody_names(site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    site.run("scancel", site.job_id(task_id, "digger"))
    task = site.wait_ended(task_id)
    assert (task.failure_kind, task.cancelled_by) == (FailureKind.CANCELLED, None)
    assert task.error_message == "The job was cancelled on the cluster."
    site.wait_no_job(task_id)


def test_killed_before_it_could_say_why(site: SlurmSite) -> None:
    """squeue tells no exit code, and there are no accounts to ask: the job's own script left it."""
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    [claim] = site.claims(task_id)
    os.kill(claim["identity"]["pid"], signal.SIGKILL)
    task = site.wait_ended(task_id)
    assert (task.failure_kind, len(task.attempts)) == (FailureKind.OUT_OF_MEMORY, 1)
    assert task.error_code == "job.killed_for_memory"
    assert states(task)[0] == "FAILED"
    site.wait_no_job(task_id)


def test_jobs_that_slurmctld_forgot_ended_as_they_say_themselves(cluster: PrivateCluster, site: SlurmSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger")
    site.stop_poller()
    site.let_go("digger")
    over = ["COMPLETED", "COMPLETED"]
    wait_for(lambda: site.run("squeue", "-h", "-t", "all", "-n", names(task_id), "-o", "%T").split() == over)
    cluster.lose_state()
    assert site.jobs_of(task_id) == []
    site.start_poller()
    task = site.wait_ended(task_id)
    assert (task.status, task.error_message) == (TaskStatus.COMPLETED, None)
    assert site.runs(task_id) == ONCE
    assert len(task.attempts) == 1


def names(task_id: str) -> str:
    return f"bt-{task_id}-digger-a1,bt-{task_id}-shoter-a1"
