"""The cluster of the tests itself: it coexists with another one and leaves nothing behind, however it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cluster import ClusterFailed, PrivateCluster
from tests.cluster.daemons import tree_of
from tests.slurm.bench import ROOT, wait_for
from tests.waiting import PATIENCE_S


def processes_of(folder: str) -> list[str]:
    """Return the command lines of all processes that know of a folder by an argument or their environment.

    A step daemon of SLURM 26.05 shows neither: its title lies over both.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if folder.encode() in known:
            found.append((entry / "cmdline").read_text().replace("\0", " "))
    return found


def command_line(pid: int) -> str:
    """Return a process's command line; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def started(pid: int) -> str:
    """Return when a process started, which tells it from a later one of its number; empty where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def supervisors_of(folder: str) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if f"tests.cluster.supervisor {folder}" in command_line(pid)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_its_owner_ends(
    slurm_cluster: PrivateCluster, tmp_path: Path, number: signal.Signals
) -> None:
    told = tmp_path / "conf"
    command = f"srun --exclusive sleep 300 & echo $SLURM_CONF > {told}.new; mv {told}.new {told}; wait"
    owner = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", "run", "--", "bash", "-c", command], cwd=ROOT, start_new_session=True
    )
    wait_for(told.exists)
    folder = Path(told.read_text().strip()).parents[1]
    assert folder.is_dir()
    assert folder != slurm_cluster.layout.folder
    assert slurm_cluster.run("sinfo", "--noheader", "--format=%N").strip() == "n[1-2]"
    [supervisor] = supervisors_of(str(folder))

    def steps() -> list[int]:
        return [pid for pid in tree_of(supervisor) if "slurmstepd" in command_line(pid)]

    wait_for(steps, what="a job step runs")
    below = {pid: started(pid) for pid in tree_of(supervisor)}
    os.kill(owner.pid, number)
    owner.wait(PATIENCE_S)
    wait_for(lambda: not folder.exists(), what="the folder is gone")
    # bash and srun belong to whoever ran them; every daemon and job step must be gone
    os.killpg(owner.pid, signal.SIGKILL)
    wait_for(lambda: not processes_of(str(folder)), what="all processes are gone")
    wait_for(
        lambda: not any(when and started(pid) == when for pid, when in below.items()),
        what="those without a name as well",
    )


def test_a_cluster_that_cannot_start_says_why_and_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory() as closed:  # munge insists on a folder that others can enter
        folder = Path(closed) / "c"
        with pytest.raises(ClusterFailed, match=r"munged ended at its start(.|\n)*execute permissions"):
            PrivateCluster(folder).start()
        assert not folder.exists()
        assert not processes_of(str(folder))
