"""What the poller tells the web process: one small file, written each cycle, read when it changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.files.atomic import read_json, write_json
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Heartbeat:
    """State of the poller at a moment (ISO 8601, UTC). `waiting` are task ids in their order."""

    at: str
    host: str
    pid: int
    interval_s: float
    slots: int
    active: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    draining: bool = False
    mean_duration_s: float | None = None
    scheduler: Mapping[str, Any] = field(default_factory=dict)  # kind, known, last_ok, error
    alarms: tuple[str, ...] = ()

    def write(self, portal: PortalDir) -> None:
        write_json(portal.heartbeat, asdict(self), durable=False)


@dataclass(frozen=True)
class QueueView:
    """The queue without names: slots, how many wait, how long a task takes."""

    slots_total: int
    slots_used: int
    waiting: int
    draining: bool
    mean_duration_s: float | None
    updated_at: datetime | None
    positions: Mapping[str, int] = field(default_factory=dict)  # by task id; never shown to others


class HeartbeatReader:
    """The last heartbeat, read again only when the file changed."""

    def __init__(self, portal: PortalDir) -> None:
        self._path = portal.heartbeat
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._beat: Heartbeat | None = None
        self._positions: dict[str, int] = {}

    def read(self) -> Heartbeat | None:
        """Return the last heartbeat, or None where no poller ever ran."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return None
        seen = (stat.st_mtime_ns, stat.st_ino)
        with self._lock:
            if seen != self._seen:
                try:
                    value = read_json(self._path)
                    for name in ("active", "waiting", "alarms"):
                        value[name] = tuple(value[name])
                    self._beat = Heartbeat(**value)
                except (CorruptRecord, FileNotFoundError, KeyError, TypeError):
                    return self._beat
                self._positions = {task_id: place for place, task_id in enumerate(self._beat.waiting, start=1)}
                self._seen = seen
            return self._beat

    def queue(self, default_slots: int) -> QueueView:
        """Return the queue as of the last heartbeat."""
        beat = self.read()
        if beat is None:
            return QueueView(default_slots, 0, 0, False, None, None)
        return QueueView(
            slots_total=beat.slots,
            slots_used=len(beat.active),
            waiting=len(beat.waiting),
            draining=beat.draining,
            mean_duration_s=beat.mean_duration_s,
            updated_at=datetime.fromisoformat(beat.at),
            positions=self._positions,
        )


def estimate_start(queue: QueueView, position: int, now: datetime) -> datetime | None:
    """Return when a waiting task may start: rounds of the mean duration; None where nothing was measured yet."""
    if queue.mean_duration_s is None or queue.slots_total < 1 or queue.draining:
        return None
    rounds = (position - 1) // queue.slots_total + (0 if queue.slots_used < queue.slots_total else 1)
    return now + timedelta(seconds=rounds * queue.mean_duration_s)
