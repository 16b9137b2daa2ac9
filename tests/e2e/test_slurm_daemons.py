"""Daemons, nodes, memory and time fail under running tasks on a real cluster; the tasks end right. F3-F5, F7-F9."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from portal.bootstrap import build_web, templates_dir
from portal.domain.message import Message
from portal.domain.status import FailureKind, Lang, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.web.app import create_app
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.e2e.site import Site


@pytest.fixture(scope="module")
def overdue(slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SlurmSite, str]]:
    """A task whose process hangs so hard that it cannot keep its limit itself; SLURM's shortest limit is a minute."""
    with SlurmSite(tmp_path_factory.mktemp("overdue"), TASK_TIMEOUT="60") as site:
        site.hold("digger")
        task_id = site.new_task()
        site.wait_stage(task_id, "digger")
        [claim] = site.claims(task_id)
        os.kill(claim["identity"]["pid"], signal.SIGSTOP)
        yield site, task_id


@pytest.fixture
def site(overdue: object, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site") as made:
        yield made


def written(folder: Path, pattern: str, count: int) -> bool:
    return len(list(folder.glob(pattern))) == count


def is_done(stage: PipelineStage, task: TaskMeta) -> bool:
    return task.stage(stage).state == "done"


class Reader:
    """GET /api/tasks/{id} in this process."""

    def __init__(self, site: SlurmSite, task_id: str) -> None:
        parts = build_web(site.settings)
        self._client = create_app(site.settings, parts, templates=templates_dir()).test_client()
        self._address = f"/api/tasks/{task_id}"
        self._headers = {"Authorization": f"Bearer {parts.keyring.token_of(site.record(task_id))}"}

    def cost_s(self) -> float:
        """Return the processor time of one request, which other programs do not lengthen: the best median of five."""
        return min(sorted(self._once() for _ in range(41))[20] for _ in range(5))

    def _once(self) -> float:
        begin = time.thread_time()
        assert self._client.get(self._address, headers=self._headers).status_code == 200
        return time.thread_time() - begin

    def look(self, times: int) -> None:
        for _ in range(times):
            self._once()


def test_slurmctld_is_away_in_mid_task(
    slurm_cluster: PrivateCluster, site: SlurmSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.hold("digger")
    task_id = site.new_task()
    before = site.wait_stage(task_id, "digger")
    before = site.wait(task_id, lambda task: task.last_synced is not None and task.attempt is not None)
    reader = Reader(site, task_id)
    up_s = reader.cost_s()
    slurm_cluster.stop_controller()
    try:
        wait_for(lambda: site.heartbeat()["scheduler"]["known"] is False, what="the heartbeat says unknown")
        beat = site.heartbeat()["scheduler"]
        assert beat["error"]
        assert datetime.fromisoformat(beat["last_ok"]) < datetime.now(UTC)
        # Measured again where something else on the machine got in between; a lasting cost stays.
        wait_for(lambda: reader.cost_s() <= 1.2 * up_s, what="a request costs no more than before")
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", None)  # no request waits for a command, as none starts one
            reader.look(40)
        during = site.record(task_id)
        assert (during.status, during.attempts[0].jobs[0].job_id) == (
            TaskStatus.RUNNING,
            before.attempts[0].jobs[0].job_id,
        )
        site.let_go("digger")
        # What the job side says is shown all the while.
        site.wait(task_id, lambda task: task.stage(task.stages[0].stage).state == "done")
        assert site.record(task_id).status is TaskStatus.RUNNING
    finally:
        slurm_cluster.start_controller()
    task = site.wait_ended(task_id)
    assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)
    wait_for(lambda: site.heartbeat()["scheduler"]["known"], what="the heartbeat says known")


@pytest.mark.long
def test_a_task_that_arrives_while_slurmctld_is_away_runs_once_afterwards(
    slurm_cluster: PrivateCluster, site: SlurmSite
) -> None:
    wait_for(site.portal.heartbeat.exists)
    slurm_cluster.stop_controller()
    try:
        task_id = site.new_task()
        site.wait(task_id, lambda task: task.is_active)
        wait_for(lambda: "looked up by its name later" in site.log.read_text())
        assert site.record(task_id).status is TaskStatus.QUEUED
    finally:
        slurm_cluster.start_controller()
    task = site.wait_ended(task_id)
    assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)
    assert len(site.jobs_of(task_id)) == 2


def test_slurmdbd_is_away_and_the_figures_come_later(slurm_cluster: PrivateCluster, site: SlurmSite) -> None:
    slurm_cluster.stop_dbd()
    try:
        task_id = site.new_task()
        task = site.wait_ended(task_id)
        assert (task.status, site.runs(task_id)) == (TaskStatus.COMPLETED, ONCE)
        wait_for(lambda: "the accounts do not answer" in site.log.read_text())
        assert not list(site.portal.usage.iterdir())
    finally:
        slurm_cluster.start_dbd()
    told = site.wait(task_id, lambda task: all(job.cpu_time_s is not None for job in task.attempts[0].jobs))
    assert all((job.state, job.exit_code) == ("COMPLETED", 0) for job in told.attempts[0].jobs)
    wait_for(lambda: [path for path in site.portal.usage.iterdir() if task_id in path.read_text()])


def test_a_node_dies_and_a_new_attempt_ends_well(
    slurm_cluster: PrivateCluster, overdue: object, tmp_path: Path
) -> None:
    with SlurmSite(tmp_path / "site", SLURM_EXTRA="--nodelist=n2") as site:
        site.hold("digger")
        task_id = site.new_task()
        site.wait_stage(task_id, "digger")
        slurm_cluster.kill_node(2)
        try:
            again = site.wait(task_id, lambda task: len(task.attempts) == 2)
        finally:
            slurm_cluster.start_node(2)
        assert again.attempts[1].reason == "node_failure"
        site.let_go("digger")
        task = site.wait_ended(task_id)
        assert task.status is TaskStatus.COMPLETED
        assert site.runs(task_id) == {**ONCE, "digger": 2}
        site.wait_accounted(task_id, "digger", "NODE_FAIL")
        site.wait_no_job(task_id)


def test_a_job_over_its_memory_fails_as_such(overdue: object, tmp_path: Path, references: Path, genome: Path) -> None:
    """The real stages, which need more than 40 MB."""
    settings = {"EXECUTOR": "slurm", "SLURM_MEM_GB": "0.04", "SLURM_CONF": os.environ["SLURM_CONF"]}
    with Site(tmp_path, references, **settings) as site:
        task = site.wait_ended(site.submit(genome).task_id)
        assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.OUT_OF_MEMORY)
        assert "more memory than the 0.04 GB that it was given" in str(task.error_message)
        assert task.advice == Message("advice.out_of_memory").word(Lang.EN)
        site.tasks.retry(task, limits={"memory_gb": 1})
        site.wait(task.task_id, lambda task: len(task.attempts) == 2)
        assert site.wait_ended(task.task_id).status is TaskStatus.COMPLETED


def test_jobs_that_slurm_forgets_at_once_end_right(slurm_cluster: PrivateCluster, site: SlurmSite) -> None:
    """F5: MinJobAge is over before the next look: accounting and sentinel decide, without slurmdbd the latter alone."""
    slurm_cluster.configure(MinJobAge="2")
    try:
        site.hold("digger")
        task_id, other = site.new_task(), site.new_task()
        for each in (task_id, other):
            site.wait_stage(each, "digger")
        site.stop_poller()
        site.let_go("digger")
        for each in (task_id, other):
            wait_for(partial(written, site.portal.task(each).path, "attempts/1/jobs/*/exit.json", 2))
        wait_for(lambda: not site.jobs_of(task_id) and not site.jobs_of(other), what="purged")
        slurm_cluster.stop_dbd()
        try:
            site.start_poller()
            task = site.wait_ended(task_id)
            assert (task.status, site.runs(task_id)) == (TaskStatus.COMPLETED, ONCE)
        finally:
            slurm_cluster.start_dbd()
        task = site.wait_ended(other)
        assert (task.status, site.runs(other)) == (TaskStatus.COMPLETED, ONCE)
    finally:
        slurm_cluster.configure(MinJobAge="300")


def test_the_interval_stays_below_half_of_what_slurmctld_remembers(
    slurm_cluster: PrivateCluster, overdue: object, tmp_path: Path
) -> None:
    with SlurmSite(tmp_path / "site") as site:
        site.hold("digger")
        site.wait_stage(site.new_task(), "digger")
        wait_for(lambda: site.heartbeat()["interval_s"] > 11, what="the interval grows while nothing moves")
        assert site.heartbeat()["interval_s"] <= 60


def test_the_end_of_a_stage_shows_within_2_s_and_slurm_is_asked_every_5_s_at_most(
    slurm_cluster: PrivateCluster, overdue: object, tmp_path: Path
) -> None:
    site = SlurmSite(tmp_path / "site")
    calls = tmp_path / "calls"
    path = ""
    for name in ("squeue", "sacct"):
        path = site.wrapper(name, f'date +%s.%N >> {calls}.{name}; exec {{{name}}} "$@"')
    try:
        site.start_poller(PATH=path)
        site.hold("digger", "shoter", "plots", "bundle")
        task_id = site.new_task()
        folder = site.portal.task(task_id).attempt(1)
        took_s = []
        for stage in PipelineStage:
            site.wait_stage(task_id, stage)
            site.let_go(stage)
            wait_for(folder.stage(stage).sentinel.exists)
            begin = time.monotonic()
            site.wait(task_id, partial(is_done, stage))
            took_s.append(time.monotonic() - begin)
        # It is the job's notification that shows it: by SLURM it would take 5 s each time. The quickest of four, as
        # the machine may do something else in between.
        assert min(took_s) < 2, took_s
        site.wait_ended(task_id)
        site.wait(task_id, lambda task: all(job.cpu_time_s is not None for job in task.attempts[0].jobs))
    finally:
        site.__exit__(None, None, None)
    for name in ("squeue", "sacct"):
        at = [float(line) for line in Path(f"{calls}.{name}").read_text().split()]
        # The wrapper notes when it began to run, which a busy machine may delay by a second or two.
        assert min((later - earlier for earlier, later in itertools.pairwise(at)), default=5) > 2.5, name
        assert len(at) < 2 or (at[-1] - at[0]) / (len(at) - 1) > 4, name


def test_a_time_limit_is_told_as_such(overdue: tuple[SlurmSite, str]) -> None:
    """F8: SLURM ended the job, which could not say a word."""
    site, task_id = overdue
    task = site.wait_ended(task_id)
    assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.TIMEOUT)
    assert task.error_message == "The job reached its time limit of 1 min."
    assert len(task.attempts) == 1
    assert task.completion_time is not None
    assert task.start_time is not None
    assert task.completion_time - task.start_time > timedelta(seconds=30)
    site.wait_accounted(task_id, "digger", "TIMEOUT")
