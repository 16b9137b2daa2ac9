"""The tasks that the poller knows: which are on the disk, which are still to be read, and how a record is read.

A record that cannot be read is rebuilt from the request and the jobs' files; that of a newer version is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound, PortalError
from portal.domain.task import TaskMeta
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.poller.accounting import Accountant
from portal.poller.records import Records
from portal.poller.recovery import rebuild_record
from portal.poller.timekeeper import Timekeeper
from portal.ports import TaskStore

log = logging.getLogger(__name__)


class KnownTasks:
    """`known` are all ids on the disk, `unread` those that have ended by the index, `frozen` a newer version's."""

    def __init__(
        self,
        portal: PortalDir,
        store: TaskStore,
        records: Records,
        *,
        task_index: TaskIndex,
        accountant: Accountant,
        timekeeper: Timekeeper,
        encode: Callable[[TaskMeta], dict[str, Any]],
        decode: Callable[[Mapping[str, Any]], TaskMeta],
    ) -> None:
        self._portal = portal
        self._store = store
        self._records = records
        self._task_index = task_index
        self._accountant = accountant
        self._timekeeper = timekeeper
        self._encode = encode
        self._decode = decode
        self.live = records.live
        self.known: set[str] = set()
        self.unread: dict[str, None] = {}  # in reading order
        self.frozen: set[str] = set()

    @property
    def unclear(self) -> Collection[str]:
        """Tasks of which nothing may be concluded: their jobs are no orphans."""
        return self.frozen | self.unread.keys()

    def expect(self, task_ids: Iterable[str]) -> None:
        """Take over ended tasks from the index; their records are read later."""
        self.unread = dict.fromkeys(task_ids)
        self.known.update(self.unread)

    def discover(self, task_id: str) -> bool:
        """Read the record of a task on the disk; tell whether there is one."""
        self.known.add(task_id)
        self.unread.pop(task_id, None)
        task = self.load(task_id)
        if task is None:
            return False
        if not task.status.is_final:
            self.live[task_id] = task
        self._timekeeper.saw(task.last_synced or task.submission_time)
        self._task_index.note(task)
        self._accountant.watch(task)
        return True

    def load(self, task_id: str) -> TaskMeta | None:
        """Return the record on the disk, or one that is rebuilt; None if there is none at the moment."""
        try:
            return self._store.get(task_id)
        except NotFound as error:
            if not self._portal.task(task_id).request.exists():
                self.known.discard(task_id)
                return None
            log.error("task %s: it has no record (%s)", task_id, error)  # it came with one
        except NewerFormat as error:
            self.freeze(task_id, error)
            return None
        except CorruptRecord as error:
            log.error("task %s: %s", task_id, error)
        except OSError as error:
            log.error("task %s: its record cannot be reached: %s", task_id, error)
            self.known.discard(task_id)  # nothing is decided; the next listing of the folder tries again
            return None
        return self._rebuilt(task_id)

    def _rebuilt(self, task_id: str) -> TaskMeta | None:
        try:
            task = rebuild_record(self._portal, task_id, encode=self._encode, decode=self._decode)
        except (OSError, PortalError) as error:
            log.error("task %s: its record could not be rebuilt yet: %s", task_id, error)
            self.known.discard(task_id)  # the next listing of the folder tries again
            return None
        self._store.forget(task_id)
        return task

    def reload(self, task_id: str) -> None:
        """Read a task's record again, because the one in memory may not be that on the disk."""
        self.live.pop(task_id, None)
        task = self.load(task_id)
        if task is None:
            return
        self._task_index.note(task)
        if not task.status.is_final:
            self.live[task_id] = task

    def freeze(self, task_id: str, error: NewerFormat) -> None:
        """Leave a newer version's task and its jobs alone until a poller of that version starts."""
        if task_id not in self.frozen:
            log.error("task %s is left as it is: %s", task_id, error)
        self.frozen.add(task_id)
        self.live.pop(task_id, None)

    def forget(self, task_id: str) -> None:
        """Drop everything about a task whose folder is gone."""
        self.known.discard(task_id)
        self.unread.pop(task_id, None)
        self.frozen.discard(task_id)
        self._records.forget(task_id)
