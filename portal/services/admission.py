"""Admission of tasks: limits of the queue, of the disk and per client, counted on the disk.

A client is an account or a network (`portal.domain.clients`), identified by its pseudonym. A share of the queue is
reserved for clients without waiting tasks, so that one client cannot fill it for newcomers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound, PortalError, StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.files.admissions import AdmissionFiles, Holding, Waiting
from portal.files.folder_size import folder_size
from portal.files.heartbeat import Heartbeat, HeartbeatReader
from portal.files.room import GIGABYTE
from portal.files.taskdir import PortalDir
from portal.ports import TaskStore
from portal.services.reservations import Reservations
from portal.services.secrets import short_id

_SETTLES = timedelta(seconds=10)  # after this time a heartbeat includes a new task
_SHARE_TIME = timedelta(minutes=10)  # unnamed tasks closer together than this are one submission
_RESERVE = 10  # one in this many places is reserved for clients without waiting tasks
_MEASURED_AT_ONCE = 20
_RETRY_AFTER_S = 60


@dataclass(frozen=True)
class ClientLimits:
    """Limits per client: waiting tasks, and bytes on the disk; 0: no limit."""

    waiting: int = 0
    gigabytes: float = 0.0


class Admission:
    """Counts and decides. `store` shows whether a task that no heartbeat names still waits."""

    def __init__(
        self,
        portal: PortalDir,
        store: TaskStore,
        reservations: Reservations,
        *,
        max_waiting: int,
        limits: ClientLimits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._portal = portal
        self._store = store
        self._reservations = reservations
        self._max_waiting = max_waiting
        self._limits = limits
        self._now = now
        self._files = AdmissionFiles(portal)
        self._heartbeat = HeartbeatReader(portal)

    def require_room(self, client: str, *, tasks: int = 1, size: int = 0) -> None:
        """Check that a client may add this many tasks with this many bytes.

        Raises:
            TooManyRequests: the queue is full, or this client has used up its share of it.
            StorageFull: this client has used up its disk space.
        """
        with self._files.locked():
            self._require_places(self._still_waiting(), client, tasks)
            self._require_bytes(client, size)

    @contextmanager
    def place(self, client: str, task_id: str, *, size: int, promised: bool = False) -> Iterator[str]:
        """Reserve a place for a task that is about to be accepted; yield its submission for unnamed tasks.

        If the block raises, the place is released. A promised place was counted before.

        Raises:
            TooManyRequests, StorageFull: see `require_room`.
        """
        submission = self._enter(client, task_id, size, promised=promised)
        try:
            yield submission
        except BaseException:
            if not self._portal.task(task_id).path.is_dir():  # otherwise another request with the same key was first
                self._leave(client, task_id)
            raise

    def enter_again(self, client: str, task_id: str) -> None:
        """Count a task that is about to run again as waiting; see `require_room` for errors."""
        with self._files.locked():
            waiting = self._still_waiting()
            self._require_places(waiting, client, 1)
            self._require_bytes(client, 0)
            self._files.write_waiting((*waiting, Waiting(task_id, client, self._now())))
            state = self._files.client(client)
            if task_id in state.holds:  # it is about to grow
                again = {task_id: replace(state.holds[task_id], measured=False)}
                self._files.write_client(client, replace(state, holds={**state.holds, **again}))

    def _enter(self, client: str, task_id: str, size: int, *, promised: bool) -> str:
        with self._files.locked():
            waiting = self._still_waiting()
            if not promised:
                self._require_places(waiting, client, 1)
                self._require_bytes(client, size)
            now, state = self._now(), self._files.client(client)
            if state.unnamed_at is None or not timedelta() <= now - state.unnamed_at <= _SHARE_TIME:
                state = replace(state, unnamed=short_id(secrets.token_bytes(8)))
            holds = {**state.holds, task_id: Holding(size)} if self._limits.gigabytes else {}
            self._files.write_waiting((*waiting, Waiting(task_id, client, now)))
            self._files.write_client(client, replace(state, holds=holds, unnamed_at=now))
            return state.unnamed

    def _leave(self, client: str, task_id: str) -> None:
        with self._files.locked():
            self._files.write_waiting(tuple(entry for entry in self._files.waiting() if entry.task_id != task_id))
            state = self._files.client(client)
            holds = {name: held for name, held in state.holds.items() if name != task_id}
            self._files.write_client(client, replace(state, holds=holds))

    # -- counting

    def _require_places(self, waiting: tuple[Waiting, ...], client: str, tasks: int) -> None:
        beat = self._heartbeat.read()
        queued = beat.waiting if beat else ()
        newer = {entry.task_id for entry in waiting} - set(queued)
        reserved = self._reservations.reserved(exact=tasks > 1)
        held = len(queued) + len(newer) + reserved.tasks
        own = sum(entry.client == client for entry in waiting) + reserved.by_client.get(client, 0)
        if held + tasks > self._max_waiting:
            raise TooManyRequests(Message("task.too_many_waiting"), retry_after_s=_RETRY_AFTER_S)
        if self._limits.waiting and own + tasks > self._limits.waiting:
            message = Message("client.too_many_waiting", limit=self._limits.waiting)
            raise TooManyRequests(message, retry_after_s=_RETRY_AFTER_S)
        if own and held + tasks > self._max_waiting - self._max_waiting // _RESERVE:
            raise TooManyRequests(Message("client.queue_nearly_full"), retry_after_s=_RETRY_AFTER_S)

    def _still_waiting(self) -> tuple[Waiting, ...]:
        """Return the waiting tasks, without those that have started, ended or gone since they were counted."""
        beat = self._heartbeat.read()
        entries = self._files.waiting()
        if beat is None:
            return entries
        active, queued = set(beat.active), set(beat.waiting)
        return tuple(entry for entry in entries if entry.task_id not in active and self._waits(entry, beat, queued))

    def _waits(self, entry: Waiting, beat: Heartbeat, queued: set[str]) -> bool:
        if entry.task_id in queued or entry.since + _SETTLES > beat.at:
            return True
        try:
            task = self._store.get(entry.task_id)
        except NotFound:
            return self._now() - entry.since < _SETTLES  # about to be moved to its place
        except (CorruptRecord, NewerFormat):
            return False
        return not task.status.is_final and not task.is_active

    def _require_bytes(self, client: str, size: int) -> None:
        most = int(self._limits.gigabytes * GIGABYTE)
        if not most:
            return
        state = self._files.client(client)
        holds = self._measure(state.holds)
        if holds != state.holds:
            self._files.write_client(client, replace(state, holds=holds))
        if sum(held.size for held in holds.values()) + size > most:
            raise StorageFull(Message("client.too_many_bytes", limit=self._limits.gigabytes))

    def _measure(self, holds: Mapping[str, Holding]) -> dict[str, Holding]:
        """Return the tasks' disk usage, without removed tasks; some ended tasks are measured, once each."""
        kept: dict[str, Holding] = {}
        left = _MEASURED_AT_ONCE
        for task_id, held in holds.items():
            folder = self._portal.task(task_id).path
            if not folder.is_dir():
                continue
            if not held.measured and left and self._has_ended(task_id):
                left -= 1
                held = Holding(folder_size(folder), measured=True)  # noqa: PLW2901 - the same, known better
            kept[task_id] = held
        return kept

    def _has_ended(self, task_id: str) -> bool:
        try:
            task: TaskMeta = self._store.get(task_id)
        except PortalError:
            return False
        return task.status.is_final
