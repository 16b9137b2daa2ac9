"""Identify a process beyond its pid, and tell whether it is alive (Linux).

Pids are reused, and clones and containers share a host's name. A process is identified by the boot of its kernel, the
PID namespace of its pid, and its start time. A process of another boot or namespace may run on another machine or in
another container that shares the folder: then its state is unknown, and the caller judges by age.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path


class Life(StrEnum):
    """The state of a process as seen from here."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


@cache
def boot_id() -> str:
    """Return the id of this boot of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@cache
def pid_namespace() -> str:
    """Return the inode number of this process's PID namespace; empty if the kernel does not provide it."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    """Return the start time of a process in clock ticks since boot; None if it does not exist or is a zombie.

    Source: proc(5); the command name in field 2 may contain spaces and brackets, so fields are counted from its end.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def works_below(pid: int, root: Path) -> bool:
    """Tell whether a process works below a folder: its working folder or a path in its command is there."""
    top = root.resolve()
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return False
    named = [Path(os.fsdecode(word)) for word in words if word.startswith(b"/")]
    return any(path.resolve().is_relative_to(top) for path in (folder, *named))


@dataclass(frozen=True)
class ProcessIdentity:
    """The unique identity of a process; `group` is its process group, `host` is for people to read."""

    host: str
    boot: str
    pid: int
    start: int
    group: int
    namespace: str = ""

    @classmethod
    def mine(cls) -> ProcessIdentity:
        pid = os.getpid()
        return cls(os.uname().nodename, boot_id(), pid, start_ticks(pid) or 0, os.getpgrp(), pid_namespace())

    @property
    def life(self) -> Life:
        """Tell whether this very process is alive, as far as that can be seen from here."""
        if self.boot != boot_id() or (self.namespace and self.namespace != pid_namespace()):
            return Life.UNKNOWN
        return Life.ALIVE if start_ticks(self.pid) == self.start else Life.DEAD


def file_name_of_mine() -> str:
    """Return a file name unique to this process, from which others can tell whether it is alive."""
    me = ProcessIdentity.mine()
    return f"{me.boot}~{me.namespace}~{me.pid}~{me.start}~{os.urandom(8).hex()}"


def life_by_file_name(name: str) -> Life:
    """Tell whether the process that created a file of this name is alive."""
    parts = name.split("~")
    if len(parts) != 5 or not (parts[2].isdecimal() and parts[3].isdecimal()):
        return Life.UNKNOWN
    return ProcessIdentity("", parts[0], int(parts[2]), int(parts[3]), 0, parts[1]).life


def session_members(session: int) -> list[int]:
    """Return the live processes of a session on this host."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            members.append(int(entry.name))
    return sorted(members)
