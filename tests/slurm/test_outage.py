"""F3, F4, F5: slurmctld or slurmdbd does not answer, or has forgotten the job. Unknown is not absent."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from slurm.errors import SchedulerUnavailable, SubmitDeferred
from slurm.types import JobInfo, JobSpec, JobState
from tests.cluster import PrivateCluster
from tests.slurm import jobs
from tests.slurm.bench import Bench, wait_for


@contextmanager
def without_dbd(cluster: PrivateCluster) -> Iterator[None]:
    cluster.stop_dbd()
    try:
        yield
    finally:
        cluster.start_dbd()


def slurm_version(cluster: PrivateCluster) -> tuple[int, ...]:
    """Return the version of SLURM's commands, such as (24, 11, 5)."""
    return tuple(int(number) for number in re.findall(r"\d+", cluster.run("sbatch", "--version"))[:3])


def _has_figures(job: JobInfo | None) -> bool:
    return job is not None and job.cpu_time_s is not None and job.exit_code == 0


@dataclass(frozen=True)
class Forgotten:
    """Jobs that slurmctld no longer knows: one worked, one failed, and the failed one's child never started."""

    bench: Bench
    worked: JobSpec
    child: JobSpec
    worked_id: str
    failed_id: str
    child_id: str


@pytest.fixture(scope="module")
def forgotten(slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> Forgotten:
    """Let jobs end and have slurmctld forget them by a short MinJobAge."""
    bench = Bench(tmp_path_factory.mktemp("forgotten"))
    scheduler = bench.scheduler()
    worked, failed = bench.working(), bench.spec(jobs.fail)
    ids = [scheduler.submit(spec) for spec in (worked, failed)]
    child = bench.working(after_ok=ids[1])
    ids.append(scheduler.submit(child))
    bench.wait_state(scheduler, worked, JobState.COMPLETED)
    bench.wait_state(scheduler, failed, JobState.FAILED)
    bench.wait_state(scheduler, child, JobState.CANCELLED)
    wait_for(lambda: _has_figures(bench.accounted(scheduler, worked)), what="accounting has the job")
    slurm_cluster.configure(MinJobAge="2")

    def all_gone() -> bool:
        return not set(ids) & set(slurm_cluster.run("squeue", "--states=all", "--noheader", "--format=%i").split())

    try:
        wait_for(all_gone, what="slurmctld forgot the jobs")
    finally:
        slurm_cluster.configure(MinJobAge="300")
    return Forgotten(bench, worked, child, *ids)


def test_slurmctld_stops_and_comes_back_in_mid_task(
    cluster: PrivateCluster, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F3: nothing is concluded meanwhile, the second look costs nothing, and the jobs are in no danger.

    slurmctld goes when the job's script has begun and Python has not: a job that its node has needs no slurmctld.
    """
    scheduler = bench.scheduler(query_timeout_s=3.0)
    first = bench.working(seconds=2)
    second = bench.working(after_ok=scheduler.submit(first))
    scheduler.submit(second)
    bench.wait_state(scheduler, first, JobState.RUNNING)
    wait_for(lambda: list(first.folder.glob("*_0_log.out")), what="the node has the job")
    wanted = {spec.name: (bench.since, spec.claim) for spec in (first, second)}
    cluster.stop_controller()
    try:
        slow = scheduler.snapshot(wanted)
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", None)  # nobody waits for a command while slurmctld is known to be away
            quick = scheduler.snapshot(wanted)
            with pytest.raises(SchedulerUnavailable):
                scheduler.submit(bench.working())
            with pytest.raises(SchedulerUnavailable):
                scheduler.cancel(["1"])
        wait_for(lambda: bench.runs_of(first), what="the first job works")
    finally:
        cluster.start_controller()
    assert not slow.known
    assert not slow.jobs
    assert slow.alarms
    assert not quick.known
    assert bench.wait_state(scheduler, second, JobState.COMPLETED).state is JobState.COMPLETED
    assert len(bench.runs_of(first)) == len(bench.runs_of(second)) == 1


def test_slurmctld_that_hangs_is_given_up(cluster: PrivateCluster, bench: Bench) -> None:
    scheduler = bench.scheduler(query_timeout_s=1.0)
    cluster.freeze_controller()
    try:
        snapshot = scheduler.snapshot({})
    finally:
        cluster.thaw_controller()
    assert not snapshot.known
    assert [alarm.code for alarm in snapshot.alarms] == ["command.timed_out"], "it did not wait for squeue's own limit"


def test_live_states_without_slurmdbd(cluster: PrivateCluster, bench: Bench) -> None:
    """F4: squeue is enough while it knows the job; the figures come in later."""
    scheduler = bench.scheduler()
    spec = bench.working(seconds=1)
    with without_dbd(cluster):
        scheduler.submit(spec)
        done = bench.wait_state(scheduler, spec, JobState.COMPLETED)
        [found] = bench.find(scheduler, spec)
        assert done.cpu_time_s is None
        assert found.state is JobState.COMPLETED
    wait_for(lambda: _has_figures(bench.accounted(bench.scheduler(), spec)), what="the figures of accounting")


def test_memory_that_ran_out_without_slurmdbd(cluster: PrivateCluster, bench: Bench) -> None:
    """The job's own output says why it was killed, whichever words this SLURM has for it."""
    scheduler = bench.scheduler()
    spec = bench.spec(jobs.eat_memory, 300, 60, memory_gb=0.1)
    with without_dbd(cluster):
        scheduler.submit(spec)
        job = bench.wait_state(scheduler, spec, *(state for state in JobState if state.is_over))
    assert (job.state, job.source) == (JobState.OUT_OF_MEMORY, "squeue")


def test_a_job_that_slurmctld_forgot(cluster: PrivateCluster, forgotten: Forgotten) -> None:
    """F5: sacct knows it; while sacct cannot tell, the claim does; without one, nothing has run."""
    bench, spec, never = forgotten.bench, forgotten.worked, forgotten.bench.working()
    scheduler = bench.scheduler()
    wanted = {each.name: (bench.since, each.claim) for each in (spec, never, forgotten.child)}
    by_accounting = scheduler.snapshot(wanted)
    assert by_accounting.accounting is True
    assert [(job.job_id, job.state, job.source) for job in by_accounting.of(spec.name)] == [
        (forgotten.worked_id, JobState.COMPLETED, "sacct")
    ]
    assert by_accounting.of(never.name) == ()
    assert [(job.job_id, job.state) for job in by_accounting.of(forgotten.child.name)] == [
        (forgotten.child_id, JobState.CANCELLED)
    ]

    with without_dbd(cluster):
        blind = scheduler.snapshot(wanted)
        assert blind.known
        assert blind.accounting is False
        assert not blind.of(spec.name)
        assert [(job.job_id, job.state, job.source) for job in bench.find(scheduler, spec)] == [
            (forgotten.worked_id, JobState.UNKNOWN, "claim")
        ]
        assert bench.find(scheduler, never) == ()
        never.claim.write_text("")  # made a moment ago, its text not there yet
        with pytest.raises(SchedulerUnavailable, match="claim"):
            bench.find(scheduler, never)


def test_a_site_without_accounting(
    cluster: PrivateCluster, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5: only what sacct reads differs: accounting_storage/none."""
    lines = cluster.layout.slurm_conf.read_text().splitlines()
    conf = tmp_path / "slurm.conf"
    conf.write_text("\n".join(line for line in lines if not line.startswith("AccountingStorage")))
    monkeypatch.setenv("SLURM_CONF", str(conf))
    scheduler = bench.scheduler()
    spec = bench.working()
    snapshot = scheduler.snapshot({spec.name: (bench.since, spec.claim)})
    assert snapshot.known
    assert snapshot.accounting is None
    assert bench.find(scheduler, spec) == ()
    spec.claim.write_text(json.dumps({"job_id": "4711"}))
    assert [job.job_id for job in bench.find(scheduler, spec)] == ["4711"]
    with pytest.raises(SchedulerUnavailable, match=r"accounting\.none"):
        scheduler.history(bench.since)


def test_what_becomes_of_a_child_of_a_forgotten_parent(
    cluster: PrivateCluster, bench: Bench, forgotten: Forgotten
) -> None:
    """In 22.05 it starts in spite of afterok: that is why a stage looks at its parent's results itself.

    24.11 and later refuse it, which tells as little about the parent: it failed, and might as well have ended well.
    """
    scheduler = bench.scheduler()
    child = bench.working(after_ok=forgotten.failed_id)
    if slurm_version(cluster) >= (24, 11):
        with pytest.raises(SubmitDeferred, match="dependency problem"):
            scheduler.submit(child)
        return
    scheduler.submit(child)
    assert bench.wait_state(scheduler, child, JobState.COMPLETED).state is JobState.COMPLETED


def test_how_long_slurmctld_remembers(bench: Bench) -> None:
    assert bench.scheduler().min_job_age_s() == 300
