"""The poller: the only writer of records after a task's creation.

    tick (a fraction of a second)   notifications: new tasks, wishes, ended jobs; progress of active tasks, from disk
    cycle (seconds)                 one query of the scheduler, a step per active task, new attempts for free slots

Its whole state can be read again from the disk, so it may be killed at any moment.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound, PortalError, StaleWrite, StorageFull
from portal.domain.logs import carrying_request_id
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.bells import answer_bells
from portal.files.lease import LeaseLost, PollerLease
from portal.files.site import Installation, why_not_ours
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.files.wishes import Wish, WishKind, drop_wish, read_wishes
from portal.poller.accounting import Accountant
from portal.poller.apply import StepApplier
from portal.poller.attempts import Attempts
from portal.poller.consistency import ConsistencyCheck
from portal.poller.dispatcher import Dispatcher
from portal.poller.fill import SlotFiller
from portal.poller.janitor import Janitor
from portal.poller.metrics import PollerMetrics
from portal.poller.observe import Observation, observe
from portal.poller.orphans import Orphans
from portal.poller.poll_interval import PollInterval
from portal.poller.records import Records
from portal.poller.recovery import rebuild_record
from portal.poller.slots import Slots, Turn, one_each
from portal.poller.start_failures import StartFailures
from portal.poller.status_report import StatusReport
from portal.poller.submit_gate import SubmitGate
from portal.poller.sync import RecordSync
from portal.poller.timekeeper import Timekeeper
from portal.ports import Scheduler, TaskStore
from slurm.types import Snapshot

log = logging.getLogger(__name__)

# Time that one tick may spend on progress: with the pause between ticks, up to thousands of tasks are refreshed in 2 s.
_REFRESH_S = 0.15
_READ_S = 0.1
# Each costs a record and a line; if the ledger was lost, all tasks are due at once.
_ACCOUNTS_PER_CYCLE = 500


def _awaits_its_turn(task: TaskMeta) -> bool:
    return task.pack is not None and task.status is not TaskStatus.RUNNING


def utc_now() -> datetime:
    """Return the current time, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class PollerParts:
    """The parts that a poller works with."""

    portal: PortalDir
    store: TaskStore
    records: Records
    scheduler: Scheduler
    attempts: Attempts
    dispatcher: Dispatcher
    applier: StepApplier
    sync: RecordSync
    janitor: Janitor
    task_index: TaskIndex
    consistency: ConsistencyCheck
    accountant: Accountant
    orphans: Orphans
    lease: PollerLease
    poll_interval: PollInterval
    status_report: StatusReport
    metrics: PollerMetrics
    encode: Callable[[TaskMeta], dict[str, Any]]
    decode: Callable[[Mapping[str, Any]], TaskMeta]
    slots: Slots
    gate: SubmitGate
    starts: StartFailures
    timekeeper: Timekeeper


class Poller:
    """See the module. `live` holds the records of tasks that have not ended; all others stay on the disk."""

    def __init__(self, parts: PollerParts, *, now: Callable[[], datetime] = utc_now) -> None:
        self._parts = parts
        self._now = now
        self._known: set[str] = set()
        self._unread: dict[str, None] = {}  # ended according to the index; in reading order
        self._turn: deque[str] = deque()
        self.live = parts.records.live
        self.frozen: set[str] = set()
        self.lease = parts.lease
        self.poll_interval = parts.poll_interval
        self._filler = SlotFiller(
            parts.portal, parts.records, parts.applier, parts.slots, now=now, guard=self._guarded
        )  # fmt: skip

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
        self._unread = dict.fromkeys(self._parts.task_index.recall(on_disk))
        self._known.update(self._unread)
        for task_id in on_disk:
            if task_id not in self._unread:
                self._discover(task_id)
        self._parts.task_index.rebuild()
        log.info("%d tasks on disk, %d of them live", len(self._known), len(self.live))

    @property
    def reads_records(self) -> bool:
        """Tell whether records of ended tasks are still to be read after the start."""
        return bool(self._unread)

    def _read_some(self) -> None:
        """Compare the index's rows of ended tasks with their records, as many as the time allows."""
        deadline = time.monotonic() + _READ_S
        while self._unread and time.monotonic() < deadline:
            self._discover(next(iter(self._unread)))

    def _discover(self, task_id: str) -> None:
        self._known.add(task_id)
        self._unread.pop(task_id, None)
        task = self._load(task_id)
        if task is not None:
            if not task.status.is_final:
                self.live[task_id] = task
            self._parts.timekeeper.saw(task.last_synced or task.submission_time)
            self._parts.task_index.note(task)
            self._parts.accountant.watch(task)
            self._see_to_wishes(task_id)

    def _load(self, task_id: str) -> TaskMeta | None:
        try:
            return self._parts.store.get(task_id)
        except NotFound as error:
            if not self._parts.portal.task(task_id).request.exists():
                self._known.discard(task_id)
                return None
            log.error("task %s: it has no record (%s)", task_id, error)  # it came with one
        except NewerFormat as error:
            self._freeze(task_id, error)
            return None
        except CorruptRecord as error:
            log.error("task %s: %s", task_id, error)
        except OSError as error:
            log.error("task %s: its record cannot be reached: %s", task_id, error)
            self._known.discard(task_id)  # nothing is decided; the next listing of the folder tries again
            return None
        try:
            task = rebuild_record(self._parts.portal, task_id, encode=self._parts.encode, decode=self._parts.decode)
        except (OSError, PortalError) as error:
            log.error("task %s: its record could not be rebuilt yet: %s", task_id, error)
            self._known.discard(task_id)  # the next listing of the folder tries again
            return None
        self._parts.store.forget(task_id)
        return task

    def _freeze(self, task_id: str, error: NewerFormat) -> None:
        """Leave a newer version's task and its jobs alone until a poller of that version starts."""
        if task_id not in self.frozen:
            log.error("task %s is left as it is: %s", task_id, error)
        self.frozen.add(task_id)
        self.live.pop(task_id, None)

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
        if task_id not in self._known or task_id in self._unread:
            self._discover(task_id)
            return None
        wished = bool(read_wishes(self._parts.portal.task(task_id)))
        self._see_to_wishes(task_id)
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
            if task_id not in self._known:
                self._discover(task_id)
        if self._parts.timekeeper.stepped():
            self._measure_anew()
        for task_id in [task_id for task_id in self.live if read_wishes(self._parts.portal.task(task_id))]:
            self._see_to_wishes(task_id)
        active = [task for task in self.live.values() if task.is_active]
        snapshot = self._parts.accountant.look(self._parts.sync.look(active), active)
        self._parts.poll_interval.seen(snapshot)
        self._parts.status_report.seen(snapshot)
        self._parts.metrics.looked(known=snapshot.known, at=self._now())
        unclear = self.frozen | self._unread.keys()
        self._parts.dispatcher.cancel(self._parts.orphans.to_cancel(snapshot, self._known, self.live, unclear))
        for task in active:
            self._guarded(task, lambda task: self._step(task, snapshot))
        self._parts.starts.keep(job.job_id or "" for task in active if task.attempt for job in task.attempt.jobs)
        self._account(snapshot)
        if snapshot.known and self._parts.accountant.is_eager:
            self._parts.poll_interval.keep_up()
        for task_id in self._parts.records.take_ended():
            self._see_to_wishes(task_id)  # a delete waits for running jobs to end
        self._dispatch()
        self._parts.janitor.sweep(self._known, self.live, self._now(), self._expired, doubt=doubt)
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

    def _account(self, snapshot: Snapshot) -> None:
        """Write the usage of ended attempts to the ledger, as far as it is known by now."""
        for task_id in self._parts.accountant.ready(snapshot)[:_ACCOUNTS_PER_CYCLE]:
            task = self.live.get(task_id) or self._load(task_id)
            if task is None:
                self._parts.accountant.forget(task_id)
            else:
                self._guarded(task, self._close_accounts)

    def _close_accounts(self, task: TaskMeta, *, at_once: bool = False) -> bool:
        after, lines = self._parts.accountant.figures(task, self._now(), at_once=at_once)
        self._save(task, after)
        for line in lines:
            self._parts.accountant.ledger.write(line)
            self._parts.metrics.used(line.core_s)
        self._parts.accountant.watch(after)
        return True

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
        self.poll_interval.queue_is(len(waiting))
        self._parts.status_report.write(
            interval_s=self.poll_interval.interval_s,
            slots=turn.slots,
            # One for each slot: the tasks of a pack share theirs.
            active=[task.task_id for task in one_each(live.values())],
            waiting=waiting,
            draining=turn.draining,
            closed=self._parts.gate.closed,
            start_alarms=self._parts.starts.alarms,
            concerns=(
                *filter(None, (self._parts.timekeeper.doubt, self._parts.slots.concern)),
                *self._parts.janitor.concerns,
            ),
            now=self._now(),
        )
        self._parts.metrics.write(
            live.values(),
            on_disk=len(self._known),
            waiting=set(waiting),
            slots=turn.slots,
            used=len(one_each(live.values())),
            suspended=self._parts.timekeeper.doubt is not None,
            now=self._now(),
        )

    # -- wishes

    def _see_to_wishes(self, task_id: str) -> None:
        folder = self._parts.portal.task(task_id)
        for wish in read_wishes(folder):
            task = self.live.get(task_id) or self._load(task_id)
            if task is None or not self._guarded(task, lambda task, wish=wish: self._grant(task, wish)):  # type: ignore[misc]
                return
            if wish.kind is not WishKind.DELETE:
                drop_wish(folder, wish.kind)

    def _grant(self, task: TaskMeta, wish: Wish) -> bool:
        with carrying_request_id(wish.request_id or task.request_id):
            return self._see_to(task, wish)

    def _see_to(self, task: TaskMeta, wish: Wish) -> bool:
        now = self._now()
        if wish.kind is WishKind.CANCEL and wish.attempt == len(task.attempts):
            self._parts.applier.cancel(task, self._observe(task), wish.by, now)
        elif wish.kind is WishKind.RETRY and wish.attempt == len(task.attempts) and task.status.is_final:
            self._parts.applier.reopen(task, wish, now)
        elif wish.kind is WishKind.DELETE:
            self._remove(task, wish.by)
        return True

    def _remove(self, task: TaskMeta, by: str) -> None:
        """Cancel running jobs, and remove the folder once they have ended; the wish is kept until then."""
        if not task.status.is_final:
            task = self._parts.applier.cancel(task, self._observe(task), by, self._now())
        if task.status.is_final:
            self._close_accounts(task, at_once=True)
            self._parts.janitor.erase_traces(task)
            self._parts.janitor.discard(task.task_id)
            self._forget(task.task_id)

    def _expired(self, task_id: str) -> None:
        self._parts.metrics.expired()
        self._forget(task_id)

    def _forget(self, task_id: str) -> None:
        self._known.discard(task_id)
        self._unread.pop(task_id, None)
        self.frozen.discard(task_id)
        self._parts.records.forget(task_id)

    def count_error(self) -> None:
        """Count an error that does not belong to a single task."""
        self._parts.metrics.failed("cycle")

    # -- records

    def _observe(self, task: TaskMeta) -> Observation:
        return observe(self._parts.portal.task(task.task_id), task)

    def _save(self, before: TaskMeta, after: TaskMeta) -> bool:
        self._parts.records.save(before, after)
        return True

    def _guarded(self, task: TaskMeta, act: Callable[[TaskMeta], bool]) -> bool:
        """Act on one task; an error affects no other task, and the next cycle tries again."""
        with carrying_request_id(task.request_id):
            return self._safely(task, act)

    def _safely(self, task: TaskMeta, act: Callable[[TaskMeta], bool]) -> bool:
        try:
            return act(task)
        except LeaseLost:
            raise
        except StaleWrite as error:
            # Another process wrote, such as a poller that slept. The record on the disk counts.
            log.error("task %s: %s; read again", task.task_id, error)
            self._reload(task.task_id)
        except NewerFormat as error:
            self._freeze(task.task_id, error)
        except NotFound:
            log.warning("task %s: its folder is gone", task.task_id)
            self._forget(task.task_id)
        except (PortalError, OSError) as error:
            log.error("task %s: %s", task.task_id, error)
            self._parts.metrics.failed("task")
            self._reload(task.task_id)
        except Exception:  # a bug in the portal itself must not stop the other tasks
            log.exception("task %s: an error of the portal", task.task_id)
            self._parts.metrics.failed("task")
            self._reload(task.task_id)
        return False

    def _reload(self, task_id: str) -> None:
        self.live.pop(task_id, None)
        task = self._load(task_id)
        if task is None:
            return
        self._parts.task_index.note(task)
        if not task.status.is_final:
            self.live[task_id] = task
