"""A gate before every submission, because what prevents one submission prevents the others as well.

It closes after a submission that was deferred or got no clear answer: a limit on jobs, a drained partition, a slurmctld
that is down. One probe per back-off tests whether it can open; the end of one of our jobs makes room at once, so that a
limit causes no further delay.
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
    """Why nothing is submitted: a name in `slurm.reasons`, the scheduler's complaint, and since when (aware UTC)."""

    reason: str
    complaint: Message
    since: datetime


class SubmitGate:
    """The gate; `after_end_s` is how long the scheduler still counts a job that has reported its end."""

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
        """Return how long to wait before a submission may be tried (s); 0 if it may be tried now."""
        if self.closed is None:
            return 0.0
        by_rest = self._rest.wait_s
        return by_rest if self._room_from is None else min(by_rest, max(0.0, self._room_from - self._clock()))

    @property
    def reason(self) -> str:
        """Return why nothing is submitted; empty if the gate is open."""
        return self.closed.reason if self.closed else ""

    @property
    def probe_is_due(self) -> bool:
        """Tell whether the gate is closed but a submission may be tried."""
        return self.closed is not None and not self.wait_s

    def passed(self) -> None:
        """Open the gate after an accepted submission."""
        self._rest, self.closed, self._room_from = self._fresh(), None, None

    def refused(self, reason: str, complaint: Message, now: datetime) -> None:
        """Close the gate after a submission that was deferred or got no answer."""
        if self._room_from is not None:  # the room was taken by another job, or is not counted yet: try again soon
            self._rest, self._room_from = self._fresh(), None
        self._rest.failed()
        since = self.closed.since if self.closed is not None and self.closed.reason == reason else now
        self.closed = Closed(reason, complaint, since)

    def job_ended(self) -> None:
        """Note that one of our jobs has ended, so that a limit on jobs will soon have room for another one."""
        if self.closed is not None and self._room_from is None:
            self._room_from = self._clock() + self._after_end_s
