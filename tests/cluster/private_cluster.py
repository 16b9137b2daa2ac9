"""The handle that tests and programs hold on a private cluster."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.cluster.configuration import CLUSTER_NAME, DATABASE, Layout
from tests.cluster.daemons import ClusterFailed

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 180
SOCKET_PATH_MAX = 100  # sun_path takes 108 bytes


class PrivateCluster:
    """A SLURM cluster of its own: two nodes of 4 CPUs, slurmdbd, MariaDB and munge, all below one folder.

    Partitions: main (default), urgent (preempts main), closed (down). Account `portal`, wckey `toxins`; others are
    refused. With `options=NO_ACCOUNTS` there is no slurmdbd, and all are taken. `environment` is what SLURM's commands
    need. With `detached` the cluster outlives this process.
    """

    def __init__(
        self, folder: Path | None = None, *, options: Mapping[str, str] | None = None, detached: bool = False
    ) -> None:
        self._folder = folder
        self._options = dict(options or {})
        self._detached = detached
        self._supervisor: subprocess.Popen[str] | None = None

    @classmethod
    def attach(cls, folder: Path) -> PrivateCluster:
        """Return a handle on a cluster that another process started."""
        cluster = cls(folder, detached=True)
        if not cluster.layout.control_socket.exists():
            raise ClusterFailed(f"no cluster runs in {folder}")
        return cluster

    @property
    def layout(self) -> Layout:
        if self._folder is None:
            raise ClusterFailed("the cluster was not started")
        return Layout(self._folder)

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": str(self.layout.slurm_conf)}

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> PrivateCluster:
        """Start everything; takes about 10 s.

        Raises:
            ClusterFailed: with the reason; nothing is left behind.
        """
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self._folder = self._folder.resolve()
        if len(str(self.layout.munge_socket)) > SOCKET_PATH_MAX:
            raise ClusterFailed(f"the folder's path is too long for a socket: {self._folder}")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o755)  # munge refuses a socket that others cannot reach
        environment = {**os.environ, **({"PRIVATE_CLUSTER_DETACHED": "1"} if self._detached else {})}
        options = [f"{name}={value}" for name, value in self._options.items()]
        with self._folder.with_name(self._folder.name + ".log").open("w+") as log:
            Path(log.name).unlink()
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "tests.cluster.supervisor", str(self._folder), *options],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if self._detached else log,
                stderr=log,
                start_new_session=True,
                text=True,
            )
            try:
                self._wait_until_up(log)
            except BaseException:
                self.stop()
                raise
        return self

    def _wait_until_up(self, log: Any) -> None:
        assert self._supervisor is not None
        end = time.monotonic() + START_TIMEOUT_S
        while not self.layout.control_socket.exists():
            if self._supervisor.poll() is not None:
                log.seek(0)
                raise ClusterFailed(f"the private SLURM cluster does not start: {log.read().strip()}")
            if time.monotonic() > end:
                raise ClusterFailed(f"the private SLURM cluster did not start within {START_TIMEOUT_S} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """End all processes of the cluster and remove its folder; may be called twice."""
        if self._supervisor is not None:
            self._supervisor.terminate()
            self._supervisor.wait(60)
        elif self._detached and self.layout.control_socket.exists():
            self._ask("end")
            end = time.monotonic() + 60
            while self.layout.folder.exists() and time.monotonic() < end:
                time.sleep(0.05)

    def __enter__(self) -> PrivateCluster:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- use -------------------------------------------------------------------------------------------------

    def run(self, *argv: str, timeout_s: float = 30, check: bool = True) -> str:
        """Run one of SLURM's commands as an administrator would, and return what it prints.

        Raises:
            ClusterFailed: the command fails, unless `check` is off.
        """
        environment = {**os.environ, **self.environment}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
        if check and done.returncode:
            raise ClusterFailed(f"{' '.join(argv)} failed: {done.stderr}")
        return done.stdout

    def stop_controller(self) -> None:
        """Stop slurmctld: sbatch, squeue and scancel fail from now on, jobs run on."""
        self._ask("stop_daemon", "slurmctld")

    def start_controller(self) -> None:
        self._ask("start_daemon", "slurmctld")

    def lose_state(self, *, count_on: bool = True) -> None:
        """Have slurmctld lose all that it knows of jobs, as with a lost StateSaveLocation.

        Its administrator has it count on from where it was (FirstJobId), or else it gives every number out again; then
        slurmd drains a node that still has a job of the number.
        """
        [number] = re.findall(r"^NEXT_JOB_ID\s*=\s*(\d+)", self.run("scontrol", "show", "config"), re.MULTILINE)
        self.stop_controller()
        state = self.layout.folder / "state"
        shutil.rmtree(state)
        state.mkdir()
        if count_on:
            self._ask("write_options", {"FirstJobId": str(int(number) + 100)})
        self.start_controller()

    def freeze_controller(self) -> None:
        """Have slurmctld take connections and never answer."""
        self._ask("signal_daemon", "slurmctld", int(signal.SIGSTOP))

    def thaw_controller(self) -> None:
        self._ask("signal_daemon", "slurmctld", int(signal.SIGCONT))

    def stop_dbd(self) -> None:
        """Stop slurmdbd: sacct fails from now on."""
        self._ask("stop_daemon", "slurmdbd")

    def start_dbd(self) -> None:
        self._ask("start_daemon", "slurmdbd")

    def miss_the_end(self, job_name: str) -> None:
        """Have the accounts show a job as running, as where slurmdbd missed a message: a runaway job of SLURM's."""
        table = f"{CLUSTER_NAME}_job_table"
        statement = f"UPDATE {table} SET state=1, time_end=0 WHERE job_name='{job_name}'"  # noqa: S608 - a test's name
        client = ["mariadb", "--no-defaults", f"--socket={self.layout.database_socket}", "--user=root", DATABASE]
        self.run(*client, f"--execute={statement}")

    def kill_node(self, number: int) -> None:
        """Let a node die with all that runs on it; SLURM notices after SlurmdTimeout (10 s)."""
        self._ask("kill_node", f"n{number}")

    def start_node(self, number: int) -> None:
        self._ask("start_daemon", f"n{number}")

    def configure(self, **options: str) -> None:
        """Change options of slurm.conf while the cluster runs."""
        self._ask("configure", options)

    def _ask(self, action: str, *arguments: Any) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(120)
            connection.connect(str(self.layout.control_socket))
            with connection.makefile("rw") as stream:
                stream.write(json.dumps({"do": action, "with": list(arguments)}) + "\n")
                stream.flush()
                answer = stream.readline()
        if action != "end" and "error" in (reply := json.loads(answer)):
            raise ClusterFailed(reply["error"])
