"""The poller's status for the web process: one small file, written each cycle, read when it has changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.errors import StorageFull, Unreadable
from portal.domain.message import Message
from portal.files.atomic import overwrite_bytes
from portal.files.document import Moment, encode_object, read_document, to_object, write_document
from portal.files.taskdir import PortalDir

LOCAL = "local"  # the kind of the scheduler that runs tasks on the portal's own machine
_OLD = timedelta(minutes=10)  # without a heartbeat for so long, nothing starts
_FARTHEST_S = 365 * 86_400  # an estimate beyond says nothing, and farther ones are no dates


@dataclass(frozen=True)
class GateState:
    """Why nothing is submitted: a name in `slurm.reasons`, the scheduler's complaint, and since when."""

    reason: str
    complaint: Message
    since: Moment


@dataclass(frozen=True)
class SchedulerState:
    """The scheduler as the poller last saw it; `last_ok` is when it last answered, `error` why it does not now."""

    kind: str
    known: bool = True
    accounting: bool | None = None
    last_ok: Moment | None = None
    error: Message | None = None
    gate: GateState | None = None


@dataclass(frozen=True)
class Heartbeat:
    """State of the poller at a moment. `waiting` holds the task ids in queue order."""

    FORMAT: ClassVar[int] = 1

    at: Moment
    host: str
    pid: int
    interval_s: Annotated[float, Meta(ge=0, le=1e6)]
    slots: int
    scheduler: SchedulerState
    active: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    draining: bool = False
    mean_duration_s: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    alarms: tuple[Message, ...] = ()  # about the scheduler
    concerns: tuple[Message, ...] = ()  # about the poller
    stands_still: Message | None = None  # why it does nothing at all

    def write(self, portal: PortalDir) -> None:
        """Replace the last heartbeat, on a full disk in place: else a working poller would look dead."""
        try:
            write_document(portal.heartbeat, self, durable=False)
        except StorageFull:
            try:
                overwrite_bytes(portal.heartbeat, encode_object(to_object(self)))
            except (FileNotFoundError, Unreadable) as error:
                raise StorageFull(Message("disk.full")) from error


@dataclass(frozen=True)
class QueueView:
    """The anonymous queue: slots, number of waiting tasks, duration of a task."""

    slots_total: int
    slots_used: int
    waiting: int
    draining: bool
    mean_duration_s: float | None
    updated_at: datetime | None
    closed_reason: str | None = None  # why nothing is submitted at the moment: a name in slurm.reasons
    positions: Mapping[str, int] = field(default_factory=dict)  # by task id; never shown to others
    on_cluster: bool = True  # False: tasks run on the portal's own machine


class HeartbeatReader:
    """Reads the last heartbeat, again only if the file has changed."""

    def __init__(self, portal: PortalDir, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = portal.heartbeat
        self._clock = clock
        self._looked: float | None = None
        self._changed: tuple[float, float] | None = None  # times of the read that saw a change, and of the one before
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._beat: Heartbeat | None = None
        self._positions: dict[str, int] = {}

    def read(self) -> Heartbeat | None:
        """Return the last heartbeat, or None if no poller ever ran."""
        try:
            stat = self._path.lstat()
        except OSError:
            return None
        seen = (stat.st_mtime_ns, stat.st_ino)
        with self._lock:
            looked, self._looked = self._looked, self._clock()
            if seen != self._seen:
                try:
                    self._beat = read_document(self._path, Heartbeat)
                except (Unreadable, OSError):
                    return self._beat  # its age shows that no newer one can be read
                self._positions = {task_id: place for place, task_id in enumerate(self._beat.waiting, start=1)}
                self._seen = seen
                self._changed = (self._looked, float("-inf") if looked is None else looked)
            return self._beat

    def age_s(self, beat: Heartbeat, now: datetime) -> float:
        """Return the time since the last heartbeat (s), as observed here if the clock disagrees.

        A clock that was set back must not make a dead poller look alive, nor a fast clock on another host the reverse.
        """
        by_clock = max(0.0, (now - beat.at).total_seconds())
        with self._lock:
            if self._changed is None:
                return by_clock
            at_least, at_most = (self._clock() - moment for moment in self._changed)
        return max(at_least, min(by_clock, at_most))

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
            updated_at=beat.at,
            closed_reason=gate.reason if (gate := closed_gate(beat)) else None,
            positions=self._positions,
            on_cluster=beat.scheduler.kind != LOCAL,
        )


def closed_gate(beat: Heartbeat | None) -> GateState | None:
    """Return why nothing is submitted at the moment; None if jobs are submitted, or the state is unknown."""
    return beat.scheduler.gate if beat is not None else None


def gate_facts(gate: GateState | None) -> dict[str, str]:
    """Return a closed gate as JSON types; empty if it is open."""
    if gate is None:
        return {}
    return {"reason": gate.reason, "complaint": str(gate.complaint), "since": gate.since.isoformat(timespec="seconds")}


def estimate_start(queue: QueueView, position: int, now: datetime) -> datetime | None:
    """Return when a waiting task may start, from rounds of the mean duration.

    None if nothing was measured yet, if nothing starts at the moment, or if the state of the queue is old.
    """
    if queue.slots_total < 1 or queue.draining or queue.closed_reason is not None:
        return None
    rounds = (position - 1) // queue.slots_total + (0 if queue.slots_used < queue.slots_total else 1)
    return after_rounds(queue, rounds, now)


def after_rounds(queue: QueueView, rounds: int, now: datetime) -> datetime | None:
    """Return the moment after so many rounds of the mean duration.

    None if nothing was measured, beyond a year, or if the poller has not told of the queue lately.
    """
    if queue.updated_at is None or now - queue.updated_at > _OLD or queue.mean_duration_s is None:
        return None
    wait_s = rounds * queue.mean_duration_s
    return now + timedelta(seconds=wait_s) if wait_s <= _FARTHEST_S else None
