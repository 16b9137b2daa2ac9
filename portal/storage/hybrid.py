"""Records in a file and a cache: write the file first, then Redis; read memory, Redis, then the file.

A process that remembers records (the web process) needs neither for a file that has not changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from portal.domain.task import TaskMeta
from portal.storage.file import FileTaskStore
from portal.storage.redis import RedisTaskCache


class HybridTaskStore:
    """TaskStore whose file is authoritative and whose cache may be unavailable at any moment."""

    def __init__(
        self, files: FileTaskStore, cache: RedisTaskCache, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._files = files
        self._cache = cache
        self._clock = clock

    def get(self, task_id: str) -> TaskMeta:
        """Return the record, at most a few seconds old; see FileTaskStore.get for errors."""
        cached = self._files.remembered(task_id) or self._cache.get(task_id)
        if cached is not None:
            return cached
        read_at = self._clock()
        task = self._files.get(task_id)
        self._cache.put(task, age_s=self._clock() - read_at)
        return task

    def remembered(self, task_id: str) -> TaskMeta | None:
        """Return the record if it is in this process's memory and its file has not changed."""
        return self._files.remembered(task_id)

    def save(self, task: TaskMeta) -> None:
        """Write the file, and only then the cache. See FileTaskStore.save for errors."""
        self._files.save(task)
        self._cache.put(task)

    def forget(self, task_id: str) -> None:
        """Drop the cached entry of a removed task."""
        self._cache.forget(task_id)


class WriterTaskStore(HybridTaskStore):
    """The same for the only writer, which reads the file alone: a cached entry may be seconds old."""

    def get(self, task_id: str) -> TaskMeta:
        """Return the record from the file; see FileTaskStore.get for errors."""
        return self._files.get(task_id)
