"""Every command of docs/operate/admins.md, run as it stands there against a cluster with jobs of the portal."""

from __future__ import annotations

import atexit
import getpass
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from portal.files.people import PeopleRegister
from portal.files.taskdir import PortalDir
from slurm.types import JobState
from tests.cluster import PrivateCluster
from tests.slurm import jobs
from tests.slurm.bench import ROOT, Bench, wait_for

TEXT = (ROOT / "docs" / "operate" / "admins.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
# A command may go on behind a pipe or inside quotes; a new one starts at the margin.
COMMANDS = [part for block in BLOCKS for part in re.split(r"\n(?=\S)", block.strip())]


_COMMANDS = Path(sys.executable).parent  # where `btportal` is


@cache
def _jobs() -> Path:
    """Return the folder of a portal that has taken no task yet, and where the person of the page has signed in."""
    portal = PortalDir(Path(tempfile.mkdtemp()))
    atexit.register(shutil.rmtree, portal.jobs)
    portal.prepare()
    PeopleRegister(portal).note("3f09c1d27ab84e55", "somebody")
    return portal.jobs


@pytest.fixture(scope="module")
def task_id(slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Have a finished, a failed and a waiting job, and return the task id of the finished one.

    Its second job never became eligible: it was to follow the failed one.
    """
    bench = Bench(tmp_path_factory.mktemp("admins"))
    scheduler = bench.scheduler()
    done, failed, waiting = bench.spec(jobs.eat_memory, 50, 2), bench.spec(jobs.fail), bench.working()
    parent = [scheduler.submit(spec) for spec in (done, failed)][-1]
    never = bench.working(name=done.name.replace("digger", "shoter"), after_ok=parent)
    scheduler.submit(never)
    bench.scheduler(extra=("--hold",)).submit(waiting)
    bench.wait_state(scheduler, done, JobState.COMPLETED)
    bench.wait_state(scheduler, failed, JobState.FAILED)
    bench.wait_state(scheduler, never, JobState.CANCELLED)

    def all_accounted() -> bool:
        told = [bench.accounted(scheduler, spec) for spec in (never, done)]
        return all(job is not None and job.state.is_over for job in told) and bool(told[1] and told[1].max_rss_bytes)

    wait_for(all_accounted, what="accounting has the jobs, the one that never was among them")
    return done.name.split("-")[1]


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 10


def run(cluster: PrivateCluster, task_id: str, command: str) -> str:
    command = command.replace("-u portal", f"-u {getpass.getuser()}").replace("k3v7q2m5x4ab", task_id)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={
            **os.environ,
            **cluster.environment,
            "PATH": f"{_COMMANDS}:{os.environ['PATH']}",
            "JOBS_DIR": str(_jobs()),
        },
        input="n\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr.lower()
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[:40])
def test_a_line_of_the_admins_page_works(slurm_cluster: PrivateCluster, task_id: str, command: str) -> None:
    told = run(slurm_cluster, task_id, command)
    if "k3v7q2m5x4ab" in command:
        assert task_id in told
    if "awk" in command or "uniq" in command:
        assert re.search(r"\d", told)


@pytest.mark.parametrize(
    "command", [command for command in COMMANDS if command.startswith("sacct") and "k3v7q2m5x4ab" in command]
)
def test_everything_of_one_task_and_nothing_of_another(
    slurm_cluster: PrivateCluster, task_id: str, command: str
) -> None:
    """Also the job that was cancelled before it could start, and the step that knows the memory."""
    rows = [line.split() for line in run(slurm_cluster, task_id, command).splitlines()[2:]]
    named = {name: words for _, name, *words in rows if name.startswith("bt-")}
    assert set(named) == {f"bt-{task_id}-digger-a1", f"bt-{task_id}-shoter-a1"}
    assert "CANCELLED" in named[f"bt-{task_id}-shoter-a1"]
    job_ids = {row[0] for row in rows if row[1].startswith("bt-")}
    steps = [row for row in rows if not row[1].startswith("bt-")]
    assert steps
    assert {row[0].partition(".")[0] for row in steps} < job_ids
