"""Who may write records: one poller, by a kernel lock on its host and by a lease with a number across hosts.

The lock ends with its process. The lease is for hosts whose file system does not share locks: its number grows
with each owner, and an owner that slept past the end of its lease finds a higher number and stops. What still
slips through between the look and a write is caught by the record's revision and by the job's claim.
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.errors import Conflict, CorruptRecord
from portal.domain.message import Message
from portal.files.document import read_document, write_document
from portal.files.process_identity import ProcessIdentity
from portal.files.taskdir import PortalDir


class LeaseLost(Conflict):
    """Another poller took over."""


@dataclass(frozen=True)
class Lease:
    """Who owns the right: the number of the ownership, the process, and when it was renewed (s since 1970)."""

    FORMAT: ClassVar[int] = 1

    number: Annotated[int, Meta(ge=0, le=2**53)]
    owner: ProcessIdentity | None
    renewed: Annotated[float, Meta(ge=0, le=1e11)]


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
        lease = self._read()
        # The lock is ours: on this host the former owner is gone. On another host it may only be silent.
        if (
            lease.owner is not None
            and lease.owner.host != self._me.host
            and time.time() - lease.renewed < self._duration_s
        ):
            os.close(handle)
            return False
        self._handle = handle
        self.number = lease.number + 1
        self._write()
        return True

    def check(self) -> None:
        """Make sure that we still own the lease, and renew it when a third of it is over.

        Raises:
            LeaseLost: somebody else owns it now.
        """
        lease = self._read()
        if self._handle is None or lease.number != self.number or lease.owner != self._me:
            raise LeaseLost(Message("poller.taken_over"))
        if time.time() - self._renewed > self._duration_s / 3:
            self._write()

    def release(self) -> None:
        """Give the right back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _read(self) -> Lease:
        try:
            return read_document(self._path, Lease)
        except FileNotFoundError:
            return Lease(0, None, 0.0)
        except CorruptRecord:
            # Nothing to compare with: go on above any number that a counter could have reached.
            return Lease(int(time.time()), None, 0.0)

    def _write(self) -> None:
        self._renewed = time.time()
        write_document(self._path, Lease(self.number, self._me, self._renewed), durable=False)
