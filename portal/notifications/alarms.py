"""Tell operators of a full disk, of retention that has stopped and of a silent poller: once while it lasts.

A condition that comes and goes is told of once in six hours. As with a sender's event, the notification is written
under a name that depends on the condition and its beginning, before it is noted as told: so it is never lost, and the
same beginning is never told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from portal.domain.errors import NewerFormat
from portal.domain.message import Message
from portal.domain.notification import NotificationChannel, NotificationEvent, SubjectKind
from portal.files.alarms import Alarm, AlarmFiles
from portal.files.heartbeat import HeartbeatReader
from portal.files.maintenance import Maintenance
from portal.files.outbox import Notification, Outbox
from portal.files.room import Room
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

# A restart or an upgrade takes less.
SILENT = timedelta(minutes=5)
# For how long a condition holds before anybody is told: a disk may be full for the length of one upload.
_SETTLES = timedelta(minutes=1)
_AGAIN_AFTER = timedelta(hours=6)
_LOOK_EVERY_S = 15.0
# The poller's concerns that mean that nothing is removed by its age.
_STOPPED = frozenset({"retention.too_many", "clock.behind", "clock.ahead", "clock.unknown"})

# Of each condition that was looked at: what is wrong, None if nothing is.
Conditions = Mapping[NotificationEvent, Message | None]


class ConditionReader:
    """Looks at the portal. `floor_bytes` must be free on the disk."""

    def __init__(self, portal: PortalDir, *, floor_bytes: int, now: Callable[[], datetime]) -> None:
        self._portal = portal
        self._floor_bytes = floor_bytes
        self._now = now
        self._heartbeat = HeartbeatReader(portal)

    def beside_poller(self) -> Conditions:
        """Return the conditions as the process of a poller sees them that is at work."""
        return {**self._folder(), NotificationEvent.POLLER_SILENT: None}

    def from_outside(self) -> Conditions:
        """Return the conditions as another process sees them."""
        if Maintenance.read(self._portal) is not None:
            return self._folder()  # somebody works on it, and may have stopped the poller
        return {**self._folder(), NotificationEvent.POLLER_SILENT: self._silence()}

    def _folder(self) -> Conditions:
        found = {NotificationEvent.DISK_FULL: Room.of(self._portal.own).lack(self._floor_bytes)}
        beat = self._heartbeat.read()
        if beat is not None and self._heartbeat.age_s(beat, self._now()) < SILENT.total_seconds():
            concerns = (concern for concern in beat.concerns if concern.code in _STOPPED)
            found[NotificationEvent.RETENTION_STOPPED] = next(concerns, None)
        return found

    def _silence(self) -> Message | None:
        beat = self._heartbeat.read()
        if beat is None:
            return Message("health.poller_never")
        age_s = self._heartbeat.age_s(beat, self._now())
        if age_s > max(SILENT.total_seconds(), 3 * beat.interval_s):
            return Message("health.poller_silent", seconds=age_s)
        return beat.stands_still


class AlarmWatch:
    """Puts a notification of each condition into the outbox. `conditions` looks at them."""

    def __init__(
        self,
        portal: PortalDir,
        outbox: Outbox,
        conditions: Callable[[], Conditions],
        *,
        site: Callable[[], str],
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._files = AlarmFiles(portal)
        self._outbox = outbox
        self._conditions = conditions
        self._site = site
        self._clock = clock
        self._now = now
        self._due = 0.0

    def step(self) -> None:
        """Look at all conditions, if that was some time ago.

        Raises:
            OSError, StorageFull: an alarm cannot be written.
        """
        if self._clock() < self._due:
            return
        self._due = self._clock() + _LOOK_EVERY_S
        for event, problem in self._conditions().items():
            with self._outbox.locked():
                try:
                    self._see_to(event, problem)
                except NewerFormat as error:
                    log.warning("%s", error)

    def _see_to(self, event: NotificationEvent, problem: Message | None) -> None:
        now, alarm = self._now().replace(microsecond=0), self._files.read(event)
        if alarm is not None and alarm.over is not None and abs(now - alarm.over) > _AGAIN_AFTER:
            self._files.remove(event)
            alarm = None
        if problem is None:
            self._ends(event, alarm, now)
            return
        if alarm is None:
            alarm = Alarm(now)
            self._files.write(event, alarm)
        elif alarm.over is not None:
            alarm = replace(alarm, over=None)
            self._files.write(event, alarm)
        settled = event is NotificationEvent.POLLER_SILENT or abs(now - alarm.since) >= _SETTLES
        if alarm.told is None and settled:
            self._tell(event, alarm, problem, now)

    def _ends(self, event: NotificationEvent, alarm: Alarm | None, now: datetime) -> None:
        if alarm is None or alarm.over is not None:
            return
        if alarm.told is None:
            self._files.remove(event)
        else:
            self._files.write(event, replace(alarm, over=now))

    def _tell(self, event: NotificationEvent, alarm: Alarm, problem: Message, now: datetime) -> None:
        log.error("operators are told: %s: %s", event, problem)
        since = alarm.since.isoformat(timespec="seconds")
        told = Notification(event, SubjectKind.PORTAL, since, NotificationChannel.MAIL, now, about=problem)
        self._outbox.add(Outbox.name_of(self._site(), told), told)
        self._files.write(event, replace(alarm, told=now))
