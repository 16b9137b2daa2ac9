"""How long to wait before asking an unresponsive service again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from slurm.complaint import Complaint


class BackOff:
    """Double the wait after each failure, with jitter, so that many callers do not retry at the same moment."""

    def __init__(
        self,
        *,
        first_s: float = 2.0,
        most_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._until = 0.0
        self.reason: Complaint | None = None  # of the last failure

    @property
    def wait_s(self) -> float:
        """Return how long to wait before the next try (s); 0 if it may be made now."""
        return max(0.0, self._until - self._clock())

    def failed(self, reason: Complaint | None = None) -> None:
        """Note a failure; the next try may be made after 50 to 100 % of the current delay."""
        delay = min(self._most_s, self._first_s * 2**self._failures)
        self._failures = min(self._failures + 1, 30)
        self._until = self._clock() + delay * (0.5 + 0.5 * self._chance())
        self.reason = reason

    def succeeded(self) -> None:
        """Note an answer."""
        self._failures = 0
        self._until = 0.0
        self.reason = None
