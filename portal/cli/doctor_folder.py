"""What `btportal doctor` says about the job folder's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from portal.cli.finding import FAIL, OK, WARN, Finding
from portal.config import Settings


def check_clock(settings: Settings) -> Iterator[Finding]:
    """Whether the clock can be right, by what the poller has seen of it."""
    from portal.domain.errors import CorruptRecord, NewerFormat
    from portal.domain.message import Message
    from portal.files.clock_mark import ClockMark
    from portal.files.taskdir import PortalDir

    now = datetime.now(UTC)
    try:
        doubt = ClockMark.read(PortalDir(settings.JOBS_DIR)).doubt(now)
    except FileNotFoundError:
        doubt = None  # no poller has run yet
    except (CorruptRecord, NewerFormat, OSError) as error:
        yield Finding(WARN, "clock", str(error), "btportal admin accept-time, once the clock is right")
        return
    if doubt is not None:
        yield Finding(FAIL, "clock", str(doubt), "chronyc tracking; then btportal admin accept-time")
    else:
        yield Finding(OK, "clock", str(Message("clock.ok", now=now.isoformat(timespec="seconds"))))
