"""Every command of docs/admins.md, run as it stands there against a cluster with jobs of the portal."""

from __future__ import annotations

import getpass
import os
import re
import subprocess

import pytest

from slurm.types import JobState
from tests.cluster import PrivateCluster
from tests.slurm import jobs
from tests.slurm.bench import ROOT, Bench, wait_for

TEXT = (ROOT / "docs" / "admins.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
# A command may go on behind a pipe or inside quotes; a new one starts at the margin.
COMMANDS = [part for block in BLOCKS for part in re.split(r"\n(?=\S)", block.strip())]


@pytest.fixture(scope="module")
def task_id(slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Have a finished, a failed and a waiting job, and return the task id of the finished one."""
    bench = Bench(tmp_path_factory.mktemp("admins"))
    scheduler = bench.scheduler()
    done, failed, waiting = bench.spec(jobs.eat_memory, 50, 2), bench.spec(jobs.fail), bench.working()
    for spec in (done, failed):
        scheduler.submit(spec)
    bench.scheduler(extra=("--hold",)).submit(waiting)
    bench.wait_state(scheduler, done, JobState.COMPLETED)
    bench.wait_state(scheduler, failed, JobState.FAILED)
    wait_for(lambda: bench.find(scheduler, done)[0].max_rss_bytes, what="accounting has the job")
    return done.name.split("-")[1]


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[:40])
def test_a_line_of_the_admins_page_works(slurm_cluster: PrivateCluster, task_id: str, command: str) -> None:
    command = command.replace("-u portal", f"-u {getpass.getuser()}").replace("k3v7q2m5x4ab", task_id)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, **slurm_cluster.environment},
        input="n\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr.lower()
    if "grep" in command or "--name=" in command:
        assert task_id in done.stdout
    if "awk" in command or "uniq" in command:
        assert re.search(r"\d", done.stdout)
