"""Assign the next slots, by the operator's switches, the submit gates and the fair order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.poller.fair_queue import fair_order, startable
from portal.poller.packing import PackOptions, next_units
from portal.poller.start_failures import StartFailures
from portal.poller.submit_gate import SubmitGate


@dataclass(frozen=True)
class Turn:
    """The state at a moment: the present number of slots, the waiting tasks in order, and the units to start now.

    Tasks that start together share a job and a slot.
    """

    slots: int
    draining: bool
    ordered: tuple[TaskMeta, ...]
    next_up: tuple[tuple[TaskMeta, ...], ...]


class Slots:
    """Decides which tasks start; `usual` is MAX_ACTIVE_PIPELINES."""

    def __init__(
        self, portal: PortalDir, *, usual: int, gate: SubmitGate, starts: StartFailures, packing: PackOptions
    ) -> None:
        self._portal = portal
        self._usual = usual
        self._gate = gate
        self._starts = starts
        self.concern: Message | None = None  # why nothing is started, unless an operator decided so
        self._packing = packing

    def turn(self, live: Mapping[str, TaskMeta], now: datetime) -> Turn:
        """Return the present turn."""
        control, self.concern = Control.read_or_hold(self._portal)
        slots = control.slots_at(now, self._usual)
        holding = one_each(live.values())
        waiting = [task for task in live.values() if not task.is_active]
        ordered = fair_order(waiting, holding)
        free = 0 if control.draining else max(0, slots - len(holding))
        candidates = self._starts.order(startable(ordered, holding))
        packing = PackOptions() if self._starts.barred else self._packing  # a probe is one task
        units = next_units(candidates, free=free, slots=slots, options=packing)
        return Turn(slots, control.draining, tuple(ordered), tuple(units))

    def may_begin(self, live: Mapping[str, TaskMeta]) -> bool:
        """Tell whether any task may start now; what prevents one submission prevents the others as well."""
        return not self._gate.wait_s and self._starts.may_start(lambda task_id: _is_at_work(live.get(task_id)))


def one_each(tasks: Iterable[TaskMeta]) -> list[TaskMeta]:
    """Return one task for each occupied slot: the tasks of a pack share theirs."""
    return list({task.pack or task.task_id: task for task in tasks if task.holds_slot}.values())


def _is_at_work(task: TaskMeta | None) -> bool:
    return task is not None and task.is_active
