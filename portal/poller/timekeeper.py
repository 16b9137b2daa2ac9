"""The poller's check of the clock: nothing is removed because of its age while the clock cannot be right."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from portal.domain.errors import CorruptRecord, NewerFormat, PortalError
from portal.domain.message import Message
from portal.files.clock_mark import ClockMark
from portal.files.heartbeat import HeartbeatReader
from portal.files.instant import uptime_s
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_WRITE_EVERY = timedelta(minutes=1)
# NTP slews smaller differences; a larger step invalidates any time span measured across it.
_STEP_S = 30.0


class Timekeeper:
    """Keeps the clock mark. `doubt` is why the clock is not trusted at the moment, None if it is."""

    def __init__(
        self, portal: PortalDir, *, wall: Callable[[], float] = time.time, uptime: Callable[[], float] = uptime_s
    ) -> None:
        self._portal = portal
        self._wall = wall
        self._uptime = uptime
        self._mark: ClockMark | None = None
        self._written: datetime | None = None
        self._witness: datetime | None = None
        self._last: tuple[float, float] | None = None
        self.doubt: Message | None = None

    def begin(self) -> None:
        """Read the time of the previous poller's heartbeat before this poller's heartbeat replaces it."""
        beat = HeartbeatReader(self._portal).read()
        if beat is not None:
            self.saw(beat.at)

    def saw(self, moment: datetime) -> None:
        """Note a time in a record: if the mark is lost, the latest of them replaces it."""
        if self._witness is None or moment > self._witness:
            self._witness = moment

    def look(self, now: datetime) -> Message | None:
        """Check a clock reading and advance the mark if it is trusted; return the doubt."""
        try:
            doubt = self._judge(now)
        except NewerFormat as error:
            doubt = error.message
        except OSError as error:
            doubt = Message("clock.unknown", reason=str(error))
        if doubt != self.doubt and (doubt is None) != (self.doubt is None):
            log.error("%s", doubt) if doubt else log.warning("the clock is believed again: %s", now.isoformat())
        self.doubt = doubt
        return doubt

    def _judge(self, now: datetime) -> Message | None:
        if self._mark is None or self.doubt is not None:
            self._mark = self._read(now)  # an operator may have accepted the time
        doubt = self._mark.doubt(now)
        if doubt is None:
            self._move_on(now)
        return doubt

    def _read(self, now: datetime) -> ClockMark:
        try:
            return ClockMark.read(self._portal)
        except FileNotFoundError:
            pass
        except CorruptRecord as error:
            log.error("%s; the latest time in the records stands in for it", error)
        return ClockMark(self._witness or now)

    def _move_on(self, now: datetime) -> None:
        assert self._mark is not None
        if now <= self._mark.latest and self._written is not None:
            return
        self._mark = ClockMark.at(max(now, self._mark.latest))
        if self._written is not None and now - self._written < _WRITE_EVERY:
            return
        try:
            self._mark.write(self._portal)
            self._written = now
        except (OSError, PortalError) as error:
            log.warning("the time cannot be written down at the moment: %s", error)

    def stepped(self) -> bool:
        """Tell whether the clock was set since the last call, so that time spans that began before are invalid."""
        now = (self._wall(), self._uptime())
        last, self._last = self._last, now
        if last is None:
            return False
        step_s = (now[0] - last[0]) - (now[1] - last[1])
        if abs(step_s) < _STEP_S:
            return False
        log.error("the clock was set by %+.0f s", step_s)
        return True
