"""Wait for what a test asserts, with a bound that only keeps it from hanging."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 150.0  # longer than any job that may hold the cores, also on a machine that does other things


def wait_for(look: Callable[[], T | None], *, timeout_s: float = PATIENCE_S, what: str = "") -> T:
    """Return what `look` returns as soon as it is true."""
    end = time.monotonic() + timeout_s
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < end, f"not within {timeout_s:g} s: {what or look}"
        time.sleep(0.1)
