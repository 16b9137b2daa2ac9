"""Find expired tasks, and decide whether so many may be removed without confirmation.

All tasks are checked in a round of small steps. At its end, the number of expired tasks is known. More than a tenth of
all tasks suggests another cause than age (the clock, a setting, a restored folder), and an operator must confirm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Container, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from portal.domain.errors import NewerFormat, PortalError
from portal.domain.message import Message
from portal.domain.retention import expires_at
from portal.domain.task import TaskMeta
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.ports import TaskStore

_LOOKS_PER_SWEEP = 200
_GO_PER_SWEEP = 200
# The most that may be removed in one round unconfirmed: this many, or this share of all tasks, whichever is more.
MOST_AT_ONCE = 20
MOST_SHARE = 10


class Retention:
    """Finds expired tasks; `kept` is how long tasks are kept after their end. `seen` gets each ended task."""

    def __init__(
        self, portal: PortalDir, store: TaskStore, *, kept: timedelta, seen: Callable[[TaskMeta], None] = lambda _: None
    ) -> None:
        self._portal = portal
        self._store = store
        self._kept = kept
        self._seen = seen
        self._concern: Message | None = None
        self._round: deque[str] = deque()
        self._found: list[tuple[str, datetime]] = []
        self._total = 0
        self._leaving: deque[str] = deque()
        self._control = Control()

    @property
    def concerns(self) -> tuple[Message, ...]:
        return () if self._concern is None else (self._concern,)

    def start_over(self) -> None:
        """Discard the findings, because the clock that they are based on is in doubt."""
        self._round.clear()
        self._found.clear()
        self._leaving.clear()

    def due(self, known: Collection[str], live: Container[str], now: datetime) -> Iterator[str]:
        """Check the next few tasks; yield expired tasks that may be removed."""
        self._control = self._read_control()
        if not self._leaving:
            self._look(known, live, now)
        for _ in range(min(_GO_PER_SWEEP, len(self._leaving))):
            task_id = self._leaving.popleft()
            if task_id not in live and self._expired(task_id, now) is not None:
                yield task_id

    def _look(self, known: Collection[str], live: Container[str], now: datetime) -> None:
        if not self._round:
            self._round.extend(sorted(known))
            self._found, self._total = [], len(self._round)
        for _ in range(min(_LOOKS_PER_SWEEP, len(self._round))):
            task_id = self._round.popleft()
            when = None if task_id in live else self._expired(task_id, now)
            if when is not None:
                self._found.append((task_id, when))
        if not self._round:
            self._decide()

    def _expired(self, task_id: str, now: datetime) -> datetime | None:
        """Return when a task expired; None if it has not, if it is exempt, or if that is unknown."""
        try:
            if _exists(self._portal.task(task_id).kept):
                return None
            cutoff = self._control.expire_ended_before
            if cutoff is not None and cutoff > now:
                cutoff = None  # set by a clock that was wrong
            task = self._store.get(task_id)
            self._seen(task)
            when = expires_at(task, self._kept, ended_before=cutoff)
        except (PortalError, OSError):
            return None
        return when if when is not None and when < now else None

    def _decide(self) -> None:
        allowed = self._control.expire_until
        asked = [task_id for task_id, when in self._found if allowed is None or when > allowed]
        free = [task_id for task_id, when in self._found if allowed is not None and when <= allowed]
        if len(asked) > max(MOST_AT_ONCE, self._total // MOST_SHARE):
            self._concern = Message("retention.too_many", count=len(asked), total=self._total)
            self._leaving.extend(free)
        else:
            self._concern = None
            self._leaving.extend(free + asked)
        self._found = []

    def _read_control(self) -> Control:
        try:
            return Control.read(self._portal)
        except (NewerFormat, OSError):
            return Control()


def _exists(path: Path) -> bool:
    """Return whether there is anything under a name; raise OSError if the disk does not tell."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True
