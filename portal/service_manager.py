"""Tell the service manager that this process is ready and alive, by sd_notify(3); a no-op without a manager.

The manager restarts a process whose loop hangs; jobs continue meanwhile.
"""

from __future__ import annotations

import logging
import os
import time

from gunicorn.systemd import sd_notify

_PER_INTERVAL = 3  # signs of life per watchdog time-out

log = logging.getLogger(__name__)


def watchdog_interval_s() -> float | None:
    """Return the interval between signs of life (s); None if the manager does not expect any."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if "NOTIFY_SOCKET" not in os.environ or not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    return int(microseconds) / 1e6 / _PER_INTERVAL


def send(state: str) -> None:
    """Send one line to the service manager."""
    sd_notify(state, log)


class ServiceManager:
    """The manager as a loop sees it: `alive` may be called in every round."""

    def __init__(self) -> None:
        self._interval_s = watchdog_interval_s()
        self._told = float("-inf")
        self._ready = False

    def alive(self) -> None:
        """Report the process as ready on the first call, and as alive whenever that is due."""
        if not self._ready:
            self._ready = True
            send("READY=1")
        now = time.monotonic()
        if self._interval_s is not None and now - self._told >= self._interval_s:
            self._told = now
            send("WATCHDOG=1")
