"""The poller's life: wait for the right to be it, then tick and cycle until told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from portal.domain.errors import StorageFull
from portal.domain.message import Message
from portal.files.lease import LeaseLost
from portal.poller.poll_interval import PollInterval
from portal.poller.poller import Poller

TICK_S = 0.25
_TRY_AGAIN_S = 2.0

log = logging.getLogger(__name__)


def run_poller(poller: Poller, stop: threading.Event, alive: Callable[[], None] = lambda: None) -> None:
    """Be the poller, or stand by until the one there is ends; return when `stop` is set or the lease is lost.

    `alive` is called as long as the loop goes round: it feeds the watchdog of a service manager.

    Raises:
        LeaseLost: another poller took over; this one must not write any more.
    """
    lease, announced = poller.lease, False
    while not lease.acquire():
        if not announced:
            log.info("another poller is at work; standing by")
            announced = True
        alive()
        if stop.wait(_TRY_AGAIN_S):
            return
    try:
        if not _await_own_folder(poller, stop, alive):
            return
        poller.start()
        _run(poller, poller.poll_interval, stop, alive)
    finally:
        lease.release()


def _await_own_folder(poller: Poller, stop: threading.Event, alive: Callable[[], None]) -> bool:
    """Stand still while the folder belongs to another installation; tell whether it is ours now."""
    logged = None
    while (reason := poller.why_not_ours()) is not None:
        if reason != logged:
            log.error("%s", Message("health.stands_still", reason=reason))
            logged = reason
        alive()
        if stop.wait(_TRY_AGAIN_S):
            return False
    return True


def _run(poller: Poller, interval: PollInterval, stop: threading.Event, alive: Callable[[], None]) -> None:
    last = due = float("-inf")
    while not stop.is_set():
        alive()
        try:
            delay_s = poller.tick()
            now = time.monotonic()
            if delay_s is not None:
                due = min(due, interval.hurry(last, now, delay_s))
            if now >= due:
                last, due = now, interval.due(now)
                poller.cycle()
                due = interval.due(last)
        except LeaseLost:
            raise
        except (OSError, StorageFull) as error:
            # The shared disk is away or full: everything is still on it, or will be asked for again.
            log.error("the job folder cannot be used at the moment: %s", error)
            stop.wait(_TRY_AGAIN_S)
        except Exception:  # an error of the portal itself: all it knows is on the disk, so that it may go on
            log.exception("an error of the portal")
            poller.count_error()
            stop.wait(_TRY_AGAIN_S)
        stop.wait(TICK_S)
