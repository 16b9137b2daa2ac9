"""Reservations for announced genomes that have not arrived yet: places in the queue and bytes on the disk."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from portal.domain.errors import StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.files.room import Room
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir

_FRESH_S = 2.0


@dataclass(frozen=True)
class Reserved:
    """The number of awaited genomes, their bytes, and their number per client."""

    tasks: int
    size: int
    by_client: Mapping[str, int] = field(default_factory=dict)


class Reservations:
    """Counts awaited genomes from the submissions on the disk, so that all workers get the same count."""

    def __init__(self, portal: PortalDir, *, waiting: Callable[[], int], max_waiting: int, floor_bytes: int) -> None:
        self._portal = portal
        self._folders = SubmissionFolders(portal)
        self._waiting = waiting
        self._max_waiting = max_waiting
        self._floor_bytes = floor_bytes
        self._lock = threading.Lock()
        self._counted: tuple[float, Reserved] | None = None

    def reserved(self, *, exact: bool = False) -> Reserved:
        """Return what is awaited; up to some seconds old unless `exact`."""
        with self._lock:
            if not exact and self._counted and time.monotonic() - self._counted[0] < _FRESH_S:
                return self._counted[1]
            now, size, by_client = datetime.now(UTC), 0, Counter[str]()
            for submission in self._folders.all():
                if submission.upload_until < now or self._folders.is_closed(submission.submission_id):
                    continue
                received = self._folders.received(submission.submission_id)
                awaited = [item.size for item in submission.items if item.n not in received]
                size += sum(awaited)
                by_client[submission.submitter] += len(awaited)
            self._counted = (time.monotonic(), Reserved(by_client.total(), size, by_client))
            return self._counted[1]

    def require_room(self, tasks: int, size: int) -> None:
        """Check that there is room for this many tasks and bytes.

        Raises:
            TooManyRequests: the queue does not have enough places left.
            StorageFull: the disk does not have enough bytes left.
        """
        held = self.reserved(exact=True)
        left = self._max_waiting - self._waiting() - held.tasks
        if tasks > left:
            raise TooManyRequests(Message("submission.queue_room", left=max(left, 0), wanted=tasks), retry_after_s=600)
        if Room.of(self._portal.own).lack(self._floor_bytes + held.size + size) is not None:
            raise StorageFull(Message("submission.disk_room"))
