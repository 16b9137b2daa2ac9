"""Start waiting tasks in free slots: half-submitted tasks first, then the next in turn, alone or in packs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta, advance
from portal.files.taskdir import PortalDir
from portal.poller.apply import StepApplier
from portal.poller.observe import Observation, observe
from portal.poller.records import Records
from portal.poller.slots import Slots, Turn

Guard = Callable[[TaskMeta, Callable[[TaskMeta], bool]], bool]


class SlotFiller:
    """Fills the slots of a poller.

    `guard` acts on one task, so that its errors affect no other task, and returns whether it succeeded.
    """

    def __init__(
        self,
        portal: PortalDir,
        records: Records,
        applier: StepApplier,
        slots: Slots,
        *,
        now: Callable[[], datetime],
        guard: Guard,
    ) -> None:
        self._portal = portal
        self._records = records
        self._applier = applier
        self._slots = slots
        self._live = records.live
        self._now = now
        self._guard = guard
        self._sent = False

    def fill(self) -> tuple[Turn, bool]:
        """Start what may start; return the state before, and whether a started task needs a snapshot soon."""
        self._sent = False
        for task in [task for task in self._live.values() if task.status is TaskStatus.PENDING]:
            self._guard(task, self._queue)
        for task in [task for task in self._live.values() if task.has_unsent_job]:
            # The second job of a task whose first was accepted comes before anything new.
            if self._slots.may_begin(self._live):
                self._guard(task, self._send_rest)
        turn = self._slots.turn(self._live, self._now())
        for unit in turn.next_up:
            if not self._slots.may_begin(self._live):
                break
            begun = self._guard(unit[0], self._begin if len(unit) == 1 else lambda _, unit=unit: self._pack(unit))  # type: ignore[misc]
            if not begun:
                break  # what stops one task (a full disk) would stop the next one too
        return turn, self._sent

    def _queue(self, task: TaskMeta) -> bool:
        self._records.save(task, advance(task, now=self._now(), status=TaskStatus.QUEUED))
        return True

    def _begin(self, task: TaskMeta) -> bool:
        self._applier.first(task, self._observe(task), self._now())
        self._sent = True
        return True

    def _pack(self, unit: tuple[TaskMeta, ...]) -> bool:
        self._applier.first_of_pack([(task, self._observe(task)) for task in unit], self._now())
        return True

    def _send_rest(self, task: TaskMeta) -> bool:
        self._applier.submit(task, self._observe(task), self._now())
        return True

    def _observe(self, task: TaskMeta) -> Observation:
        return observe(self._portal.task(task.task_id), task)
