"""Progress of a submission's items, read again only after a change.

Clients watch a submission by polling it every few seconds. Two `stat` calls per item show whether its record has
changed since this process last read it; only then is it opened.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import threading
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portal.domain.errors import CorruptRecord, NotFound, NotReady
from portal.domain.runs import good_run
from portal.domain.status import TaskStatus
from portal.domain.submission import ItemStatus, Submission, SubmissionItem
from portal.files.heartbeat import QueueView, after_rounds
from portal.files.submission_refusals import refused_items
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.answers import TaskView
from portal.services.submission_keys import SubmissionKeys

_OVERDUE = 3  # times the mean duration of recent tasks; one that runs for longer refutes it
_REMEMBERED = 64  # submissions per process
_Signature = tuple[int, int, int, int]
_GONE: _Signature = (0, 0, 0, 0)
# The `change` of rows without a readable record; those of tasks start above these.
_CHANGE = {ItemStatus.AWAITED: 0, ItemStatus.LAPSED: 1, ItemStatus.DELETED: 2, ItemStatus.REFUSED: 4}
_UNREADABLE = 3
# Nothing of these is analysed, or is left.
NOT_HERE = (ItemStatus.DELETED, ItemStatus.REFUSED, ItemStatus.LAPSED)
_FIRST_OF_TASKS = 5


@dataclass(frozen=True)
class ItemRow:
    """One item; `change` is a number that changes whenever the row does.

    `made` is the nonce of the task: another one of the same id, after a deletion, has another. `attempt`
    is the one whose results a snapshot shows; 0: whichever is the present one. `earlier_run` is the number of the last
    completed run if a later one works or has failed; 0: there is none. `started` is when a running task did; `expires`
    is when one that has ended is removed.
    """

    n: int
    task_id: str
    status: ItemStatus
    stage: str | None
    progress: int
    revision: int
    failure_kind: str | None
    change: int
    made: str = ""
    attempt: int = 0
    earlier_run: int = 0
    started: datetime | None = None
    expires: datetime | None = None

    @property
    def has_results(self) -> bool:
        """Tell whether the last run has completed, or one before it."""
        return self.status is ItemStatus.COMPLETED or self.earlier_run > 0


@dataclass(frozen=True)
class SubmissionView:
    """A submission with the state of its items, and its estimated end (not guaranteed).

    `is_closed`: its owner has given up the items that had not arrived.
    """

    submission: Submission
    rows: tuple[ItemRow, ...]
    estimated_end: datetime | None
    is_closed: bool = False

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of items in each state, including states with none."""
        found = Counter(row.status for row in self.rows)
        return {status.value: found.get(status, 0) for status in ItemStatus}

    @property
    def never_sent(self) -> tuple[SubmissionItem, ...]:
        """The items that were announced and may not be sent any more."""
        lapsed = {row.n for row in self.rows if row.status is ItemStatus.LAPSED}
        return tuple(item for item in self.submission.items if item.n in lapsed)

    @property
    def expected(self) -> int:
        """The number of genomes that are here or may still come: all but those refused, deleted or never sent."""
        return sum(row.status not in NOT_HERE for row in self.rows)

    @property
    def ended(self) -> int:
        """The number of those that have ended."""
        return sum(row.status.is_final and row.status not in NOT_HERE for row in self.rows)

    @property
    def is_final(self) -> bool:
        """Tell whether nothing will change without a request."""
        return all(row.status.is_final for row in self.rows)

    @property
    def etag(self) -> str:
        """An etag that changes only with the states of the items."""
        text = "\n".join(f"{row.status} {row.stage} {row.progress} {row.failure_kind}" for row in self.rows)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def cursor(self) -> str:
        """The cursor that a client sends back to get only later changes."""
        packed = struct.pack(f"<{len(self.rows)}I", *(row.change for row in self.rows))
        return base64.urlsafe_b64encode(zlib.compress(packed, 9)).decode().rstrip("=")

    def since(self, cursor: str | None) -> tuple[ItemRow, ...]:
        """Return the rows that changed since a cursor; all rows if the cursor is not from this submission."""
        known = _read_cursor(cursor or "", len(self.rows))
        if known is None:
            return self.rows
        return tuple(row for row, change in zip(self.rows, known, strict=True) if row.change != change)

    @property
    def retry_after_s(self) -> int:
        """Seconds after which a client should ask again; 0 if nothing will change."""
        if self.is_final:
            return 0
        waits_for_client = all(row.status.is_final or row.status is ItemStatus.AWAITED for row in self.rows)
        return 30 if waits_for_client else 5


def _read_cursor(text: str, count: int) -> tuple[int, ...] | None:
    if not text or len(text) > 8 * count + 64:
        return None
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data = zlib.decompressobj().decompress(packed, 4 * count + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return struct.unpack(f"<{count}I", data) if len(data) == 4 * count else None


class SubmissionProgress:
    """Reads the items of submissions. `view` returns a task as its owner sees it, including wishes."""

    def __init__(
        self,
        portal: PortalDir,
        folders: SubmissionFolders,
        keys: SubmissionKeys,
        view: Callable[[str], TaskView],
    ) -> None:
        self._portal = portal
        self._folders = folders
        self._keys = keys
        self._view = view
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, dict[int, tuple[_Signature, ItemRow]]] = OrderedDict()
        self._ids: OrderedDict[str, dict[int, str]] = OrderedDict()

    def look(self, submission: Submission, queue: QueueView, now: datetime) -> SubmissionView:
        """Return the present state of the submission."""
        task_ids = self.task_ids(submission)
        with self._lock:
            known = dict(self._seen.get(submission.submission_id, {}))
        arrivals = self._folders.arrivals(submission.submission_id)
        refused = refused_items(self._folders.folder(submission.submission_id))
        closed = self._folders.is_closed(submission.submission_id)
        over = closed or now > submission.upload_until
        rows = []
        for item, task_id in zip(submission.items, task_ids, strict=True):
            signature = self._signature(task_id)
            before = known.get(item.n)
            if signature == _GONE:
                absent = _why_absent(
                    received=item.n in arrivals.received,
                    refused=item.n in refused,
                    over=over and item.n not in arrivals.under_way,
                )
                row = ItemRow(item.n, task_id, absent, None, 0, 0, None, _CHANGE[absent])
            elif before is not None and before[0] == signature:
                row = before[1]
            else:
                row = self._read(item.n, task_id)
            known[item.n] = (signature, row)
            rows.append(row)
        with self._lock:
            self._seen[submission.submission_id] = known
            self._seen.move_to_end(submission.submission_id)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return SubmissionView(submission, tuple(rows), _estimate(rows, queue, now), is_closed=closed)

    def task_ids(self, submission: Submission) -> tuple[str, ...]:
        """Return the ids of the tasks of all items, in their order."""
        with self._lock:
            known = self._ids.get(submission.submission_id, {})
        try:
            return tuple(known[item.n] for item in submission.items)
        except KeyError:
            made = {item.n: self._keys.task_id(submission.submission_id, item.n) for item in submission.items}
        with self._lock:
            self._ids[submission.submission_id] = {**known, **made}  # a snapshot has only some of the items
            while len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)
        return tuple(made.values())

    def _signature(self, task_id: str) -> _Signature:
        """Return a signature that changes with a task's record or wishes, from two `stat` calls."""
        task = self._portal.task(task_id)
        try:
            meta = task.meta.stat()
        except FileNotFoundError:
            return _GONE if not task.path.exists() else (0, 0, 0, 1)
        return meta.st_mtime_ns, meta.st_size, meta.st_ino, _changed_at(task.wishes)

    def _read(self, n: int, task_id: str) -> ItemRow:
        try:
            view = self._view(task_id)
        except NotFound:  # it has a wish to delete it
            return ItemRow(n, task_id, ItemStatus.DELETED, None, 0, 0, None, _CHANGE[ItemStatus.DELETED])
        except (CorruptRecord, NotReady):  # being repaired by the poller
            return ItemRow(n, task_id, ItemStatus.QUEUED, None, 0, 0, None, _UNREADABLE)
        return row_of_task(n, view)


def row_of_task(n: int, view: TaskView) -> ItemRow:
    """Return the row of a task, which may belong to no submission."""
    task = view.task
    return ItemRow(
        n=n,
        task_id=task.task_id,
        status=ItemStatus(task.status.value),
        stage=task.current_stage.value if task.current_stage else None,
        progress=task.progress,
        revision=task.revision,
        failure_kind=task.failure_kind.value if task.failure_kind else None,
        change=_FIRST_OF_TASKS + 2 * task.revision + bool(view.wishes),
        made=task.token_nonce,
        earlier_run=0 if task.status is TaskStatus.COMPLETED else good_run(task) or 0,
        started=task.start_time if task.status is TaskStatus.RUNNING else None,
        expires=task.expires_at if task.status.is_final else None,
    )


def _why_absent(*, received: bool, refused: bool, over: bool) -> ItemStatus:
    """Return the state of an item without a task; `over`: it may not be sent any more."""
    if received:
        return ItemStatus.DELETED
    if refused:
        return ItemStatus.REFUSED
    return ItemStatus.LAPSED if over else ItemStatus.AWAITED


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _estimate(rows: list[ItemRow], queue: QueueView, now: datetime) -> datetime | None:
    """Return when the last task may end: rounds of the mean duration up to the last place in the queue.

    None where it would be plainly wrong: nothing starts, or a task has run for longer than several of them should.
    """
    left = [row for row in rows if not row.status.is_final and row.status is not ItemStatus.AWAITED]
    if not left or queue.slots_total < 1 or queue.draining or queue.closed_reason is not None:
        return None
    begun = [row.started for row in left if row.started]
    if begun and queue.mean_duration_s and (now - min(begun)).total_seconds() > _OVERDUE * queue.mean_duration_s + 60:
        return None
    last = max((queue.positions.get(row.task_id, 0) for row in left), default=0)
    rounds = 1 + -(-last // queue.slots_total)
    return after_rounds(queue, rounds, now)
