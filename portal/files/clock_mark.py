"""The last trusted clock time, checked before anything is removed because of its age.

A machine that boots before it has the time, a dead battery or a typing error can move the clock by days.
`.portal/clock.json` holds the latest trusted time and the machine's uptime at that moment: within one boot, the elapsed
time is known whatever the clock says. A time before the mark, or more than a day beyond the possible elapsed time, is
not trusted until an operator confirms it (`btportal admin accept-time`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.message import Message
from portal.files.document import Moment, read_document, write_document
from portal.files.instant import uptime_s as uptime_s
from portal.files.process_identity import boot_id
from portal.files.taskdir import PortalDir

# After a downtime of up to this long the poller may clean up unasked; NTP steps and two hosts' clocks differ by less.
AHEAD = timedelta(hours=24)
BEHIND = timedelta(minutes=5)


@dataclass(frozen=True)
class ClockMark:
    """The latest trusted time, with the boot and the uptime (s) at which it was read."""

    FORMAT: ClassVar[int] = 1

    latest: Moment
    boot: str = ""
    uptime_s: Annotated[float, Meta(ge=0, le=1e11)] = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, now: datetime) -> ClockMark:
        """Return the mark for a trusted time."""
        return cls(now, boot_id(), uptime_s())

    @classmethod
    def read(cls, portal: PortalDir) -> ClockMark:
        """Return the mark; see `read_document` for errors."""
        return read_document(portal.clock, cls)

    def write(self, portal: PortalDir) -> None:
        write_document(portal.clock, self)

    def doubt(self, now: datetime) -> Message | None:
        """Return why a clock reading is not trusted; None if it is."""
        if now < self.latest - BEHIND:
            return Message("clock.behind", now=_shown(now), latest=_shown(self.latest))
        passed_s = max(0.0, uptime_s() - self.uptime_s) if self.boot == boot_id() else 0.0
        if now > self.latest + timedelta(seconds=passed_s) + AHEAD:
            return Message("clock.ahead", now=_shown(now), latest=_shown(self.latest))
        return None


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
