"""The process that owns the daemons of one private cluster and leaves nothing behind.

    python -m tests.cluster.supervisor FOLDER [NAME=VALUE ...]      (options of slurm.conf)

It starts everything, then obeys one JSON line per connection on the socket `FOLDER/control`. On SIGTERM, on
SIGINT, when the process that started it ends (unless detached) and after any error it kills all that was ever
started below it - job steps detach themselves, so it adopts orphans - and removes the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cluster import configuration
from tests.cluster.configuration import CLUSTER_NAME, NODES, Layout, Ports
from tests.cluster.daemons import (
    ClusterFailed,
    Daemon,
    adopt_orphans,
    die_with_parent,
    environment_of,
    has_open,
    kill_all,
    listeners_below,
    tree_of,
)
from tests.ports import free_ports

PROGRAMS = ("munged", "mariadb-install-db", "mariadbd", "slurmdbd", "slurmctld", "slurmd", "sacctmgr", "scontrol")
NODE_MARK = "PRIVATE_CLUSTER_NODE"  # in the environment of a slurmd, and so of the step daemons it starts


class Supervisor:
    """Start, steer and end the daemons of one cluster."""

    def __init__(self, layout: Layout, overrides: Mapping[str, str]) -> None:
        self._layout = layout
        self._overrides = dict(overrides)
        self._hostname = socket.gethostname().split(".")[0]
        self._user = pwd.getpwuid(os.getuid()).pw_name
        self._ports = _free_ports()
        self._password = secrets.token_hex(16)
        path = "/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ.get("PATH", "")
        self._environment = {"PATH": path, "HOME": str(layout.folder), "SLURM_CONF": str(layout.slurm_conf)}
        self._daemons: dict[str, Daemon] = {}

    # -- start -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Bring the whole cluster up; return when every node takes jobs."""
        missing = [name for name in PROGRAMS if shutil.which(name, path=self._environment["PATH"]) is None]
        if missing:
            raise ClusterFailed(f"not installed: {', '.join(missing)} (Debian packages: tests/cluster/packages.txt)")
        self._layout.make_folders()
        self._write_configuration()
        self._start_munge()
        if not configuration.keeps_no_accounts(self._overrides):
            self._start_database()
            self.start_daemon("slurmdbd")
            self._register()
        self.start_daemon("slurmctld")
        for node in NODES:
            self.start_daemon(f"n{node}")
        self._daemons["n1"].wait(self._all_nodes_idle, timeout_s=60)

    def _write_configuration(self) -> None:
        self._write_slurm_conf()
        cgroup = configuration.cgroup_conf(self._version())
        if cgroup is not None:
            self._layout.slurm_conf.with_name("cgroup.conf").write_text(cgroup)
        dbd = configuration.slurmdbd_conf(self._layout, self._ports, user=self._user, password=self._password)
        self._layout.slurmdbd_conf.touch(mode=0o600)
        self._layout.slurmdbd_conf.write_text(dbd)
        self._layout.munge_key.touch(mode=0o600)
        self._layout.munge_key.write_bytes(secrets.token_bytes(128))

    def _version(self) -> tuple[int, ...]:
        """Return SLURM's version, such as (24, 11, 5)."""
        argv = ["slurmctld", "-V"]
        told = subprocess.run(argv, env=self._environment, capture_output=True, text=True, timeout=30, check=True)
        return tuple(int(number) for number in re.findall(r"\d+", told.stdout)[:3])

    def _write_slurm_conf(self) -> None:
        text = configuration.slurm_conf(
            self._layout, self._ports, hostname=self._hostname, user=self._user, overrides=self._overrides
        )
        self._layout.slurm_conf.write_text(text)

    def _start_munge(self) -> None:
        folder, sock = self._layout.folder, self._layout.munge_socket
        argv = ["munged", "--foreground", f"--socket={sock}", f"--key-file={self._layout.munge_key}"]
        argv += [f"--log-file={folder / 'munge' / 'log'}", f"--pid-file={folder / 'munge' / 'pid'}"]
        argv += [f"--seed-file={folder / 'munge' / 'seed'}", "--group-update-time=-1"]
        self._launch("munged", argv, lambda: self._succeeds("munge", "-S", str(sock), "-n"))

    def _start_database(self) -> None:
        folder, sock = self._layout.folder, self._layout.database_socket
        data = folder / "database"
        common = ["--no-defaults", f"--datadir={data}", f"--user={self._user}"]
        install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        self._run(*install, "--innodb-flush-method=nosync")
        setup = folder / "etc" / "setup.sql"
        setup.touch(mode=0o600)
        setup.write_text(configuration.database_setup(self._password))
        argv = ["mariadbd", *common, f"--socket={sock}", f"--port={self._ports.database}", "--bind-address=127.0.0.1"]
        argv += [f"--pid-file={folder / 'run' / 'mariadbd.pid'}", f"--init-file={setup}", "--skip-name-resolve"]
        argv += ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"]  # nobody needs it tomorrow
        argv += ["--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=900"]
        self._launch("mariadbd", argv, lambda: self._succeeds("mariadb-admin", "--no-defaults", f"-S{sock}", "ping"))

    def _register(self) -> None:
        """Make this cluster, an account and two wckeys known; a site that enforces them knows nothing else."""
        for words in (
            ("add", "cluster", CLUSTER_NAME),
            ("add", "account", "portal", "Description=portal"),
            ("add", "user", self._user, "Account=portal", "DefaultAccount=portal"),
            ("add", "user", self._user, "WCKey=toxins"),
            ("modify", "user", self._user, "set", "DefaultWCKey=toxins"),
        ):
            self._run("sacctmgr", "-i", *words)

    def _launch(self, name: str, argv: list[str], ready: Callable[[], bool], **extra: str) -> None:
        environment = {**self._environment, **extra}
        daemon = self._daemons.get(name) or Daemon(name, argv, log=self._layout.log(name), environment=environment)
        self._daemons[name] = daemon
        daemon.start(ready)

    # -- what a test may ask for -----------------------------------------------------------------------------

    def start_daemon(self, name: str) -> None:
        """Start slurmdbd, slurmctld or the slurmd of a node (n1, n2)."""
        if name == "slurmdbd":
            self._launch(name, ["slurmdbd", "-D"], lambda: _listens(self._ports.accounting))
        elif name == "slurmctld":
            self._launch(name, ["slurmctld", "-D"], lambda: self._succeeds("scontrol", "ping"))
        else:
            port = self._ports.nodes[NODES.index(int(name.removeprefix("n")))]
            self._launch(name, ["slurmd", "-D", "-N", name], lambda: _listens(port), **{NODE_MARK: name})

    def stop_daemon(self, name: str) -> None:
        """End a daemon by SIGTERM."""
        self._daemons[name].stop()

    def kill_node(self, name: str) -> None:
        """Let a node die as a machine does: its slurmd, its step daemons and their jobs, all at once."""
        self._daemons[name].kill()
        mark = f"{NODE_MARK}={name}"
        # Since 26.05 a step daemon writes its title over its environment; each listens in the node's folder.
        steps = listeners_below(self._layout.folder / f"spool.{name}")
        for pid in tree_of(os.getpid()):
            if mark in environment_of(pid) or has_open(pid, steps):
                kill_all([pid, *tree_of(pid)])

    def signal_daemon(self, name: str, number: int) -> None:
        """Send a signal to a daemon (SIGSTOP: it hangs, SIGCONT: it comes back)."""
        self._daemons[name].signal(number)

    def write_options(self, overrides: Mapping[str, str]) -> None:
        """Change options of slurm.conf for the daemons that are started from now on."""
        self._overrides.update(overrides)
        self._write_slurm_conf()

    def configure(self, overrides: Mapping[str, str]) -> None:
        """Change options of slurm.conf and have the daemons read it again.

        On `reconfigure` slurmctld 22.05 also takes its last job number from the state on disk, which lags 5 s behind:
        without the pause it would give numbers out twice.
        """
        time.sleep(6)
        self.write_options(overrides)
        self._run("scontrol", "reconfigure")

    # -- end -------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Kill every process below this one and remove the folder."""
        while True:
            kill_all(tree_of(os.getpid()))
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                break
        shutil.rmtree(self._layout.folder, ignore_errors=True)

    # -- one command -----------------------------------------------------------------------------------------

    def _run(self, *argv: str) -> None:
        done = subprocess.run(
            argv,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise ClusterFailed(f"{' '.join(argv)} failed: {(done.stderr or done.stdout)[-1500:]}")

    def _succeeds(self, *argv: str) -> bool:
        try:
            done = subprocess.run(
                argv, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
            )
            return done.returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def _all_nodes_idle(self) -> bool:
        argv = ["sinfo", "--noheader", "--Node", "--partition=main", "--format=%t"]
        done = subprocess.run(argv, env=self._environment, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode == 0 and done.stdout.split() == ["idle"] * len(NODES)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _free_ports() -> Ports:
    found = free_ports(3 + len(NODES))
    return Ports(controller=found[0], accounting=found[1], database=found[2], nodes=tuple(found[3:]))


def _serve(supervisor: Supervisor, listener: socket.socket) -> None:
    """Obey requests of the form {"do": method, "with": [arguments]}, one per connection, until {"do": "end"}."""
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as stream:
            request: dict[str, Any] = json.loads(stream.readline())
            if request["do"] == "end":
                return
            try:
                getattr(supervisor, request["do"])(*request.get("with", []))
                answer: dict[str, Any] = {"ok": True}
            except Exception as error:  # told to whoever asked; the cluster goes on
                answer = {"error": str(error)}
            with contextlib.suppress(BrokenPipeError):
                stream.write(json.dumps(answer) + "\n")
                stream.flush()


def main(folder: str, *options: str) -> int:
    layout = Layout(Path(folder))
    adopt_orphans()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    if os.environ.pop("PRIVATE_CLUSTER_DETACHED", None) is None:
        die_with_parent()
    supervisor = Supervisor(layout, dict(option.split("=", 1) for option in options))
    failure = None
    try:
        supervisor.start()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{layout.control_socket}.new")
            listener.listen()
            Path(f"{layout.control_socket}.new").rename(layout.control_socket)  # from now on it takes requests
            _serve(supervisor, listener)
    except Exception as error:
        failure = str(error) if isinstance(error, ClusterFailed) else repr(error)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        supervisor.end()
    if failure is not None:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
