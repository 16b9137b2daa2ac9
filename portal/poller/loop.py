"""The poller's main loop: wait for the lease, then tick and cycle until stopped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from portal.domain.errors import StorageFull
from portal.domain.message import Message
from portal.files.lease import LeaseLost
from portal.poller.poll_interval import PollInterval
from portal.poller.poller import Poller

TICK_S = 0.25
_TRY_AGAIN_S = 2.0

log = logging.getLogger(__name__)


def run_poller(
    poller: Poller,
    stop: threading.Event,
    alive: Callable[[], None] = lambda: None,
    *,
    beside: AbstractContextManager[None] | None = None,
) -> None:
    """Run as the poller, or stand by until the present one ends; return when `stop` is set or the lease is lost.

    `alive` is called in every round: it feeds the watchdog of a service manager. `beside` is entered while this poller
    is at work in its own folder.

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
        with beside or nullcontext():
            _run(poller, poller.poll_interval, stop, alive)
    finally:
        lease.release()


def _await_own_folder(poller: Poller, stop: threading.Event, alive: Callable[[], None]) -> bool:
    """Do nothing while the folder belongs to another installation; tell whether it is ours now."""
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
            # The shared disk is unavailable or full: everything is still on it, or will be requested again.
            log.error("the job folder cannot be used at the moment: %s", error)
            stop.wait(_TRY_AGAIN_S)
        except Exception:  # a bug in the portal itself: its whole state is on the disk, so that it may continue
            log.exception("an error of the portal")
            poller.count_error()
            stop.wait(_TRY_AGAIN_S)
        stop.wait(TICK_S)
