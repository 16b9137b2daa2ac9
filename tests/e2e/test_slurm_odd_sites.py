"""Sites that are odd: commands that complain, and refusals in words that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.domain.status import FailureKind, TaskStatus
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for

WORDS = "this site wants a project number"


@pytest.fixture(scope="module")
def refusing(
    slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SlurmSite, str]]:
    """A site whose sbatch is a filter that says no in words of its own, which are believed when they are repeated."""
    site = SlurmSite(tmp_path_factory.mktemp("refusing"))
    site.start_poller(PATH=site.sbatch_wrapper(f"echo 'sbatch: error: {WORDS}' >&2; exit 1"))
    try:
        yield site, site.new_task()
    finally:
        site.__exit__(None, None, None)


def test_commands_that_complain_beside_a_good_answer_and_a_cluster_by_name(
    refusing: object, slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The other site has its time meanwhile."""
    site = SlurmSite(tmp_path_factory.mktemp("complaining"), SLURM_EXTRA="--clusters=bench")
    path = ""
    for name in ("squeue", "sacct", "scancel"):
        path = site.wrapper(name, f"echo 'error: Ignoring obsolete ControlMachine' >&2; exec {{{name}}} \"$@\"")
    site.hold("digger")
    site.start_poller(PATH=path)
    try:
        done, cancelled = site.new_task(), site.new_task()
        for task_id in (done, cancelled):
            site.wait_stage(task_id, "digger")
        comment = site.run("squeue", "-h", "-j", site.job_id(done, "digger"), "-o", "%k")
        whose = f"submitter={site.record(done).submitter}"  # a pseudonym, the same in `btportal admin usage`
        assert {f"task={done}", whose} <= {*comment.split()}
        wait_for(lambda: "ControlMachine" in str(site.heartbeat()), what="the complaint is passed on")
        assert site.heartbeat()["scheduler"]["known"]
        site.tasks.cancel(site.record(cancelled))
        assert site.wait_ended(cancelled).failure_kind is FailureKind.CANCELLED
        site.wait_no_job(cancelled)
        site.let_go("digger")
        assert site.wait_ended(done).status is TaskStatus.COMPLETED
        assert (site.runs(done), len(site.jobs_of(done))) == (ONCE, 2)
    finally:
        site.__exit__(None, None, None)


def test_a_refusal_in_unknown_words_is_told_and_ends_the_task_when_repeated(refusing: tuple[SlurmSite, str]) -> None:
    site, task_id = refusing
    task = site.wait_ended(task_id)
    assert (task.failure_kind, task.error_message is not None) == (FailureKind.SUBMIT_REJECTED, True)
    assert WORDS in str(task.error_message)
    assert site.jobs_of(task_id) == []
    # While it was still doubtful, the operator's log had the words as well.
    assert f"{WORDS}; looked up by its name later" in site.log.read_text()
