"""F1: sbatch reports a failure, and the job exists all the same."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from slurm.errors import SubmitUncertain
from slurm.types import JobState
from tests.cluster import PrivateCluster
from tests.slurm.bench import Bench, put_first_in_path, wait_for

SUBMISSIONS = 1000

# Every tenth submission reaches slurmctld and its reply is lost; every 23rd is lost on its way there.
FLAKY = """
read -r n < {counter}; n=$((n + 1)); echo $n > {counter}
if (( n % 23 == 0 )); then
  echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1
fi
if (( n % 10 == 0 )); then
  {sbatch} "$@" > /dev/null
  echo 'sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received' >&2; exit 1
fi
exec {sbatch} "$@"
"""


@pytest.fixture
def sbatch() -> str:
    found = shutil.which("sbatch")
    assert found is not None
    return found


@pytest.mark.long
def test_a_thousand_submissions_with_lost_replies_make_a_thousand_jobs(
    cluster: PrivateCluster, bench: Bench, sbatch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0\n")
    path = put_first_in_path(tmp_path / "bin", "sbatch", FLAKY.format(counter=counter, sbatch=sbatch))
    monkeypatch.setenv("PATH", path)
    scheduler = bench.scheduler(extra=("--hold",))
    specs = [bench.working() for _ in range(SUBMISSIONS)]
    ids = {spec.name: bench.submit_or_adopt(scheduler, spec) for spec in specs}

    snapshot = scheduler.snapshot({spec.name: (bench.since, spec.claim) for spec in specs})
    jobs_of = Counter(len(snapshot.of(spec.name)) for spec in specs)
    scheduler.cancel([job.job_id for spec in specs for job in snapshot.of(spec.name)])

    assert int(counter.read_text()) >= SUBMISSIONS * 1.04  # the losses did happen
    assert jobs_of == {1: SUBMISSIONS}, "no job lost, none twice"
    assert all(snapshot.of(spec.name)[0].job_id == ids[spec.name] for spec in specs)
    assert all((spec.folder / f"{ids[spec.name]}_submitted.pkl").exists() for spec in specs)
    wait_for(lambda: bench.find(scheduler, specs[0])[0].state is JobState.CANCELLED)


def test_an_adopted_job_runs(bench: Bench, sbatch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"{sbatch} \"$@\" > /dev/null; echo 'sbatch: error: something' >&2; exit 1\n"
    monkeypatch.setenv("PATH", put_first_in_path(tmp_path / "bin", "sbatch", script))
    scheduler = bench.scheduler()
    spec = bench.working()
    with pytest.raises(SubmitUncertain, match="something"):
        scheduler.submit(spec)
    [job] = bench.find(scheduler, spec)
    scheduler.adopt(spec, job.job_id)
    scheduler.adopt(spec, job.job_id)  # may be called again
    assert bench.wait_state(scheduler, spec, JobState.COMPLETED, JobState.FAILED).state is JobState.COMPLETED
    assert bench.runs_of(spec) == [job.job_id]


@pytest.mark.parametrize(
    "script",
    ["exit 0", "echo 'job 24 hours a day'", "echo 'Submitted batch job 17'; exit 1", "echo 'sbatch: error: x' >&2"],
)
def test_an_answer_without_a_clear_id_is_uncertain(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setenv("PATH", put_first_in_path(tmp_path / "bin", "sbatch", script + "\n"))
    scheduler = bench.scheduler()
    spec = bench.working()
    with pytest.raises(SubmitUncertain):
        scheduler.submit(spec)
    assert bench.find(scheduler, spec) == ()


def test_a_banner_before_the_answer_does_no_harm(
    bench: Bench, sbatch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"echo 'Welcome! No job 12 hours'; {sbatch} \"$@\"; echo 'sbatch: warning: be nice' >&2\n"
    monkeypatch.setenv("PATH", put_first_in_path(tmp_path / "bin", "sbatch", script))
    scheduler = bench.scheduler()
    spec = bench.working()
    job_id = scheduler.submit(spec)
    assert [job.job_id for job in bench.find(scheduler, spec)] == [job_id]
    scheduler.cancel([job_id])


def test_sbatch_that_hangs_is_ended_and_uncertain(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setenv("PATH", put_first_in_path(tmp_path / "bin", "sbatch", f"sleep 600 & echo $! > {pid}; wait\n"))
    for seconds in (3.0, 15.0, 75.0):  # a busy machine may not get as far as to the child in the first
        with pytest.raises(SubmitUncertain, match=r"^command\.timed_out"):
            bench.scheduler(sbatch_timeout_s=seconds).submit(bench.working())
        if pid.exists() and pid.read_text():
            break
    wait_for(lambda: not Path(f"/proc/{pid.read_text().strip()}/cmdline").exists(), what="the child of sbatch is gone")


def test_a_submission_that_slurmctld_takes_late_is_found(cluster: PrivateCluster, bench: Bench) -> None:
    """slurmctld hangs while sbatch asks; when it wakes up it may read what the killed sbatch had sent."""
    scheduler = bench.scheduler(sbatch_timeout_s=1.0)
    spec = bench.working()
    cluster.freeze_controller()
    try:
        with pytest.raises(SubmitUncertain):
            scheduler.submit(spec)
    finally:
        cluster.thaw_controller()
    for job in bench.find_patiently(scheduler, spec):
        scheduler.adopt(spec, job.job_id)
        break
    else:
        bench.submit_or_adopt(scheduler, spec)
    bench.wait_state(scheduler, spec, JobState.COMPLETED)
    assert len(bench.runs_of(spec)) == 1
