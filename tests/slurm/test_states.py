"""F6-F11: how jobs end and wait, each provoked on the real daemons."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from slurm.types import JobInfo, JobSpec, JobState
from tests.cluster import PrivateCluster
from tests.slurm import jobs
from tests.slurm.bench import Bench, wait_for


def test_a_number_that_is_used_again_is_another_job(bench: Bench) -> None:
    """F6: the same id and name, but from before the intent: as after a reset of the cluster's database."""
    scheduler = bench.scheduler()
    spec = bench.working()
    scheduler.submit(spec)
    later = bench.since + timedelta(hours=1)
    bench.wait_state(scheduler, spec, JobState.COMPLETED)
    assert len(bench.find(scheduler, spec)) == 1
    assert scheduler.snapshot({spec.name: (later, spec.claim)}).of(spec.name) == ()


def test_a_number_that_is_another_job_s_by_now_is_not_cancelled(bench: Bench) -> None:
    """As after a loss of slurmctld's state: the number in the record is right, the job's name is not."""
    scheduler = bench.scheduler()
    other, go = bench.until_told()
    job_id = scheduler.submit(other)
    bench.wait_state(scheduler, other, JobState.RUNNING)
    own = bench.spec(jobs.work)
    for each in (scheduler, bench.scheduler()):  # one that has just seen the queue, and one that has to ask
        each.cancel([job_id, "999999"], [own.name])
    go.touch()
    assert bench.wait_state(scheduler, other, JobState.COMPLETED, JobState.CANCELLED).state is JobState.COMPLETED
    second = bench.scheduler(extra=("--hold",)).submit(own)
    bench.scheduler().cancel([second, job_id], [own.name])
    assert bench.wait_state(scheduler, own, JobState.CANCELLED).job_id == second


def test_a_job_of_an_earlier_prefix_is_seen_and_cancelled(bench: Bench) -> None:
    """The records keep the names under which jobs were submitted; the prefix is that of those to come."""
    spec = bench.spec(jobs.work)
    job_id = bench.scheduler(extra=("--hold",)).submit(spec)
    later = bench.scheduler(prefix="other-")
    assert bench.wait_state(later, spec, JobState.PENDING).job_id == job_id
    bench.scheduler(prefix="other-").cancel([job_id], [spec.name])
    assert bench.wait_state(later, spec, JobState.CANCELLED).job_id == job_id


def test_a_job_over_its_memory_is_out_of_memory(bench: Bench) -> None:
    """F7: this cluster has no cgroups, so that SLURM itself says FAILED and only the log tells why."""
    scheduler = bench.scheduler()
    spec = bench.spec(jobs.eat_memory, 300, 60, memory_gb=0.1)
    scheduler.submit(spec)
    job = bench.wait_state(scheduler, spec, JobState.OUT_OF_MEMORY, JobState.COMPLETED)
    assert job.state is JobState.OUT_OF_MEMORY
    assert job.raw_state in ("FAILED", "CANCELLED")


def test_a_dead_node_fails_the_job(cluster: PrivateCluster, bench: Bench) -> None:
    """F9: --no-requeue, so that the job ends instead of running again behind the portal's back."""
    scheduler = bench.scheduler(extra=("--nodelist=n2",))
    spec = bench.working(seconds=600, time_limit_s=600)
    job_id = scheduler.submit(spec)
    bench.wait_state(scheduler, spec, JobState.RUNNING)
    wait_for(lambda: bench.runs_of(spec))
    cluster.kill_node(2)
    try:
        job = bench.wait_state(scheduler, spec, JobState.NODE_FAIL)
    finally:
        cluster.start_node(2)
    assert job.job_id == job_id
    wait_for(lambda: "idle" in cluster.run("sinfo", "-h", "-N", "-n", "n2", "-p", "main", "-o", "%t"))
    assert len(bench.runs_of(spec)) == 1


def test_a_preempted_job_ends(bench: Bench) -> None:
    scheduler = bench.scheduler()
    # Longer than the job that is over its limit on purpose, for whose cores the second one may have to wait.
    spec, other = (bench.working(seconds=600, cpus=4, time_limit_s=600) for _ in range(2))
    scheduler.submit(spec)
    scheduler.submit(other)
    for low in (spec, other):
        bench.wait_state(scheduler, low, JobState.RUNNING)
    urgent = bench.working(cpus=4)
    bench.scheduler(partition="urgent").submit(urgent)

    def preempted() -> list[JobSpec]:
        looks = {low.name: (bench.since, low.claim) for low in (spec, other)}
        snapshot = scheduler.snapshot(looks)
        return [low for low in (spec, other) if snapshot.of(low.name)[0].state is JobState.PREEMPTED]

    [victim] = wait_for(preempted)
    assert bench.wait_state(scheduler, victim, JobState.PREEMPTED).state is JobState.PREEMPTED
    scheduler.cancel([job.job_id for low in (spec, other) for job in bench.find(scheduler, low)])
    bench.wait_state(scheduler, urgent, JobState.COMPLETED)


def test_suspended_held_released_and_requeued_by_an_admin(cluster: PrivateCluster, bench: Bench) -> None:
    scheduler = bench.scheduler(extra=("--hold",))
    spec, go = bench.until_told()
    job_id = scheduler.submit(spec)
    held = bench.wait_state(scheduler, spec, JobState.PENDING)
    assert held.reason == "JobHeldUser"
    assert held.start_time is None
    cluster.run("scontrol", "release", job_id)
    bench.wait_state(scheduler, spec, JobState.RUNNING)
    cluster.run("scontrol", "suspend", job_id)
    suspended = bench.wait_state(scheduler, spec, JobState.SUSPENDED)
    assert suspended.state.is_active
    refused = cluster.run("scontrol", "requeue", job_id, check=False)
    assert bench.wait_state(scheduler, spec, JobState.SUSPENDED).job_id == job_id, refused
    cluster.run("scontrol", "resume", job_id)
    go.touch()
    bench.wait_state(scheduler, spec, JobState.COMPLETED)
    assert bench.runs_of(spec) == [job_id]


def test_an_admin_cancels_and_the_job_leaves_a_success_file(
    cluster: PrivateCluster, bench: Bench, tmp_path: Path
) -> None:
    """F10: the state is CANCELLED whatever the job wrote in its last second, and accounting says by whom and when."""
    scheduler = bench.scheduler()
    notes = tmp_path / "notes"
    spec = bench.spec(jobs.sleep_until_told, str(notes), 60)
    job_id = scheduler.submit(spec)
    wait_for(Path(f"{notes}.started").exists)
    cluster.run("scancel", job_id)
    job = bench.wait_state(scheduler, spec, JobState.CANCELLED, JobState.COMPLETED)
    assert job.state is JobState.CANCELLED
    wait_for(Path(f"{notes}.success").exists)  # the state is there at once, the job ends a moment later
    assert notes.read_text() == "SIGTERM"

    def canceller() -> JobInfo | None:
        told = bench.accounted(scheduler, spec)
        return told if told is not None and told.cancelled_by else None

    told = wait_for(canceller)
    assert told.cancelled_by == str(os.getuid())
    assert told.end_time is not None
    assert told.end_time >= bench.since
    scheduler.cancel([job_id])  # what is over already is no error


def test_the_child_of_a_failed_parent_is_cancelled(bench: Bench) -> None:
    """F11: SLURM does it where --kill-on-invalid-dep was given."""
    scheduler = bench.scheduler()
    parent = bench.spec(jobs.fail)
    child = bench.working(after_ok=scheduler.submit(parent))
    scheduler.submit(child)
    failed = bench.wait_state(scheduler, parent, JobState.FAILED)
    cancelled = bench.wait_state(scheduler, child, JobState.CANCELLED)
    assert failed.state is JobState.FAILED
    assert cancelled.reason == "DependencyNeverSatisfied"
    assert bench.runs_of(child) == []
    assert failed.exit_code == 1, "the script's own word: squeue knows no exit code"


def test_a_child_that_slurm_leaves_waiting_for_ever_can_be_cancelled(cluster: PrivateCluster, bench: Bench) -> None:
    """F11: a site may take --kill-on-invalid-dep away; then the reason shows, and the portal cancels."""
    scheduler = bench.scheduler()
    parent, child = bench.spec(jobs.fail), bench.working()
    parent_id = scheduler.submit(parent)
    child.folder.mkdir(parents=True, exist_ok=True)
    words = [f"--job-name={child.name}", f"--dependency=afterok:{parent_id}", f"--chdir={child.folder}"]
    cluster.run("sbatch", *words, "--output=/dev/null", "--wrap=true")
    bench.wait_state(scheduler, parent, JobState.FAILED)

    def stuck() -> str | None:
        job = bench.find(scheduler, child)[0]
        return job.job_id if job.reason == "DependencyNeverSatisfied" and job.state is JobState.PENDING else None

    scheduler.cancel([wait_for(stuck), "999999"])
    assert bench.wait_state(scheduler, child, JobState.CANCELLED).state is JobState.CANCELLED


def test_pending_shows_reason_and_estimate(cluster: PrivateCluster, bench: Bench) -> None:
    scheduler = bench.scheduler()
    blockers = [bench.working(seconds=600, cpus=4, time_limit_s=600) for _ in range(2)]
    for spec in blockers:
        scheduler.submit(spec)
    for spec in blockers:
        bench.wait_state(scheduler, spec, JobState.RUNNING)
    waiting = bench.working(cpus=4)
    scheduler.submit(waiting)

    def estimated() -> bool:
        job = bench.find(scheduler, waiting)[0]
        return job.reason == "Resources" and job.start_estimate is not None

    wait_for(estimated, what="an estimate by the backfill scheduler")
    closed = bench.working()
    bench.scheduler(partition="closed").submit(closed)
    assert bench.wait_state(scheduler, closed, JobState.PENDING).reason == "PartitionDown"
    scheduler.cancel([bench.find(scheduler, spec)[0].job_id for spec in (*blockers, waiting, closed)])


def test_figures_come_from_the_steps(bench: Bench) -> None:
    scheduler = bench.scheduler()
    spec = bench.spec(jobs.eat_memory, 200, 3, memory_gb=1.0, cpus=2)
    scheduler.submit(spec)
    bench.wait_state(scheduler, spec, JobState.COMPLETED)

    def measured() -> JobInfo | None:
        told = bench.accounted(scheduler, spec)
        return told if told is not None and told.max_rss_bytes else None

    job = wait_for(measured, what="the peak")
    assert 200 <= (job.max_rss_bytes or 0) / 1024**2 < 400
    assert job.cpus == 2
    assert job.cpu_time_s == 2 * (job.elapsed_s or 0) >= 6


def test_history_lists_the_portal_s_jobs_alone(cluster: PrivateCluster, bench: Bench) -> None:
    scheduler = bench.scheduler()
    spec = bench.working()
    scheduler.submit(spec)
    cluster.run("sbatch", "--job-name=somebody|else\nwith a line", "--output=/dev/null", "--wrap=true")
    bench.wait_state(scheduler, spec, JobState.COMPLETED)
    wait_for(lambda: spec.name in {job.name for job in scheduler.history(bench.since)}, what="the job in accounting")
    assert all(job.name.startswith("bt-") for job in scheduler.history(bench.since))
    assert all(name.startswith("bt-") for name in scheduler.snapshot({}).jobs)


def test_a_time_limit_is_a_timeout(overdue: tuple[Bench, JobSpec]) -> None:
    """F8: SLURM says TIMEOUT, and the job got SIGTERM first: it is no failure of the program.

    The job was started before the tests of this session began.
    """
    bench, spec = overdue
    scheduler = bench.scheduler()
    job = bench.wait_state(scheduler, spec, *(state for state in JobState if state.is_over))
    assert job.state is JobState.TIMEOUT
    assert job.elapsed_s is not None
    assert job.elapsed_s >= 60
    notes = bench.folder / "notes"
    wait_for(Path(f"{notes}.success").exists)  # the state is there at the limit, the job ends a moment later
    assert notes.read_text() == "SIGTERM"
