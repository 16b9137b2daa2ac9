"""Who gets the next slots, and whether anything is begun at all: the operator's switches, the gates, the fair order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.task import TaskMeta
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.poller.fair_queue import fair_order
from portal.poller.start_failures import StartFailures
from portal.poller.submit_gate import SubmitGate


@dataclass(frozen=True)
class Turn:
    """How things stand at a moment: the slots that count, who waits in which order, and who is to be begun now."""

    slots: int
    draining: bool
    ordered: tuple[TaskMeta, ...]
    next_up: tuple[TaskMeta, ...]


class Slots:
    """`usual` is MAX_ACTIVE_PIPELINES."""

    def __init__(self, portal: PortalDir, *, usual: int, gate: SubmitGate, starts: StartFailures) -> None:
        self._portal = portal
        self._usual = usual
        self._gate = gate
        self._starts = starts

    def turn(self, live: Mapping[str, TaskMeta], now: datetime) -> Turn:
        """Return whose turn it is."""
        control = Control.read(self._portal)
        slots = control.slots_at(now, self._usual)
        holding = [task for task in live.values() if task.holds_slot]
        waiting = [task for task in live.values() if not task.is_active]
        ordered = fair_order(waiting, holding)
        free = 0 if control.draining else max(0, slots - len(holding))
        return Turn(slots, control.draining, tuple(ordered), tuple(self._starts.order(ordered)[:free]))

    def may_begin(self, live: Mapping[str, TaskMeta]) -> bool:
        """Tell whether a task may be begun now; what keeps one from being taken keeps the others as well."""
        return not self._gate.wait_s and self._starts.may_start(lambda task_id: _is_at_work(live.get(task_id)))


def _is_at_work(task: TaskMeta | None) -> bool:
    return task is not None and task.is_active
