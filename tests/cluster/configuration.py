"""The files that SLURM's daemons read: pure text, one function a file.

Why each line is there is said where it is not plain; the options are those of SLURM 22.05 and later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CLUSTER_NAME = "bench"
DATABASE = "slurm_acct_db"
NODES = (1, 2)
CPUS_PER_NODE = 4
MEMORY_PER_NODE_MB = 16000
# In `overrides`: a site that keeps no accounts; neither slurmdbd nor MariaDB is started then.
NO_ACCOUNTS = {"AccountingStorageType": "accounting_storage/none"}
_OF_SLURMDBD = ("AccountingStorageHost", "AccountingStoragePort", "AccountingStoragePass", "AccountingStorageEnforce")


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1, all of this cluster alone."""

    controller: int
    accounting: int
    database: int
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Every path of one private cluster; all of them lie below `folder`."""

    folder: Path

    @property
    def slurm_conf(self) -> Path:
        return self.folder / "etc" / "slurm.conf"

    @property
    def slurmdbd_conf(self) -> Path:
        return self.folder / "etc" / "slurmdbd.conf"

    @property
    def munge_key(self) -> Path:
        return self.folder / "munge" / "key"

    @property
    def munge_socket(self) -> Path:
        return self.folder / "munge" / "socket"

    @property
    def database_socket(self) -> Path:
        return self.folder / "database.sock"

    @property
    def control_socket(self) -> Path:
        return self.folder / "control"

    @property
    def failure(self) -> Path:
        return self.folder / "failure.txt"

    def log(self, daemon: str) -> Path:
        return self.folder / "log" / f"{daemon}.log"

    def make_folders(self) -> None:
        for name in ("etc", "munge", "log", "run", "state", *(f"spool.n{node}" for node in NODES)):
            (self.folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)


def keeps_no_accounts(overrides: Mapping[str, str]) -> bool:
    """Tell whether the cluster is to run without slurmdbd."""
    return NO_ACCOUNTS.items() <= overrides.items()


def slurm_conf(layout: Layout, ports: Ports, *, hostname: str, user: str, overrides: dict[str, str]) -> str:
    """Return slurm.conf; `overrides` replaces or adds single options."""
    folder = layout.folder
    options = {
        "ClusterName": CLUSTER_NAME,
        "SlurmctldHost": f"{hostname}(127.0.0.1)",
        "SlurmUser": user,
        "SlurmdUser": user,
        "SlurmctldPort": str(ports.controller),
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={layout.munge_socket}",
        "StateSaveLocation": str(folder / "state"),
        "SlurmdSpoolDir": str(folder / "spool.%n"),
        "SlurmctldPidFile": str(folder / "run" / "slurmctld.pid"),
        "SlurmdPidFile": str(folder / "run" / "slurmd.%n.pid"),
        "SlurmctldLogFile": str(layout.log("slurmctld")),
        "SlurmdLogFile": str(folder / "log" / "%n.log"),
        "SlurmdParameters": "config_overrides",  # a node may claim more CPUs than this machine has
        "ProctrackType": "proctrack/linuxproc",  # no cgroup rights needed
        "TaskPlugin": "task/none",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",  # cores and memory are real limits
        "DefMemPerCPU": "500",
        "PreemptType": "preempt/partition_prio",
        "PreemptMode": "CANCEL",
        "JobAcctGatherType": "jobacct_gather/linux",
        "JobAcctGatherFrequency": "1",
        "JobAcctGatherParams": "OverMemoryKill",
        "AccountingStorageType": "accounting_storage/slurmdbd",
        "AccountingStorageHost": "127.0.0.1",
        "AccountingStoragePort": str(ports.accounting),
        "AccountingStoragePass": str(layout.munge_socket),  # the munge socket for connections to slurmdbd
        "AccountingStorageEnforce": "associations,limits,wckeys",  # a site that checks what it is told
        "AccountingStoreFlags": "job_comment",
        "TrackWCKey": "yes",
        "ReturnToService": "2",
        "SlurmdTimeout": "10",
        "KillWait": "15",
        "MinJobAge": "300",
        "GetEnvTimeout": "30",  # sbatch --export=NONE runs `su - user` on the node; 2 s are few on a busy machine
        "MpiDefault": "none",
        "MailProg": "/bin/true",
        "SchedulerParameters": "batch_sched_delay=0,bf_interval=5",
        **overrides,
    }
    if keeps_no_accounts(overrides):
        options = {name: value for name, value in options.items() if name not in _OF_SLURMDBD}
    lines = [f"{name}={value}" for name, value in options.items()]
    for node, port in zip(NODES, ports.nodes, strict=True):
        lines.append(
            f"NodeName=n{node} NodeHostname={hostname} NodeAddr=127.0.0.1 Port={port} "
            f"CPUs={CPUS_PER_NODE} RealMemory={MEMORY_PER_NODE_MB}"
        )
    lines.append("PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP PriorityTier=1")
    lines.append("PartitionName=urgent Nodes=n[1-2] MaxTime=INFINITE State=UP PriorityTier=10")
    lines.append("PartitionName=closed Nodes=n[1-2] MaxTime=INFINITE State=DOWN")
    return "\n".join(lines) + "\n"


def cgroup_conf(version: tuple[int, ...]) -> str | None:
    """Return cgroup.conf; None where SLURM takes none of ours.

    Since 23.11 slurmd wants to see cgroups unless told not to; 22.05 does not know the word and refuses it.
    """
    return "CgroupPlugin=disabled\n" if version >= (23, 11) else None


def slurmdbd_conf(layout: Layout, ports: Ports, *, user: str, password: str) -> str:
    """Return slurmdbd.conf; the file must have mode 600, or slurmdbd does not start."""
    options = {
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={layout.munge_socket}",
        "DbdHost": "localhost",
        "DbdAddr": "127.0.0.1",
        "DbdPort": str(ports.accounting),
        "SlurmUser": user,
        "PidFile": str(layout.folder / "run" / "slurmdbd.pid"),
        "LogFile": str(layout.log("slurmdbd")),
        "StorageType": "accounting_storage/mysql",
        "StorageHost": "127.0.0.1",
        "StoragePort": str(ports.database),
        "StorageUser": "slurm",
        "StoragePass": password,
        "StorageLoc": DATABASE,
        "TrackWCKey": "yes",
    }
    return "".join(f"{name}={value}\n" for name, value in options.items())


def database_setup(password: str) -> str:
    """Return the SQL that MariaDB runs at its start."""
    lines = [f"CREATE DATABASE IF NOT EXISTS {DATABASE};"]
    for host in ("127.0.0.1", "localhost"):
        lines.append(f"CREATE USER IF NOT EXISTS 'slurm'@'{host}' IDENTIFIED BY '{password}';")
        lines.append(f"GRANT ALL ON {DATABASE}.* TO 'slurm'@'{host}';")
    return "\n".join(lines) + "\n"
