"""The poller: the only writer of records after a task's creation.

    tick (a fraction of a second)   notifications: new tasks, wishes, ended jobs; progress of active tasks, from disk
    cycle (seconds)                 one query of the scheduler, a step per active task, new attempts for free slots

Its whole state can be read again from the disk, so it may be killed at any moment.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from portal.domain.errors import StorageFull
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.bells import answer_bells
from portal.files.site import Installation, why_not_ours
from portal.poller.fill import SlotFiller
from portal.poller.grant_wishes import WishGranter
from portal.poller.known_tasks import KnownTasks
from portal.poller.ledger_keeper import LedgerKeeper
from portal.poller.observe import Observation, observe
from portal.poller.parts import PollerParts
from portal.poller.slots import Turn, one_each
from portal.poller.task_guard import TaskGuard
from slurm.types import Snapshot

log = logging.getLogger(__name__)

# Time that one tick may spend on progress: with the pause between ticks, up to thousands of tasks are refreshed in 2 s.
_REFRESH_S = 0.15
_READ_S = 0.1


def _awaits_its_turn(task: TaskMeta) -> bool:
    return task.pack is not None and task.status is not TaskStatus.RUNNING


def utc_now() -> datetime:
    """Return the current time, aware, UTC."""
    return datetime.now(UTC)


class Poller:
    """See the module. `live` holds the records of tasks that have not ended; all others stay on the disk."""

    def __init__(self, parts: PollerParts, *, now: Callable[[], datetime] = utc_now) -> None:
        self._parts = parts
        self._now = now
        self._turn: deque[str] = deque()
        self.live = parts.records.live
        self.tasks = KnownTasks(
            parts.portal,
            parts.store,
            parts.records,
            task_index=parts.task_index,
            accountant=parts.accountant,
            timekeeper=parts.timekeeper,
            encode=parts.encode,
            decode=parts.decode,
        )
        self.lease = parts.lease
        self.poll_interval = parts.poll_interval
        self._guarded = guard = TaskGuard(self.tasks, parts.metrics)
        self._filler = SlotFiller(parts.portal, parts.records, parts.applier, parts.slots, now=self._time, guard=guard)
        self._ledger = LedgerKeeper(
            self.tasks, parts.records, parts.accountant, parts.metrics, guard=guard, now=self._time
        )
        self._wishes = WishGranter(
            parts.portal,
            self.tasks,
            parts.applier,
            parts.janitor,
            self._ledger,
            guard=guard,
            now=self._time,
        )

    def _time(self) -> datetime:
        return self._now()

    # -- tasks on the disk

    def why_not_ours(self) -> Message | None:
        """Return why the poller must not act on this folder, and report it to the web process; None if it may.

        Raises:
            NewerFormat: a newer version has written here.
        """
        self._parts.lease.check()
        self._parts.timekeeper.begin()
        reason = why_not_ours(self._parts.portal)
        if reason is not None:
            self._parts.status_report.stands_still(reason, self._now())
        return reason

    def start(self) -> None:
        """Read the record of every task that may not have ended; those that have, by the index, are read later.

        After a crash, a restart or an upgrade nothing else is needed. Until a task's record has been read, none of its
        jobs counts as an orphan.
        """
        self._parts.portal.prepare()
        Installation.read(self._parts.portal).stamp(self._parts.portal)
        self._parts.timekeeper.begin()
        on_disk = list(self._parts.portal.task_ids())
        self.tasks.expect(self._parts.task_index.recall(on_disk))
        for task_id in on_disk:
            if task_id not in self.tasks.unread:
                self._discover(task_id)
        self._parts.task_index.rebuild()
        log.info("%d tasks on disk, %d of them live", len(self.tasks.known), len(self.live))

    @property
    def reads_records(self) -> bool:
        """Tell whether records of ended tasks are still to be read after the start."""
        return bool(self.tasks.unread)

    def _read_some(self) -> None:
        """Compare the index's rows of ended tasks with their records, as many as the time allows."""
        deadline = time.monotonic() + _READ_S
        while self.tasks.unread and time.monotonic() < deadline:
            self._discover(next(iter(self.tasks.unread)))

    def _discover(self, task_id: str) -> None:
        if self.tasks.discover(task_id):
            self._wishes.see_to(task_id)

    # -- the two rhythms

    def tick(self) -> float | None:
        """Handle notifications, start new tasks, refresh progress; return when to query (s), if earlier than usual."""
        self._parts.lease.check()
        rang = answer_bells(self._parts.portal)
        delays = [self._answer(task_id) for task_id in rang]
        # This needs no query of the scheduler; a started task justifies one after a moment.
        if (rang or self._parts.gate.probe_is_due) and self._dispatch():
            delays.append(self._parts.poll_interval.shortest_s)
        self._refresh_some()
        self._read_some()
        return min((delay for delay in delays if delay is not None), default=None)

    def _answer(self, task_id: str) -> float | None:
        """Handle one notification; return after how many seconds the scheduler will have news of it, if any."""
        if not is_task_id(task_id):  # a requested comparison, or a changed switch
            return self._parts.poll_interval.shortest_s
        if task_id not in self.tasks.known or task_id in self.tasks.unread:
            self._discover(task_id)
            return None
        wished = self._wishes.are_there(task_id)
        self._wishes.see_to(task_id)
        task = self.live.get(task_id)
        if wished or task is None or not task.is_active:
            return self._parts.poll_interval.after_end_s
        self._guarded(task, self._refresh)
        if task.pack is not None:
            # A task that shares its job reports its own outcome; the job continues.
            if self._observe(task).decisive:
                self._guarded(self.live[task_id], lambda task: self._step(task, Snapshot(self._now(), known=False)))
            return None
        self._parts.gate.job_ended()
        return self._parts.poll_interval.after_end_s if self._observe(task).decisive else None

    def _refresh_some(self) -> None:
        """Refresh active tasks in turn, as many as the time allows; a few hundred fit into one tick."""
        if not self._turn:
            # Only one task of a pack runs at a time, and the others have no progress.
            self._turn = deque(
                task_id for task_id, task in self.live.items() if task.is_active and not _awaits_its_turn(task)
            )
        deadline = time.monotonic() + _REFRESH_S
        for _ in range(len(self._turn)):
            task = self.live.get(self._turn.popleft())
            if task is not None and task.is_active:
                self._guarded(task, self._refresh)
            if time.monotonic() > deadline:
                break

    def _refresh(self, task: TaskMeta) -> bool:
        """Update the record with the job's progress."""
        return self._save(task, self._parts.sync.show(task, self._observe(task), self._now()))

    def cycle(self) -> None:
        """Query the scheduler once, take one step for each active task, fill the free slots."""
        began = time.monotonic()
        self._parts.lease.check()
        doubt = self._parts.timekeeper.look(self._now())
        for task_id in self._parts.portal.task_ids():
            if task_id not in self.tasks.known:
                self._discover(task_id)
        if self._parts.timekeeper.stepped():
            self._measure_anew()
        for task_id in [task_id for task_id in self.live if self._wishes.are_there(task_id)] + self._wishes.due():
            self._wishes.see_to(task_id)
        active = [task for task in self.live.values() if task.is_active]
        snapshot = self._parts.accountant.look(self._parts.sync.look(active), active)
        self._parts.poll_interval.seen(snapshot)
        self._parts.status_report.seen(snapshot)
        self._parts.metrics.looked(known=snapshot.known, at=self._now())
        known, unclear = self.tasks.known, self.tasks.unclear
        self._parts.dispatcher.cancel(self._parts.orphans.to_cancel(snapshot, known, self.live, unclear))
        for task in active:
            self._guarded(task, lambda task: self._step(task, snapshot))
        self._parts.starts.keep(job.job_id or "" for task in active if task.attempt for job in task.attempt.jobs)
        self._ledger.close_all(snapshot)
        if snapshot.known and self._parts.accountant.is_eager:
            self._parts.poll_interval.keep_up()
        for task_id in self._parts.records.take_ended():
            self._wishes.see_to(task_id)  # a delete waits for running jobs to end
        self._dispatch()
        self._parts.janitor.sweep(known, self.live, self._now(), self._expired, doubt=doubt)
        self._parts.janitor.keep_reserve()
        self._parts.task_index.tidy()
        self._parts.consistency.answer(self._now())
        self._parts.metrics.cycled(time.monotonic() - began, self._now())

    def _measure_anew(self) -> None:
        """Restart the waits for missing jobs, because the clock was set meanwhile."""
        for task in [task for task in self.live.values() if task.attempt]:
            self._guarded(task, lambda task: self._save(task, self._parts.sync.measure_anew(task, self._now())))

    def _step(self, task: TaskMeta, snapshot: Snapshot) -> bool:
        observation = self._observe(task)
        return self._parts.applier.step(task, observation, snapshot, self._now()).status.is_final

    def _dispatch(self) -> bool:
        """Fill the free slots and update the heartbeat; tell whether a query is due soon."""
        turn, sent = self._filler.fill()
        try:
            self._report(turn)
        except StorageFull as error:
            log.error("the heartbeat cannot be written at the moment: %s", error)  # the clean-up comes later
        return sent

    def _report(self, turn: Turn) -> None:
        live = self.live
        waiting = [task.task_id for task in turn.ordered if task.task_id in live and not live[task.task_id].is_active]
        holders = one_each(live.values())  # one for each slot: the tasks of a pack share theirs
        self.poll_interval.queue_is(len(waiting))
        self._parts.status_report.write(
            interval_s=self.poll_interval.interval_s,
            slots=turn.slots,
            active=[task.task_id for task in holders],
            waiting=waiting,
            draining=turn.draining,
            closed=self._parts.gate.closed or self._parts.starts.closed,
            start_alarms=self._parts.starts.alarms,
            concerns=(
                *filter(None, (self._parts.timekeeper.doubt, self._parts.slots.concern)),
                *self._parts.janitor.concerns,
            ),
            now=self._now(),
        )
        self._parts.metrics.write(
            live.values(),
            on_disk=len(self.tasks.known),
            waiting=set(waiting),
            slots=turn.slots,
            used=len(holders),
            suspended=self._parts.timekeeper.doubt is not None,
            now=self._now(),
        )

    def _expired(self, task_id: str) -> None:
        self._parts.metrics.expired()
        self.tasks.forget(task_id)

    def count_error(self) -> None:
        """Count an error that does not belong to a single task."""
        self._parts.metrics.failed("cycle")

    def notified(self, channel: str, outcome: str) -> None:
        """Count a notification; another thread calls it."""
        self._parts.metrics.notified(channel, outcome)

    # -- records

    def _observe(self, task: TaskMeta) -> Observation:
        return observe(self._parts.portal.task(task.task_id), task)

    def _save(self, before: TaskMeta, after: TaskMeta) -> bool:
        self._parts.records.save(before, after)
        return True
