"""Lost answers of sbatch, pollers that die meanwhile, and two pollers at once, on a real cluster. F1, F2, F15."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.status import FailureKind, TaskStatus
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.waiting import PATIENCE_S


@pytest.fixture
def quiet(slurm_cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    """A site whose poller is at work with an sbatch of the test's making."""
    site = SlurmSite(tmp_path / "site")
    try:
        yield site
    finally:
        site.__exit__(None, None, None)


def ended_well(site: SlurmSite, task_id: str, *, timeout_s: float = PATIENCE_S) -> None:
    task = site.wait_ended(task_id, timeout_s=timeout_s)
    assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)


def test_replies_that_are_lost_make_no_second_job(quiet: SlurmSite) -> None:
    """F1: every sbatch reaches slurmctld and then says that it failed."""
    lost = "{sbatch} \"$@\" > /dev/null; echo 'sbatch: error: Socket timed out' >&2; exit 1"
    quiet.start_poller(PATH=quiet.sbatch_wrapper(lost))
    tasks = [quiet.new_task() for _ in range(4)]
    for task_id in tasks:
        ended_well(quiet, task_id)
        assert len(quiet.jobs_of(task_id)) == 2
        for stage in ("digger", "shoter"):
            quiet.wait_accounted(task_id, stage, "COMPLETED")
        assert len(quiet.accounted(task_id)) == 2
    assert quiet.log.read_text().count("adopted job") == 8


@pytest.mark.parametrize("delay_s", [0, 4])
def test_an_sbatch_that_outlives_its_poller(quiet: SlurmSite, delay_s: int) -> None:
    """F2: the poller dies while sbatch is on its way, which submits at once or some seconds later."""
    mark = quiet.folder / "first"
    script = (
        f"if [ ! -e {mark} ]; then touch {mark}; "
        f'(sleep {delay_s}; exec setsid {{sbatch}} "$@") > /dev/null & sleep 0.5; kill -KILL $PPID; exit 0; fi; '
        'exec {sbatch} "$@"'
    )
    quiet.start_poller(PATH=quiet.sbatch_wrapper(script))
    assert quiet.poller is not None
    task_id = quiet.new_task()
    assert quiet.poller.wait(PATIENCE_S) == -signal.SIGKILL
    quiet.start_poller()
    ended_well(quiet, task_id)
    assert len(quiet.jobs_of(task_id)) == 2


@pytest.mark.long
def test_a_parent_that_was_purged_before_its_child_was_submitted(
    slurm_cluster: PrivateCluster, quiet: SlurmSite
) -> None:
    """The poller dies between the two submissions; when it is back, slurmctld has forgotten the first job."""
    mark = quiet.folder / "first"
    script = f'if [ -e {mark} ]; then kill -KILL $PPID; exit 1; fi; touch {mark}; exec {{sbatch}} "$@"'
    slurm_cluster.configure(MinJobAge="2")
    try:
        quiet.start_poller(PATH=quiet.sbatch_wrapper(script))
        assert quiet.poller is not None
        task_id = quiet.new_task()
        assert quiet.poller.wait(PATIENCE_S) == -signal.SIGKILL
        wait_for(lambda: quiet.stage_runs(task_id, "digger"))
        wait_for(lambda: not quiet.jobs_of(task_id), what="slurmctld has purged Digger's job")
        quiet.start_poller()
        ended_well(quiet, task_id)
    finally:
        slurm_cluster.configure(MinJobAge="300")


def test_a_refusal_ends_the_task_with_the_cluster_s_words(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    with SlurmSite(tmp_path / "site", SLURM_PARTITION="nowhere") as site:
        task = site.wait_ended(site.new_task())
        assert task.failure_kind is FailureKind.SUBMIT_REJECTED
        assert "nvalid partition" in (task.error_message or "")


def test_two_pollers_and_one_that_sleeps_for_a_while(quiet: SlurmSite) -> None:
    """F15: the second stands by; the first is stopped in mid-task, and comes back. Nothing happens twice."""
    quiet.start_poller()
    first = quiet.poller
    quiet.hold("digger")
    task_id = quiet.new_task()
    quiet.wait_stage(task_id, "digger")
    quiet.start_poller()
    second = quiet.poller
    assert first is not None
    assert second is not None
    first.send_signal(signal.SIGSTOP)
    quiet.let_go("digger")
    wait_for(lambda: list(quiet.portal.task(task_id).path.glob("attempts/1/jobs/shoter/exit.json")))
    first.send_signal(signal.SIGCONT)
    ended_well(quiet, task_id)
    assert second.poll() is None
    first.kill()
    first.wait()
    other = quiet.new_task()
    ended_well(quiet, other)
