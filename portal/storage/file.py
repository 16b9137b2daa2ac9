"""The authoritative records: one task_meta.json per task."""

from __future__ import annotations

from pathlib import Path

from portal.domain.errors import NotFound, StaleWrite
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.files.document import LIMIT_BYTES, write_document
from portal.files.safe_open import read_bytes
from portal.files.taskdir import PortalDir
from portal.storage.codec import decode
from portal.storage.remembered import RememberedRecords


def _read(path: Path) -> TaskMeta:
    return decode(read_bytes(path, limit_bytes=LIMIT_BYTES))


class FileTaskStore:
    """TaskStore on the shared disk; writes are atomic and durable."""

    def __init__(self, portal: PortalDir, *, remember: int = 0) -> None:
        """Use this folder; `remember` that many records in memory (`remembered`), for a process that does not write."""
        self._portal = portal
        self._remembered = RememberedRecords(remember) if remember else None

    def get(self, task_id: str) -> TaskMeta:
        """Return the record.

        Raises:
            NotFound: there is no such task.
            CorruptRecord: the file is damaged.
            NewerFormat: a newer version wrote it.
        """
        path = self._portal.task(task_id).meta
        try:
            if self._remembered is None:
                return _read(path)
            return self._remembered.get(path) or self._remembered.read(path, _read)
        except FileNotFoundError as error:
            raise NotFound(Message("task.unknown")) from error

    def remembered(self, task_id: str) -> TaskMeta | None:
        """Return the record if it is in memory and its file has not changed."""
        return None if self._remembered is None else self._remembered.get(self._portal.task(task_id).meta)

    def save(self, task: TaskMeta) -> None:
        """Replace the record with a newer revision.

        Raises:
            NotFound: the task's folder is gone.
            StaleWrite: the record on disk has this revision or a newer one.
            StorageFull: no room; the old record is intact.
        """
        current = self.get(task.task_id)
        if current.revision >= task.revision:
            raise StaleWrite(
                Message("record.stale", task_id=task.task_id, revision=task.revision, current=current.revision)
            )
        write_document(self._portal.task(task.task_id).meta, task)

    def forget(self, task_id: str) -> None:
        """Do nothing: the janitor removes the folder of a removed task."""
