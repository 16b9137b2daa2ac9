"""The tasks in order of acceptance, so that lists, filters and counts read one file and no records.

One line per task, and another one whenever its state changes (the last one counts):

    submitted TAB task_id TAB status TAB failure_kind TAB expires TAB filename (as a JSON string: no tab, no line end)

A task with an owner has two more fields: TAB owner (a pseudonym) TAB submission (empty if it is a name in free form).
The first line identifies this build of the file. The status `gone` removes a task. Only the poller writes the file. The
records are authoritative: at a start, the records of tasks that have ended according to this file are read after the
others, and correct it.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import NamedTuple

from portal.domain.errors import CorruptRecord, PortalError
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.atomic import write_bytes
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, open_to_append, open_to_read
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_GONE = "gone"
_ENDED = frozenset(status.value for status in TaskStatus if status.is_final)
_MARK_BYTES = 18  # of the first line
_FIELDS = 6
_FIELDS_WITH_OWNER = 8
_LIMIT_BYTES = 1 << 30  # a million tasks need a tenth of that
# The file is rebuilt when superseded lines outnumber the tasks by more than this.
_SPARE_LINES = 5000
# And this long (s) after a task has gone: its earlier lines hold its file name.
_TIDY_AFTER_S = 1800.0


class TaskIndexRow(NamedTuple):
    """A task's row in a list; times in ISO 8601 (UTC), to the second. Missing values are empty."""

    submitted: str
    task_id: str
    status: str
    failure_kind: str
    expires: str
    filename: str
    owner: str = ""
    submission: str = ""

    @classmethod
    def of(cls, task: TaskMeta) -> TaskIndexRow:
        """Return the row of a record."""
        expires = _time(task.expires_at) if task.expires_at else ""
        return cls(
            _time(task.submission_time),
            task.task_id,
            task.status.value,
            task.failure_kind or "",
            expires,
            task.filename,
            task.owner,
            task.submission if task.owner and is_task_id(task.submission) else "",
        )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _line(row: TaskIndexRow) -> bytes:
    owned = (row.owner, row.submission) if row.owner else ()
    name = json.dumps(row.filename)
    fields = (row.submitted, row.task_id, row.status, row.failure_kind, row.expires, name, *owned)
    return "\t".join(fields).encode("ascii") + b"\n"


def _parse(line: str) -> TaskIndexRow | None:
    fields = line.split("\t")
    if len(fields) not in (_FIELDS, _FIELDS_WITH_OWNER) or not is_task_id(fields[1]):
        return None
    submitted, task_id, status, failure_kind, expires, name, *owned = fields
    if owned and owned[1] and not is_task_id(owned[1]):  # it becomes a path
        return None
    try:
        # Most names need no decoding, and an index may have ten thousand lines.
        filename = name[1:-1] if "\\" not in name else json.loads(name)
    except ValueError:
        return None
    return TaskIndexRow(submitted, task_id, status, failure_kind, expires, filename, *owned)


class TaskIndex:
    """The poller's side: it keeps every row, so that unchanged rows are not written again."""

    def __init__(self, portal: PortalDir, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._portal = portal
        self._path = portal.task_index
        self._clock = clock
        self._gone_since: float | None = None  # when the first task went that the file still names
        self._rows: dict[str, TaskIndexRow] = {}
        self._lines = 0
        self._gathering = True
        self._behind = False

    def recall(self, on_disk: Collection[str]) -> list[str]:
        """Load the rows of ended tasks from the file; return their ids, the newest first.

        `on_disk` are all tasks. A missing or damaged file has no rows, and every record is read instead.
        """
        there = set(on_disk)
        rows = [row for row in TaskIndexReader(self._portal).rows() if row.task_id in there and row.status in _ENDED]
        self._rows.update((row.task_id, row) for row in rows)
        return [row.task_id for row in reversed(rows)]

    def rebuild(self) -> None:
        """Rebuild the file from everything added so far; from now on each addition is written at once."""
        self._gathering = False
        try:
            self._rewrite()
        except (OSError, PortalError) as error:
            self._behind = True  # a full disk; the next line tries again
            log.error("the task index cannot be written at the moment: %s", error)

    def _rewrite(self) -> None:
        ordered = sorted(self._rows.values(), key=lambda row: (row.submitted, row.task_id))
        mark = f"#{secrets.token_hex(8)}\n".encode("ascii")
        data = mark + b"".join(map(_line, ordered))
        if self._path.is_dir() and not self._path.is_symlink():
            discard(self._path)
        with_reserve(self._path, lambda: write_bytes(self._path, data))
        self._lines, self._behind, self._gone_since = len(self._rows), False, None

    def note(self, task: TaskMeta) -> None:
        """Add a record that was read or written."""
        row = TaskIndexRow.of(task)
        if self._rows.get(task.task_id) != row:
            self._rows[task.task_id] = row
            self._write(row)

    def drop(self, task_id: str) -> None:
        """Remove a task that was deleted."""
        row = self._rows.pop(task_id, None)
        if row is not None:
            self._write(TaskIndexRow(row.submitted, task_id, _GONE, "", "", ""))
            if self._gone_since is None:
                self._gone_since = self._clock()

    def tidy(self) -> None:
        """Rebuild the file once half an hour has passed since a task went, so that its file name goes too."""
        if self._gone_since is not None and self._clock() - self._gone_since >= _TIDY_AFTER_S:
            self.rebuild()

    def _write(self, row: TaskIndexRow) -> None:
        """Append a line; if that fails the whole file is due for a rebuild, and no task waits for it."""
        if self._gathering:
            return
        try:
            if self._behind or self._lines > 2 * len(self._rows) + _SPARE_LINES:
                self._rewrite()
                return
            with open(open_to_append(self._path), "ab") as stream:  # noqa: PTH123 - a handle
                stream.write(_line(row))
            self._lines += 1
        except (OSError, PortalError) as error:
            self._behind = True
            log.error("the task index cannot be written at the moment: %s", error)


class TaskIndexReader:
    """The web's side: reads only what was added since the last time, the whole file only after a rebuild."""

    def __init__(self, portal: PortalDir) -> None:
        self._path = portal.task_index
        self._lock = threading.Lock()
        self._rows: dict[str, TaskIndexRow] = {}
        self._mark = b""
        self._read_to = 0

    def rows(self) -> list[TaskIndexRow]:
        """Return a row for each task, the oldest first."""
        with self._lock:
            try:
                self._catch_up()
            except (OSError, CorruptRecord):
                self._rows, self._mark = {}, b""
            return list(self._rows.values())

    def _catch_up(self) -> None:
        with open(open_to_read(self._path), "rb") as stream:  # noqa: PTH123 - a handle
            if os.fstat(stream.fileno()).st_size > _LIMIT_BYTES:
                raise CorruptRecord(Message("record.too_large", name=self._path.name, limit=_LIMIT_BYTES))
            # Not by the inode: a rebuilt file may get the inode number of an earlier one.
            mark = stream.read(_MARK_BYTES)
            if mark != self._mark:
                self._rows, self._mark, self._read_to = {}, mark, 0
            stream.seek(self._read_to)
            data = stream.read()
        whole = data[: data.rfind(b"\n") + 1]  # a line that is still being written is read next time
        self._read_to += len(whole)
        for line in whole.decode("ascii", "replace").splitlines():
            row = _parse(line)
            if row is None:
                continue
            if row.status == _GONE:
                self._rows.pop(row.task_id, None)
            else:
                self._rows[row.task_id] = row
