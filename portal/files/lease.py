"""The right to write records: one poller holds it, by a kernel lock on its host and by a numbered lease across hosts.

The lock ends with its process. The lease is for hosts whose file system does not share locks: its number increases with
each owner, and an owner that slept past the end of its lease finds a higher number and stops. A write that still slips
in between this check and the next is caught by the record's revision and by the job's claim.

A thread renews the lease in place, whatever the poller is doing; this needs no room on a full disk. A waiting process
measures how long it has seen no renewal and never compares two hosts' clocks. A clean stop releases the lease at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.errors import Conflict, CorruptRecord, StorageFull, Unreadable
from portal.domain.message import Message
from portal.files.atomic import write_bytes
from portal.files.document import encode_object, read_document, to_object
from portal.files.process_identity import ProcessIdentity
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, open_to_write
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_SIZE = 1024
_LOOKS, _LOOK_AGAIN_S = 3, 0.05


class LeaseLost(Conflict):
    """Another poller took over."""


@dataclass(frozen=True)
class Lease:
    """The owner of the right: lease number, process, and when it was last renewed (s since 1970)."""

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
        self._seen: tuple[Lease, float] | None = None
        self._stop = threading.Event()
        self._renewer: threading.Thread | None = None
        self.number = 0

    def acquire(self) -> bool:
        """Try to become the owner; tell whether that succeeded. Call it every few seconds: it measures the silence."""
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        lease = self._read()
        # We hold the lock: on this kernel the former owner is gone. On another one it may only be silent.
        if lease.owner is not None and lease.owner.boot != self._me.boot and not self._is_silent(lease):
            os.close(handle)
            return False
        self._handle = handle
        self.number = lease.number + 1
        self._write(self._me)
        self._stop.clear()
        self._renewer = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._renewer.start()
        return True

    def _is_silent(self, lease: Lease) -> bool:
        now = time.monotonic()
        if self._seen is None or self._seen[0] != lease:
            self._seen = (lease, now)
        return now - self._seen[1] >= self._duration_s

    def _renew(self) -> None:
        while not self._stop.wait(self._duration_s / 5):
            try:
                if self._is_ours():
                    self._write(self._me)
            except (OSError, Unreadable, StorageFull) as error:
                log.warning("the lease cannot be renewed at the moment: %s", error)

    def _is_ours(self) -> bool:
        lease = self._read()
        return self._handle is not None and (lease.number, lease.owner) == (self.number, self._me)

    def check(self) -> None:
        """Make sure that we still own the lease.

        Raises:
            LeaseLost: somebody else owns it now.
        """
        if not self._is_ours():
            raise LeaseLost(Message("poller.taken_over"))

    def release(self) -> None:
        """Release the right, so that a waiting process on any host need not wait for silence."""
        self._stop.set()
        if self._renewer is not None:
            self._renewer.join()
            self._renewer = None
        if self._handle is not None:
            with contextlib.suppress(OSError, Unreadable, StorageFull):
                if self._is_ours():
                    self._write(None)
            os.close(self._handle)
            self._handle = None

    def _read(self) -> Lease:
        for _ in range(_LOOKS):
            try:
                return read_document(self._path, Lease)
            except FileNotFoundError:
                if self._handle is None:
                    return Lease(0, None, 0.0)
            except (CorruptRecord, PermissionError):
                time.sleep(_LOOK_AGAIN_S)  # it may be in the middle of a write
        if self._handle is not None:
            # The file is unreadable and we hold the lock, so the lease is still ours.
            self._write(self._me)
            return Lease(self.number, self._me, 0.0)
        # Nothing to compare with: continue above any number that a counter could have reached.
        return Lease(int(time.time()), None, 0.0)

    def _write(self, owner: ProcessIdentity | None) -> None:
        data = encode_object(to_object(Lease(self.number, owner, time.time())))
        data = data.ljust(_SIZE, b" ")
        try:
            handle = open_to_write(self._path)
        except (FileNotFoundError, CorruptRecord, PermissionError):
            discard(self._path)
            with_reserve(self._path, lambda: write_bytes(self._path, data, durable=False))
            return
        try:
            # Shorter than a page and of fixed length: readers see the old or the new content, or read again.
            os.pwrite(handle, data, 0)
            if os.fstat(handle).st_size != len(data):
                os.ftruncate(handle, len(data))
        finally:
            os.close(handle)
