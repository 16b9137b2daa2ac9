"""Locks between processes. Whoever can write into JOBS_DIR can hold one for ever, so that a wait for it has an end."""

from __future__ import annotations

import fcntl
import time

from portal.domain.errors import NotReady
from portal.domain.message import Message

# Longer than anything of the portal's own holds one; shorter than a client waits.
LONGEST_WAIT_S = 3.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.05


def take_lock(handle: int, name: str, *, wait_s: float = LONGEST_WAIT_S) -> None:
    """Lock an open file until it is closed.

    Raises:
        NotReady: another process has held it all the while.
    """
    until, pause_s = time.monotonic() + wait_s, _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise NotReady(Message("record.locked", name=name)) from None
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        else:
            return
