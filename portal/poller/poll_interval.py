"""How often the poller queries the scheduler."""

from __future__ import annotations

from collections.abc import Callable

from portal.domain.jobs import pack_of
from slurm.errors import SchedulerError
from slurm.types import Snapshot

_LONGEST_S = 60.0
_SLOWER = 1.5  # each query without a change makes the interval this much longer
_ATTENTIVE_S = 10.0
_SHARE_OF_MEMORY = 0.45
# While many tasks wait, frequent queries gain nothing: the floor increases by this many seconds per waiting task.
_PER_WAITING_S, _BUSY_S = 0.5, 30.0


class PollInterval:
    """The interval between queries of the scheduler: short while jobs change, longer while they do not.

    `after_end_s` is how long the scheduler takes to register the end of a job that has notified the poller.
    `shortest_s` is a floor; the ceiling is 60 s, or half of the time for which the scheduler remembers ended jobs.
    `memory_s` returns that time (s; 0 or None: no bound) and is called until it answers. The back-off of a scheduler
    that does not answer is in `slurm.backoff`: meanwhile a query costs nothing, and the end of the outage is noticed
    within the floor.
    """

    def __init__(
        self,
        *,
        shortest_s: float,
        longest_s: float = _LONGEST_S,
        after_end_s: float = 0.0,
        memory_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        self.shortest_s = shortest_s
        self._longest_s = max(shortest_s, min(longest_s, _LONGEST_S))
        self._memory_s: Callable[[], float | None] | None = memory_s
        self.after_end_s = after_end_s
        self._floor_s = shortest_s
        self._states: dict[str, str] | None = None  # from the last successful query, by job name
        self.interval_s = shortest_s

    def seen(self, snapshot: Snapshot) -> None:
        """Take a snapshot into account."""
        if not snapshot.known:
            self._states = None
            self.interval_s = self.shortest_s
            return
        # The tasks of a pack report their own state.
        states = {
            name: "/".join(info.state.value for info in infos)
            for name, infos in snapshot.jobs.items()
            if pack_of(name) is None
        }
        if states != self._states:
            self.interval_s = self._floor_s
        else:
            self.interval_s = min(self._longest_s, self.interval_s * _SLOWER)
        self._states = states
        self._learn_memory()

    def _learn_memory(self) -> None:
        """Keep below half of the time for which an ended job is remembered, once that is known."""
        if self._memory_s is None:
            return
        try:
            memory_s = self._memory_s()
        except SchedulerError:
            return
        self._memory_s = None
        if memory_s:
            self._longest_s = max(self.shortest_s, min(self._longest_s, memory_s * _SHARE_OF_MEMORY))
            self.interval_s = min(self.interval_s, self._longest_s)

    def queue_is(self, waiting: int) -> None:
        """Set how many tasks wait for a slot."""
        self._floor_s = min(self._longest_s, max(self.shortest_s, min(_BUSY_S, _PER_WAITING_S * waiting)))

    def keep_up(self) -> None:
        """Keep the interval short, because a change is expected soon."""
        self.interval_s = min(self.interval_s, max(self._floor_s, _ATTENTIVE_S))

    def due(self, last: float) -> float:
        """Return when (monotonic) the next query is due after one at `last`."""
        return last + self.interval_s

    def hurry(self, last: float, now: float, delay_s: float) -> float:
        """Return when to query after something has ended or arrived: soon, but not below the floor."""
        self.interval_s = self._floor_s
        return max(now + delay_s, last + self._floor_s)
