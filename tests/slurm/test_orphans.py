"""F2: the process that submits dies, at any point; afterwards the stage runs once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slurm.errors import SchedulerUnavailable
from slurm.types import JobSpec, JobState
from tests.cluster import PrivateCluster
from tests.slurm.bench import ROOT, Bench, put_first_in_path, wait_for
from tests.waiting import PATIENCE_S

SUBMITTER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from tests.slurm.bench import Bench
from tests.slurm import jobs
from slurm.types import JobSpec
name, folder, claim, runs, seconds = sys.argv[1:]
spec = JobSpec(name=name, comment="", folder=Path(folder), claim=Path(claim), function=jobs.work,
               arguments=(claim, runs, int(seconds)), cpus=1, time_limit_s=60)
Bench(Path(folder)).scheduler().submit(spec)
"""

# Where the poller dies: the wrapper is its child, so that $PPID is the poller.
DEATHS = {
    "before sbatch asks": "kill -KILL $PPID; sleep 0.2; exit 1",
    "after slurmctld took the job": '{sbatch} "$@" > /dev/null; kill -KILL $PPID; exit 0',
    "after the answer, before the files have their names": '{sbatch} "$@"; kill -KILL $PPID; sleep 0.2; exit 0',
    # It comes once the portal has looked for it; should the test fail before, it gives up after five minutes.
    "with an sbatch that outlives it": (
        '(for _ in $(seq 3000); do [ ! -e {go} ] || exec setsid {sbatch} "$@"; sleep 0.1; done) & '
        "kill -KILL $PPID; exit 0"
    ),
}


def submit_in_a_process_of_its_own(spec: JobSpec, wrapper: str, folder: Path) -> subprocess.Popen[bytes]:
    sbatch = shutil.which("sbatch")
    assert sbatch is not None
    script = wrapper.replace("{sbatch}", sbatch).replace("{go}", str(folder / "go"))
    path = put_first_in_path(folder / "bin", "sbatch", script + "\n")
    return subprocess.Popen(
        [sys.executable, "-c", SUBMITTER, spec.name, str(spec.folder), *map(str, spec.arguments)],
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )


def recover(bench: Bench, spec: JobSpec) -> list[str]:
    """Do what the portal does at its next start: adopt the job, or submit when there is certainly none."""
    scheduler = bench.scheduler()
    found = bench.find(scheduler, spec)
    if found:
        for job in found:
            scheduler.adopt(spec, job.job_id)
        return [job.job_id for job in found]
    return [scheduler.submit(spec)]


@pytest.mark.parametrize("death", DEATHS)
def test_the_stage_runs_once_whenever_the_poller_dies(bench: Bench, tmp_path: Path, death: str) -> None:
    spec = bench.working(seconds=3)
    poller = submit_in_a_process_of_its_own(spec, DEATHS[death], tmp_path)
    assert poller.wait(PATIENCE_S) == -signal.SIGKILL
    recover(bench, spec)
    if death == "with an sbatch that outlives it":
        (tmp_path / "go").touch()
        # It was not there when the portal looked, so that there are two jobs now: the claim lets one of them work.
        scheduler = bench.scheduler()
        late = wait_for(lambda: bench.jobs_of(scheduler, spec)[1:], what="the late job")
        scheduler.adopt(spec, late[0].job_id)
    scheduler = bench.scheduler()

    def all_over() -> bool:
        found = bench.jobs_of(scheduler, spec)
        return bool(found) and all(job.state.is_over for job in found)

    wait_for(all_over)
    found = bench.jobs_of(scheduler, spec)
    assert [job.state for job in found if job.job_id in bench.runs_of(spec)] == [JobState.COMPLETED]
    assert len(bench.runs_of(spec)) == 1
    assert len(found) == (2 if death == "with an sbatch that outlives it" else 1)


def test_a_slow_sbatch_dies_with_the_poller(bench: Bench, tmp_path: Path) -> None:
    spec = bench.working()
    pid = tmp_path / "pid"
    poller = submit_in_a_process_of_its_own(spec, f"echo $$ > {pid}; exec sleep 60", tmp_path)
    wait_for(lambda: pid.exists() and pid.read_text().strip())
    poller.kill()
    poller.wait()
    wait_for(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists(), what="sbatch is gone")
    assert bench.find(bench.scheduler(), spec) == ()


def test_a_job_that_already_runs_is_adopted_in_time(bench: Bench) -> None:
    """submitit waits 60 s for the pickle; the portal has that long to come back."""
    scheduler = bench.scheduler(extra=("--hold",))
    spec = bench.working()
    job_id = scheduler.submit(spec)
    (spec.folder / f"{job_id}_submitted.pkl").rename(spec.folder / "lost.pkl")
    subprocess.run(["scontrol", "release", job_id], check=True)
    bench.wait_state(scheduler, spec, JobState.RUNNING)
    wait_for(lambda: list(spec.folder.glob("*_0_log.out")), what="its script has begun")
    assert not spec.claim.exists()
    scheduler.adopt(spec, job_id)
    assert bench.wait_state(scheduler, spec, JobState.COMPLETED, JobState.FAILED).state is JobState.COMPLETED
    assert bench.runs_of(spec) == [job_id]


def test_nobody_is_found_where_slurmctld_cannot_be_asked(cluster: PrivateCluster, bench: Bench) -> None:
    cluster.stop_controller()
    try:
        with pytest.raises(SchedulerUnavailable):
            bench.find(bench.scheduler(query_timeout_s=3.0), bench.working())
    finally:
        cluster.start_controller()
