"""What a job of the portal looks like to SLURM, and what a refusal looks like to the portal."""

from __future__ import annotations

import getpass
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from slurm.errors import SubmitDeferred, SubmitRejected
from slurm.types import JobState
from tests.cluster import PrivateCluster
from tests.slurm import jobs
from tests.slurm.bench import Bench, wait_for


def shown(cluster: PrivateCluster, job_id: str) -> dict[str, str]:
    """Return what `scontrol show job` says, a field a line; the comment has blanks and signs of equality."""
    lines = cluster.run("scontrol", "show", "job", job_id).splitlines()
    fields = {name: value for line in lines for name, value in re.findall(r"(\S+?)=(\S*)", line)}
    [comment] = [line.strip().removeprefix("Comment=") for line in lines if "Comment=" in line]
    return {**fields, "Comment": comment}


def test_a_job_carries_what_an_admin_looks_for(cluster: PrivateCluster, bench: Bench) -> None:
    scheduler = bench.scheduler(partition="urgent", account="portal", wckey="toxins", extra=("--hold", "--nice=7"))
    spec = bench.working(cpus=3, time_limit_s=21600, memory_gb=1.5)
    job_id = scheduler.submit(spec)
    job = shown(cluster, job_id)
    scheduler.cancel([job_id])

    assert job["JobName"] == spec.name
    assert job["Comment"] == spec.comment
    assert job["Partition"] == "urgent"
    assert job["Account"] == "portal"
    assert job["WCKey"] == "toxins"
    assert job["TimeLimit"] == "06:00:00"
    assert job["NumCPUs"] == "3"
    assert job["CPUs/Task"] == "3"
    assert job["MinMemoryNode"] == "1.50G"
    assert job["Requeue"] == "0"
    assert job["Nice"] == "7"
    assert job["StdErr"] == str(spec.folder / f"{job_id}_0_log.err")


def test_the_job_sees_a_clean_environment_and_all_its_cores(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F17: neither the portal's secrets nor an allocation that the portal itself was started in."""
    for name, value in {
        "PORTAL_SECRET": "s3cr3t",
        "REDIS_URL": "redis://:s3cr3t@host",
        "SLURM_CPUS_PER_TASK": "1",
        "SLURM_JOB_ID": "999999",
        "SLURM_NTASKS": "64",
        "SBATCH_PARTITION": "closed",
        "SBATCH_EXPORT": "ALL",
        "SQUEUE_FORMAT": "%i",
        "TZ": "Asia/Shanghai",
    }.items():
        monkeypatch.setenv(name, value)
    scheduler = bench.scheduler()
    target = tmp_path / "told.json"
    spec = bench.spec(jobs.tell_environment, str(target), cpus=2)
    job_id = scheduler.submit(spec)
    job = bench.wait_state(scheduler, spec, JobState.COMPLETED, JobState.FAILED)
    assert job.state is JobState.COMPLETED

    told = json.loads(target.read_text())
    seen = told["environment"]
    assert "s3cr3t" not in json.dumps(seen)
    assert not {"PORTAL_SECRET", "REDIS_URL", "SBATCH_PARTITION", "TZ"} & set(seen)
    assert seen["SLURM_JOB_ID"] == job_id
    assert seen["SLURM_CPUS_PER_TASK"] == "2"
    assert seen["SLURM_NTASKS"] == "1"
    assert seen["PATH"]
    assert told["cores"] >= 2
    assert told["folder"] == str(spec.folder)


def test_the_wckey_is_the_site_s_business(bench: Bench) -> None:
    """F18: a site that checks wckeys refuses submitit's own; by default the portal names none."""
    with pytest.raises(SubmitRejected, match="Invalid wckey"):
        bench.scheduler(wckey="submitit").submit(bench.working())
    scheduler = bench.scheduler()
    spec = bench.working()
    scheduler.submit(spec)
    assert bench.wait_state(scheduler, spec, JobState.COMPLETED).state is JobState.COMPLETED


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"account": "nobody"}, "Invalid account"),
        ({"partition": "nowhere"}, "Invalid partition"),
        ({"constraint": "gpu"}, "Invalid feature"),
        ({"mem_gb": 4000.0}, "Requested node configuration is not available"),
        ({"extra": ("--reservation=none",)}, "Requested reservation is invalid"),
        ({"extra": ("--no-such-option",)}, "unrecognized option"),
        ({"extra": ("--mem-per-cpu=much",)}, "Invalid --mem-per-cpu"),
    ],
)
def test_a_refusal_is_final_and_says_why(bench: Bench, options: dict[str, object], words: str) -> None:
    with pytest.raises(SubmitRejected, match=words):
        bench.scheduler(**options).submit(bench.working())


def test_a_limit_on_jobs_only_defers(cluster: PrivateCluster, bench: Bench) -> None:
    cluster.run("sacctmgr", "-i", "add", "account", "narrow", "Description=narrow")
    cluster.run("sacctmgr", "-i", "add", "user", getpass.getuser(), "Account=narrow", "MaxSubmitJobs=1")
    scheduler = bench.scheduler(account="narrow", extra=("--hold",))
    first, second = bench.working(), bench.working()
    job_id = wait_for(lambda: scheduler.submit(first))
    with pytest.raises(SubmitDeferred, match="job submit limit"):
        scheduler.submit(second)
    scheduler.cancel([job_id])
    wait_for(lambda: bench.find(scheduler, first)[0].state is JobState.CANCELLED)
    scheduler.cancel([scheduler.submit(second)])


def test_a_folder_that_cannot_be_written_submits_nothing(bench: Bench) -> None:
    scheduler = bench.scheduler()
    spec = bench.working()
    spec = replace(spec, folder=spec.claim.with_name("runs") / "below-a-file")
    spec.folder.parent.write_text("")
    with pytest.raises(SubmitDeferred, match="files_not_written"):
        scheduler.submit(spec)
    assert bench.find(scheduler, spec) == ()


def test_a_name_that_is_not_the_portal_s_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="no job name"):
        bench.scheduler().submit(replace(bench.working(), name="bt-a b"))
    with pytest.raises(ValueError, match="no job name"):
        bench.scheduler().submit(replace(bench.working(), name="other"))
