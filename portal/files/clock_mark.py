"""How far the clock had come when it was last right: what is destroyed by age asks this first.

A machine that boots before it has the time, a battery that died or a typing error moves the clock by days. `.portal/
clock.json` holds the latest time that was found right, with the machine's uptime at that moment: within one boot the
time that must have passed is known whatever the clock says. A time before the mark, or more than a day beyond what can
have passed, is wrong until an operator says that it is right (`btportal admin accept-time`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.message import Message
from portal.files.document import Moment, read_document, write_document
from portal.files.process_identity import boot_id
from portal.files.taskdir import PortalDir

# A poller that was away for so long needs no leave to clean up; NTP steps and clocks of two hosts differ by less.
AHEAD = timedelta(hours=24)
BEHIND = timedelta(minutes=5)


def uptime_s() -> float:
    """Return the seconds since this machine's boot, sleep included; no setting of the clock changes it."""
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])


@dataclass(frozen=True)
class ClockMark:
    """The latest time that was found right, and on which boot at what uptime (s) that was."""

    FORMAT: ClassVar[int] = 1

    latest: Moment
    boot: str = ""
    uptime_s: Annotated[float, Meta(ge=0, le=1e11)] = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, now: datetime) -> ClockMark:
        """Return the mark of a moment that is right."""
        return cls(now, boot_id(), uptime_s())

    @classmethod
    def read(cls, portal: PortalDir) -> ClockMark:
        """Return the mark; raises what `read_document` does."""
        return read_document(portal.clock, cls)

    def write(self, portal: PortalDir) -> None:
        write_document(portal.clock, self)

    def doubt(self, now: datetime) -> Message | None:
        """Return why a reading of the clock is not believed; None where it is."""
        if now < self.latest - BEHIND:
            return Message("clock.behind", now=_shown(now), latest=_shown(self.latest))
        passed_s = max(0.0, uptime_s() - self.uptime_s) if self.boot == boot_id() else 0.0
        if now > self.latest + timedelta(seconds=passed_s) + AHEAD:
            return Message("clock.ahead", now=_shown(now), latest=_shown(self.latest))
        return None


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
