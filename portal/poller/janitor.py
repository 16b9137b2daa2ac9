"""Take away what has had its time: expired results, deleted tasks, uploads whose process is gone."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Collection, Container
from datetime import datetime
from pathlib import Path

from portal.domain.errors import PortalError
from portal.files.process_identity import Life, life_by_file_name
from portal.files.taskdir import PortalDir
from portal.ports import TaskStore

log = logging.getLogger(__name__)

# Of an upload whose process may be on another machine: the web process itself gives up much earlier.
_LONGEST_PAUSE_S = 6 * 3600
_LOOKS_PER_SWEEP = 200
# A comparison is made again in seconds; what it shows of a deleted task must not stay.
_KEEP_COMPARISON_S = 3600


class Janitor:
    """Clean up in small steps, so that a cycle stays short whatever lies on the disk."""

    def __init__(self, portal: PortalDir, store: TaskStore, *, clock: Callable[[], float] = time.time) -> None:
        self._portal = portal
        self._store = store
        self._clock = clock
        self._round: list[str] = []

    def sweep(self, known: Collection[str], live: Container[str], now: datetime, forget: Callable[[str], None]) -> None:
        """Look at the next few ended tasks and remove those that have expired; empty the trash."""
        if not self._round:
            self._round = sorted(known)
            self._drop_dead_uploads()
            self._drop_old_comparisons()
        for task_id in self._round[:_LOOKS_PER_SWEEP]:
            if task_id not in live and self._expired(task_id, now):
                log.info("task %s: its results have expired and are removed", task_id)
                self.discard(task_id)
                forget(task_id)
        del self._round[:_LOOKS_PER_SWEEP]
        self._empty_trash()

    def _expired(self, task_id: str, now: datetime) -> bool:
        try:
            task = self._store.get(task_id)
        except PortalError:
            return False
        return task.status.is_final and task.expires_at is not None and task.expires_at < now

    def discard(self, task_id: str) -> None:
        """Take a task out of sight in one step; its files go afterwards."""
        try:
            self._portal.task(task_id).path.rename(self._portal.trash / f"{task_id}-{time.time_ns()}")
        except FileNotFoundError:
            log.info("task %s: was gone already", task_id)

    def _empty_trash(self) -> None:
        for folder in self._portal.trash.iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    def _drop_dead_uploads(self) -> None:
        for folder in self._portal.incoming.iterdir():
            life = life_by_file_name(folder.name)
            if life is Life.DEAD or (life is Life.UNKNOWN and self._idle_s(folder) > _LONGEST_PAUSE_S):
                shutil.rmtree(folder, ignore_errors=True)

    def _idle_s(self, folder: Path) -> float:
        """Return for how long nothing has been written into an upload; 0 where that cannot be seen."""
        try:
            seen = [entry.lstat().st_mtime for entry in (folder, *folder.rglob("*"))]
        except OSError:
            return 0.0
        return self._clock() - max(seen)

    def _drop_old_comparisons(self) -> None:
        folder = self._portal.comparisons
        for made in folder.iterdir() if folder.is_dir() else ():
            try:
                if self._clock() - made.stat().st_mtime > _KEEP_COMPARISON_S:
                    made.rename(self._portal.trash / f"compare-{made.name}-{time.time_ns()}")
            except FileNotFoundError:
                continue
