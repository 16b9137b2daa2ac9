"""Until when what is not tried: single notifications, and everything for one receiver."""

from __future__ import annotations

from collections.abc import Callable, Collection

from slurm.backoff import BackOff

# Tries 0, 4, 11, 26 and 56 minutes after the first one, on the average.
FIRST_S, _MOST_S = 300.0, 3600.0
REST_S, _LONGEST_REST_S = 30.0, 600.0


class Waits:
    """The waits of one process; for what an earlier one has tried, the time of its last try in the outbox counts."""

    def __init__(self, clock: Callable[[], float], *, first_s: float | None = None, rest_s: float = REST_S) -> None:
        self._clock = clock
        self._first_s = FIRST_S if first_s is None else first_s
        self._rest_s = rest_s
        self._single: dict[str, tuple[int, BackOff]] = {}
        self._receivers: dict[str, BackOff] = {}

    def keep_only(self, names: Collection[str]) -> None:
        """Forget notifications that are gone."""
        there = frozenset(names)
        self._single = {name: wait for name, wait in self._single.items() if name in there}

    def is_due(self, name: str, tries: int, since_s: float | None = None) -> bool:
        """Tell whether a notification may be tried now; one that an operator has set back may be at once.

        `since_s` is the time since the last try of any process, so that restarts do not use the tries up. A clock that
        was set back since then counts as time enough.
        """
        known = self._single.get(name)
        if known is None:
            pause_s = min(_MOST_S, self._first_s * 2 ** (tries - 1)) if tries else 0.0
            return since_s is None or not 0 <= since_s < pause_s
        return known[0] > tries or not known[1].wait_s

    def failed(self, name: str, tries: int) -> None:
        """Note that a try, the one of this number, was in vain."""
        known = self._single.get(name)
        wait = BackOff(first_s=self._first_s, most_s=_MOST_S, clock=self._clock)
        if known is not None and known[0] <= tries:
            wait = known[1]
        wait.failed()
        self._single[name] = (tries, wait)

    def receiver(self, receiver: str) -> BackOff:
        """Return the wait for a mail server or a webhook's host."""
        return self._receivers.setdefault(
            receiver, BackOff(first_s=self._rest_s, most_s=_LONGEST_REST_S, clock=self._clock)
        )
