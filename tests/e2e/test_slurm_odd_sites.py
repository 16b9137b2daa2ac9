"""Sites that are odd, or wrong throughout: commands that complain, words nobody knows, no node that starts a job."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from portal.domain.status import FailureKind, TaskStatus
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.e2e.operators import alarms, btportal
from tests.e2e.site import ROOT

NO_PYTHON = "/opt/no/python3"
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


@pytest.fixture(scope="module")
def startless(
    slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SlurmSite, list[str]]]:
    """A site without Python on any node until `mended` is there."""
    folder = tmp_path_factory.mktemp("startless")
    setup = f"export PYTHONPATH={ROOT}; test -e {folder}/mended || exec {NO_PYTHON}"
    with SlurmSite(folder, JOB_SETUP=setup, MAX_ACTIVE_PIPELINES="8") as site:
        yield site, [site.new_task() for _ in range(6)]


def test_commands_that_complain_beside_a_good_answer_and_a_cluster_by_name(
    refusing: object, startless: object, slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The other sites have their time meanwhile."""
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


def test_no_node_starts_a_job_and_all_goes_on_once_mended(startless: tuple[SlurmSite, list[str]]) -> None:
    site, ids = startless
    wait_for(site.portal.heartbeat.exists)
    codes = {"alarm.nodes_do_not_start", "alarm.no_node_starts"}
    [alarm] = wait_for(lambda: [alarm for alarm in alarms(site) if alarm["code"] in codes], what="the alarm")
    assert NO_PYTHON in alarm["params"]["words"], "the job's own words"
    wait_for(lambda: all_wait(site, ids), what="every task is told to wait, and why")
    assert NO_PYTHON in btportal(site, "admin", "stuck")[1]
    (site.folder / "mended").touch()
    site.stop_poller()
    site.start_poller()  # otherwise the next probe may be minutes away
    for task_id in ids:
        task = site.wait_ended(task_id)
        assert (task.status, site.runs(task_id)) == (TaskStatus.COMPLETED, ONCE)


def all_wait(site: SlurmSite, ids: list[str]) -> bool:
    code, output = btportal(site, "admin", "stuck", "--json")
    assert code == 0, output
    return {row["task_id"]: row["reason"] for row in json.loads(output)["stuck"]} == dict.fromkeys(
        ids, "JobsDoNotStart"
    )
