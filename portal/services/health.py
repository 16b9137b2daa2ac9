"""The health of the portal's parts: from files, the disk and cheap checks; never from a scheduler command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.files.heartbeat import Heartbeat, HeartbeatReader, gate_facts
from portal.files.room import GIGABYTE, Room
from portal.files.taskdir import PortalDir
from portal.services.answers import PartHealth

CACHE_S = 2.0
POLLER_SILENT_S = 30.0
# Without these a task cannot be accepted or will not run; a failure of the others only means slower or less certain.
NEEDED = frozenset({"disk", "poller", "engine", "reference", "installation"})
PARTS = NEEDED | {"redis", "scheduler", "notifications"}


@dataclass(frozen=True)
class HealthReport:
    """The state of all parts at a moment. `status` is healthy, degraded or unhealthy."""

    status: str
    parts: tuple[PartHealth, ...]

    @property
    def missing(self) -> dict[str, list[Message]]:
        """Why the portal is not ready: the required parts that are down, each with a message."""
        return {part.name: [part.message] for part in self.parts if part.name in NEEDED and part.state == "down"}


class HealthService:
    """Checks disk, poller and scheduler (as the poller last saw it), and runs the given checks.

    A check answers within a fraction of a second and never raises. A report is cached for CACHE_S, so that frequent
    monitoring costs nothing; while one thread makes a new report, the others answer with the old one.
    """

    def __init__(
        self,
        portal: PortalDir,
        *,
        checks: Sequence[Callable[[], PartHealth]] = (),
        floor_bytes: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._portal = portal
        self._checks = tuple(checks)
        self._floor_bytes = floor_bytes
        self._clock = clock
        self._heartbeat = HeartbeatReader(portal, clock=clock)
        self._lock = threading.Lock()
        self._kept: tuple[float, HealthReport] | None = None

    def report(self) -> HealthReport:
        """Return the state of all parts, at most CACHE_S old (longer only while a new report is being made)."""
        kept = self._kept
        if kept is not None and self._clock() - kept[0] < CACHE_S:
            return kept[1]
        if not self._lock.acquire(blocking=kept is None) and kept is not None:
            return kept[1]
        try:
            current = self._kept
            if current is None or self._clock() - current[0] >= CACHE_S:
                current = self._kept = (self._clock(), self._look())
            return current[1]
        finally:
            self._lock.release()

    def _look(self) -> HealthReport:
        beat = self._heartbeat.read()
        parts = (
            self._disk(),
            self._poller(beat),
            _scheduler(beat),
            *(check() for check in self._checks),
        )
        return HealthReport(status_of(parts), parts)

    def _disk(self) -> PartHealth:
        try:
            room = Room.of(self._portal.own)
        except OSError as error:
            return PartHealth("disk", "down", Message("health.disk_unreachable", reason=os_reason(error)))
        details = {"free_bytes": room.free, "floor_bytes": self._floor_bytes, "free_inodes": room.free_inodes}
        lack = room.lack(self._floor_bytes)
        if lack is not None:
            return PartHealth("disk", "down", lack, 0.0, details)
        return PartHealth("disk", "ok", Message("health.disk_ok", free=room.free / GIGABYTE), 0.0, details)

    def _poller(self, beat: Heartbeat | None) -> PartHealth:
        if beat is None:
            return PartHealth("poller", "down", Message("health.poller_never"))
        age = round(self._heartbeat.age_s(beat, datetime.now(UTC)), 1)
        details = {
            "interval_s": beat.interval_s,
            "draining": beat.draining,
            "alarms": [alarm.to_json() for alarm in beat.alarms],
        }
        if is_silent(self._heartbeat, beat, datetime.now(UTC)):
            return PartHealth("poller", "down", Message("health.poller_silent", seconds=age), age, details)
        if beat.stands_still is not None:
            return PartHealth("poller", "down", beat.stands_still, age, details)
        alarms = (*beat.concerns, *beat.alarms)
        if alarms:
            return PartHealth("poller", "degraded", Message("health.poller_alarms", alarms=alarms), age, details)
        return PartHealth("poller", "ok", Message("health.poller_ok"), age, details)


def is_silent(reader: HeartbeatReader, beat: Heartbeat, now: datetime) -> bool:
    """Tell whether the poller has not been heard of for longer than it ever pauses."""
    return reader.age_s(beat, now) > max(POLLER_SILENT_S, 3 * beat.interval_s)


def status_of(parts: Sequence[PartHealth]) -> str:
    """Return the state of the whole: healthy, degraded, or unhealthy if a part that tasks need is down."""
    if any(part.name in NEEDED and part.state == "down" for part in parts):
        return "unhealthy"
    return "degraded" if any(part.state in ("down", "degraded") for part in parts) else "healthy"


def _age_s(moment: datetime) -> float:
    return max(0.0, round((datetime.now(UTC) - moment).total_seconds(), 1))


def _scheduler(beat: Heartbeat | None) -> PartHealth:
    """Return the scheduler's state as the poller last saw it; never `down`, because without it tasks only wait."""
    if beat is None:
        return PartHealth("scheduler", "degraded", Message("health.scheduler_unknown"))
    facts = beat.scheduler
    kind, error = facts.kind, facts.error
    age = _age_s(facts.last_ok) if facts.last_ok else None
    details, name = {"kind": kind}, {"slurm": "SLURM", "local": "The local executor"}.get(kind, kind)
    if facts.known and not error:
        if gate := facts.gate:
            since = gate.since.isoformat(timespec="seconds")
            message = Message("health.scheduler_closed", scheduler=name, since=since, complaint=gate.complaint)
            return PartHealth("scheduler", "degraded", message, age, {**details, "gate": gate_facts(gate)})
        message = Message("health.local_ok") if kind == "local" else Message("health.scheduler_ok", scheduler=name)
        return PartHealth("scheduler", "ok", message, age, details)
    reason = error or Message("health.no_reason")
    message = Message("health.scheduler_silent", scheduler=name, reason=reason)
    return PartHealth("scheduler", "degraded", message, age, details)
