"""One gate before every submission: what keeps one job from being taken keeps the others as well.

Closed after a submission that was put off, or got no clear answer: a limit on jobs, a drained partition, a slurmctld
that is away. One probe per back-off finds out whether it has opened; the end of a job of our own makes room at once,
so that a limit costs nothing beyond itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal.domain.message import Message
from slurm.backoff import BackOff

_FIRST_S, _MOST_S = 5.0, 60.0


@dataclass(frozen=True)
class Closed:
    """Why nothing is submitted: a word of `slurm.reasons`, what the scheduler complains of, since when (aware UTC)."""

    reason: str
    complaint: Message
    since: datetime


class SubmitGate:
    """`after_end_s` is how long the scheduler takes to count a job out that has rung for its end."""

    def __init__(self, *, after_end_s: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._after_end_s = after_end_s
        self._rest = self._fresh()
        self._room_from: float | None = None
        self.closed: Closed | None = None

    def _fresh(self) -> BackOff:
        return BackOff(first_s=_FIRST_S, most_s=_MOST_S, clock=self._clock)

    @property
    def wait_s(self) -> float:
        """Return after how many seconds a submission may be tried; 0 when it may be now."""
        if self.closed is None:
            return 0.0
        by_rest = self._rest.wait_s
        return by_rest if self._room_from is None else min(by_rest, max(0.0, self._room_from - self._clock()))

    @property
    def reason(self) -> str:
        """Return why nothing is submitted; empty where it is."""
        return self.closed.reason if self.closed else ""

    @property
    def probe_is_due(self) -> bool:
        """Tell whether it is closed and a submission may be tried."""
        return self.closed is not None and not self.wait_s

    def passed(self) -> None:
        """A submission was taken."""
        self._rest, self.closed, self._room_from = self._fresh(), None, None

    def refused(self, reason: str, complaint: Message, now: datetime) -> None:
        """A submission was put off, or got no answer."""
        if self._room_from is not None:  # the room was taken by somebody else, or is not counted yet: ask again soon
            self._rest, self._room_from = self._fresh(), None
        self._rest.failed()
        since = self.closed.since if self.closed is not None and self.closed.reason == reason else now
        self.closed = Closed(reason, complaint, since)

    def job_ended(self) -> None:
        """A job of our own has ended: a limit on jobs has room for another one in a moment."""
        if self.closed is not None and self._room_from is None:
            self._room_from = self._clock() + self._after_end_s
