"""Who a process is, beyond its number: pid, start time and boot id, as numbers are used again (Linux)."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


def boot_id() -> str:
    """Return the id of this boot of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_ticks(pid: int) -> int | None:
    """Return the start time of a process in clock ticks since boot; None where there is none, or only its corpse.

    Source: proc(5); the command name in field 2 may hold spaces and brackets, so fields are counted from its end.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


@dataclass(frozen=True)
class ProcessIdentity:
    """A process for as long as the world lasts; `group` is its process group."""

    host: str
    boot: str
    pid: int
    start: int
    group: int

    @classmethod
    def mine(cls) -> ProcessIdentity:
        pid = os.getpid()
        return cls(socket.gethostname(), boot_id(), pid, start_ticks(pid) or 0, os.getpgrp())

    @property
    def same_boot(self) -> bool:
        return self.boot == boot_id()

    @property
    def alive(self) -> bool:
        """Tell whether this very process lives on this host."""
        return self.same_boot and start_ticks(self.pid) == self.start


def session_members(session: int) -> list[int]:
    """Return the living processes of a session on this host."""
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
