"""Tell the service manager that this process is ready and alive: the protocol of sd_notify(3), and nothing without it.

A process whose loop no longer goes round is started again by the manager; jobs go on meanwhile.
"""

from __future__ import annotations

import logging
import os
import time

from gunicorn.systemd import sd_notify

_PER_INTERVAL = 3  # signs of life within the time after which the manager gives up

log = logging.getLogger(__name__)


def watchdog_interval_s() -> float | None:
    """Return how often a sign of life is due, None where nobody waits for one."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if "NOTIFY_SOCKET" not in os.environ or not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    return int(microseconds) / 1e6 / _PER_INTERVAL


def send(state: str) -> None:
    """Send one line to the service manager."""
    sd_notify(state, log)


class ServiceManager:
    """The manager as a loop sees it: `alive` may be called as often as it goes round."""

    def __init__(self) -> None:
        self._interval_s = watchdog_interval_s()
        self._told = float("-inf")
        self._ready = False

    def alive(self) -> None:
        """Say that the process is ready, the first time, and that it lives, when that is due."""
        if not self._ready:
            self._ready = True
            send("READY=1")
        now = time.monotonic()
        if self._interval_s is not None and now - self._told >= self._interval_s:
            self._told = now
            send("WATCHDOG=1")
