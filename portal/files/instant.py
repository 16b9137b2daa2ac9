"""A moment that stays right when the clock is set: the boot, the time since the boot, and the clock's reading.

Within one boot, elapsed time is the difference of uptimes, whatever the clock says. A process of another boot (after a
restart of the machine, or on a second web host) can only compare clocks.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from portal.files.process_identity import boot_id

_FORM = re.compile(r"([0-9a-f]{8})\.([0-9]{1,11})\.([0-9]{1,11})", re.ASCII)
_DRIFT_S = 300


def uptime_s() -> float:
    """Return the seconds since this machine's boot, including sleep; setting the clock does not change it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def this_boot() -> str:
    """Return a short name of this boot: 8 hex digits."""
    return boot_id()[:8]


@dataclass(frozen=True)
class Instant:
    """A moment in whole seconds: `up` since the boot, `clock` since 1970."""

    boot: str
    up: int
    clock: int

    @classmethod
    def now(cls) -> Instant:
        return cls(this_boot(), int(uptime_s()), int(time.time()))

    @classmethod
    def parse(cls, text: str) -> Instant | None:
        """Return the moment that `str` wrote; None for any other text."""
        found = _FORM.fullmatch(text)
        return cls(found[1], int(found[2]), int(found[3])) if found else None

    def __str__(self) -> str:
        return f"{self.boot}.{self.up}.{self.clock}"

    def is_within(self, seconds: float) -> bool:
        """Tell whether this moment is at most so long ago; the clocks of two boots may differ by `_DRIFT_S`."""
        now = Instant.now()
        if self.boot == now.boot:
            return 0 <= now.up - self.up < seconds
        return -_DRIFT_S <= now.clock - self.clock < seconds
