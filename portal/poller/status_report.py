"""The poller's report to the web process on itself, the queue and the scheduler."""

from __future__ import annotations

import os
import socket
from datetime import datetime

from portal.domain.complaint import message_of
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.heartbeat import GateState, Heartbeat, SchedulerState
from portal.files.taskdir import PortalDir
from portal.poller.submit_gate import Closed
from slurm.types import Snapshot

_WEIGHT = 0.2  # weight of the newest task in the mean duration


class StatusReport:
    """Collects observations and writes the heartbeat. `kind` is the scheduler's."""

    def __init__(self, portal: PortalDir, *, kind: str) -> None:
        self._portal = portal
        self._kind = kind
        self._mean_s: float | None = None
        self._seen: Snapshot | None = None
        self._last_ok: datetime | None = None

    def seen(self, snapshot: Snapshot) -> None:
        """Take a snapshot into account."""
        self._seen = snapshot
        if snapshot.known:
            self._last_ok = snapshot.taken_at

    def ended(self, task: TaskMeta) -> None:
        """Include the running time of an ended task in the mean."""
        if task.status is TaskStatus.COMPLETED and task.start_time and task.completion_time:
            # Two clocks measured it, and one may have been set: never count less than 0 s.
            took_s = max(0.0, (task.completion_time - task.start_time).total_seconds())
            self._mean_s = took_s if self._mean_s is None else (1 - _WEIGHT) * self._mean_s + _WEIGHT * took_s

    def stands_still(self, reason: Message, now: datetime) -> None:
        """Write the heartbeat of a poller that may not act on this folder."""
        Heartbeat(
            at=now,
            host=socket.gethostname(),
            pid=os.getpid(),
            interval_s=0.0,
            slots=0,
            scheduler=SchedulerState(self._kind, known=False),
            draining=True,
            stands_still=Message("health.stands_still", reason=reason),
        ).write(self._portal)

    def write(
        self,
        *,
        interval_s: float,
        slots: int,
        active: list[str],
        waiting: list[str],
        draining: bool,
        now: datetime,
        closed: Closed | None = None,
        start_alarms: tuple[Message, ...] = (),
        concerns: tuple[Message, ...] = (),
    ) -> None:
        """Write the heartbeat; `active` and `waiting` are task ids, the latter in queue order.

        `slots` is how many tasks may run, `closed` what prevents submissions, `start_alarms` the alarms about jobs that
        end before they begin, `concerns` the poller's own problems.
        """
        snapshot = self._seen
        seen = tuple(map(message_of, snapshot.alarms)) if snapshot else ()
        Heartbeat(
            at=now,
            host=socket.gethostname(),
            pid=os.getpid(),
            interval_s=interval_s,
            slots=slots,
            active=tuple(active),
            waiting=tuple(waiting),
            draining=draining,
            mean_duration_s=self._mean_s,
            scheduler=SchedulerState(
                self._kind,
                known=snapshot is not None and snapshot.known,
                accounting=snapshot.accounting if snapshot else None,
                last_ok=self._last_ok,
                error=next(iter(seen), None) if snapshot and not snapshot.known else None,
                gate=GateState(closed.reason, closed.complaint, closed.since) if closed else None,
            ),
            concerns=concerns,
            alarms=(*start_alarms, *seen),
        ).write(self._portal)
