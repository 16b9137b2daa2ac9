"""Who may write records: one poller, by a kernel lock on its host and by a lease with a number across hosts.

The lock ends with its process. The lease is for hosts whose file system does not share locks: its number grows
with each owner, and an owner that slept past the end of its lease finds a higher number and stops. What still
slips through between the look and a write is caught by the record's revision and by the job's claim.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from portal.domain.errors import Conflict, CorruptRecord
from portal.domain.message import Message
from portal.files.atomic import read_json, write_json
from portal.files.process_identity import ProcessIdentity
from portal.files.taskdir import PortalDir


class LeaseLost(Conflict):
    """Another poller took over."""


class PollerLease:
    """The right to be the poller.

    `duration_s` is how long other hosts wait for a silent owner.
    """

    def __init__(self, portal: PortalDir, *, duration_s: float = 30.0) -> None:
        self._path: Path = portal.lease
        self._lock_path: Path = portal.lock
        self._duration_s = duration_s
        self._handle: int | None = None
        self._me = ProcessIdentity.mine()
        self._renewed = 0.0
        self.number = 0

    def acquire(self) -> bool:
        """Try to become the owner; tell whether it worked."""
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        number, owner, renewed = self._read()
        # The lock is ours: on this host the former owner is gone. On another host it may only be silent.
        if owner is not None and owner.host != self._me.host and time.time() - renewed < self._duration_s:
            os.close(handle)
            return False
        self._handle = handle
        self.number = number + 1
        self._write()
        return True

    def check(self) -> None:
        """Make sure that we still own the lease, and renew it when a third of it is over.

        Raises:
            LeaseLost: somebody else owns it now.
        """
        number, owner, _ = self._read()
        if self._handle is None or number != self.number or owner != self._me:
            raise LeaseLost(Message("poller.taken_over"))
        if time.time() - self._renewed > self._duration_s / 3:
            self._write()

    def release(self) -> None:
        """Give the right back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _read(self) -> tuple[int, ProcessIdentity | None, float]:
        try:
            value = read_json(self._path)
            return int(value["number"]), ProcessIdentity.from_json(value["owner"]), float(value["renewed"])
        except FileNotFoundError:
            return 0, None, 0.0
        except (CorruptRecord, KeyError, TypeError, ValueError):
            # Nothing to compare with: go on above any number that a counter could have reached.
            return int(time.time()), None, 0.0

    def _write(self) -> None:
        self._renewed = time.time()
        write_json(
            self._path,
            {"number": self.number, "owner": self._me.to_json(), "renewed": self._renewed},
            durable=False,
        )
