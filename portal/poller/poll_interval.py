"""How often the poller looks, and what it tells the web process about itself."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from datetime import datetime

from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.heartbeat import Heartbeat
from portal.files.taskdir import PortalDir
from slurm.errors import SchedulerError
from slurm.types import Snapshot

_LONGEST_S = 60.0
_SLOWER = 1.5  # each quiet look makes the next one this much later
_ATTENTIVE_S = 10.0
_SHARE_OF_MEMORY = 0.45
_WEIGHT = 0.2  # of the newest task in the mean duration


class Pace:
    """The interval between looks at the scheduler: short while things move, longer while they do not.

    `after_end_s` is how long the scheduler takes to know of the end of a job that has rung for the poller.
    `shortest_s` is a floor; the ceiling is 60 s, or half of the time for which the scheduler remembers ended jobs.
    `memory_s` tells that time (s; 0 or None: no bound) and is asked until it answers. While the scheduler does not
    answer, the interval doubles with jitter, so that many portals do not come back at once.
    """

    def __init__(
        self,
        portal: PortalDir,
        *,
        kind: str,
        shortest_s: float,
        longest_s: float = _LONGEST_S,
        slots: int,
        after_end_s: float = 0.0,
        memory_s: Callable[[], float | None] = lambda: None,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._portal = portal
        self._kind = kind
        self.shortest_s = shortest_s
        self._longest_s = max(shortest_s, min(longest_s, _LONGEST_S))
        self._slots = slots
        self._memory_s: Callable[[], float | None] | None = memory_s
        self._jitter = jitter
        self.after_end_s = after_end_s
        self._mean_s: float | None = None
        self._seen: Snapshot | None = None
        self._words: dict[str, str] = {}
        self._last_ok: datetime | None = None
        self.interval_s = shortest_s

    def seen(self, snapshot: Snapshot) -> None:
        """Take note of a look."""
        words = {name: "/".join(info.state.value for info in infos) for name, infos in snapshot.jobs.items()}
        if not snapshot.known:
            doubled = min(self._longest_s, self.interval_s * 2)
            self.interval_s = max(self.shortest_s, self._jitter(doubled * 0.7, doubled))
        elif words != self._words or self._seen is None or not self._seen.known:
            self.interval_s = self.shortest_s
        else:
            self.interval_s = min(self._longest_s, self.interval_s * _SLOWER)
        if snapshot.known:
            self._learn_memory()
            self._words = words
            self._last_ok = snapshot.taken_at
        self._seen = snapshot

    def _learn_memory(self) -> None:
        """Stay below half of the time for which an ended job is remembered, once that is known."""
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

    def keep_up(self) -> None:
        """Something is expected soon: do not fall asleep."""
        self.interval_s = min(self.interval_s, max(self.shortest_s, _ATTENTIVE_S))

    def due(self, last: float) -> float:
        """Return when (monotonic) the next look is due after one at `last`."""
        return last + self.interval_s

    def hurry(self, last: float, now: float, delay_s: float) -> float:
        """Return when to look after something has ended or arrived: soon, but not below the floor."""
        self.interval_s = self.shortest_s
        return max(now + delay_s, last + self.shortest_s)

    def ended(self, task: TaskMeta) -> None:
        """Take the running time of an ended task into the mean."""
        if task.status is TaskStatus.COMPLETED and task.start_time and task.completion_time:
            took_s = (task.completion_time - task.start_time).total_seconds()
            self._mean_s = took_s if self._mean_s is None else (1 - _WEIGHT) * self._mean_s + _WEIGHT * took_s

    def beat(self, active: list[str], waiting: list[str], draining: bool, now: datetime) -> None:
        """Tell the web process what there is to tell."""
        snapshot = self._seen
        Heartbeat(
            at=now.isoformat(),
            host=socket.gethostname(),
            pid=os.getpid(),
            interval_s=self.interval_s,
            slots=self._slots,
            active=tuple(active),
            waiting=tuple(waiting),
            draining=draining,
            mean_duration_s=self._mean_s,
            scheduler={
                "kind": self._kind,
                "known": snapshot is not None and snapshot.known,
                "accounting": snapshot.accounting if snapshot else None,
                "last_ok": self._last_ok.isoformat() if self._last_ok else None,
                "error": snapshot.alarms[0] if snapshot and not snapshot.known and snapshot.alarms else None,
            },
            alarms=snapshot.alarms if snapshot else (),
        ).write(self._portal)
