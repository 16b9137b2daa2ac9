"""Clean up: remove expired results, deleted tasks, and uploads whose process is gone.

Removal because of age waits while the clock is in doubt (`portal.poller.timekeeper`). Items are removed independently:
one that cannot be removed is counted and named, and does not keep the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Container
from datetime import datetime, timedelta
from pathlib import Path

from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.files.process_identity import Life, life_by_file_name
from portal.files.reserve import fill_reserve
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.files.withdrawn import WithdrawnSubmissions
from portal.poller.erasure import Erasure
from portal.poller.forgotten_entries import ForgottenEntries
from portal.poller.forgotten_packs import ForgottenPacks
from portal.poller.forgotten_submissions import ForgottenSubmissions
from portal.poller.retention import Retention
from portal.poller.trash import Failures, Trash, remove_tree, stays_in_trash
from portal.ports import TaskStore

log = logging.getLogger(__name__)

# For an upload whose process may be on another machine: the web process itself gives up much earlier.
_LONGEST_PAUSE_S = 6 * 3600
# A comparison can be made again in seconds; with the sweeps to come, it is gone an hour after one of its tasks.
_KEEP_COMPARISON_S = 1800
_SIDE_WORK_EVERY = 20  # sweeps


def _stays(count: int, names: str, reason: Message) -> Message:
    return Message("retention.failed", count=count, names=names, reason=reason)


class Janitor:
    """Cleans up in small steps, so that a cycle stays short whatever is on the disk.

    `kept` is how long tasks are kept after their end, `trash_time` how long they can then still be restored, unless
    less than `floor_bytes` is free on the disk. `failed` is called for each item that could not be removed, `seen` for
    each ended task that a sweep looks at.
    """

    def __init__(
        self,
        portal: PortalDir,
        store: TaskStore,
        *,
        kept: timedelta = timedelta(days=30),
        seen: Callable[[TaskMeta], None] = lambda _: None,
        trash_time: timedelta = timedelta(0),
        floor_bytes: int = 0,
        clock: Callable[[], float] = time.time,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._portal = portal
        self._retention = Retention(portal, store, kept=kept, seen=seen)
        self._trash = Trash(portal, keeps=trash_time, floor_bytes=floor_bytes, clock=clock, failed=failed)
        self._packs = ForgottenPacks(portal, clock=clock)
        self._submissions = ForgottenSubmissions(portal, store, keeps_s=trash_time.total_seconds(), clock=clock)
        self._withdrawn = WithdrawnSubmissions(portal)
        self._folders = SubmissionFolders(portal)
        self._entries = ForgottenEntries(portal, clock=clock)
        self._floor_bytes = floor_bytes
        self._clock = clock
        self._sweeps = 0
        self._tasks = Failures(_stays, failed)
        self._others = Failures(stays_in_trash, failed)
        self._erasure = Erasure(portal, self._others.guarded)

    @property
    def concerns(self) -> tuple[Message, ...]:
        """Problems for the operator: clean-up that has stopped, and items that cannot be removed."""
        return (
            *self._retention.concerns, *self._tasks.concerns, *self._trash.concerns, *self._others.concerns,
        )  # fmt: skip

    def sweep(
        self,
        known: Collection[str],
        live: Container[str],
        now: datetime,
        forget: Callable[[str], None],
        *,
        doubt: Message | None = None,
    ) -> None:
        """Check the next few ended tasks and remove those that have expired; empty the trash.

        `doubt` is why the clock is not trusted: then only what needs no clock is removed.
        """
        by_age = doubt is None
        if self._sweeps % _SIDE_WORK_EVERY == 0:
            self._others.guarded("incoming", lambda: self._drop_dead_uploads(by_age=by_age))
            if by_age:
                self._others.guarded("compare", self._drop_old_comparisons)
                self._others.guarded("submissions", lambda: self._drop_forgotten_submissions(known, now))
                for path in self._packs.find(known):
                    self._others.guarded(path.name, lambda path=path: remove_tree(path))  # type: ignore[misc]
            self._others.guarded("browsers", self._entries.tidy)
            self._erasure.again()
        self._sweeps += 1
        self._others.guarded("withdrawn", lambda: self._drop_withdrawn(now))
        if by_age:
            for task_id in self._retention.due(known, live, now):
                self._expire(task_id, forget)
        else:
            self._retention.start_over()
        self._others.guarded("trash", lambda: self._trash.empty(by_age=by_age))

    def keep_reserve(self) -> None:
        """Refill the reserve that was used on a full disk, once there is room again."""
        try:
            fill_reserve(self._portal.own, self._floor_bytes)
        except OSError as error:
            log.warning("the reserve for a full disk cannot be made at the moment: %s", error)

    def _expire(self, task_id: str, forget: Callable[[str], None]) -> None:
        path = self._portal.task(task_id).path
        if self._tasks.guarded(task_id, lambda: self._trash.take(path, task_id, expired=True)):
            log.info("task %s: its results have expired and were taken away", task_id)
            forget(task_id)

    def erase_traces(self, task: TaskMeta) -> None:
        """Erase what a task that is being deleted leaves outside its folder."""
        self._erasure.erase(task, remove_tree)

    def discard(self, task_id: str) -> None:
        """Move a task to the trash in one step; its files are removed afterwards."""
        self._trash.take(self._portal.task(task_id).path, task_id)

    def _drop_dead_uploads(self, *, by_age: bool) -> None:
        for folder in self._portal.incoming.iterdir():
            life = life_by_file_name(folder.name)
            idle = by_age and life is Life.UNKNOWN and self._idle_s(folder) > _LONGEST_PAUSE_S
            if life is Life.DEAD or idle:
                self._others.guarded(folder.name, lambda folder=folder: self._drop_upload(folder))  # type: ignore[misc]

    def _drop_upload(self, folder: Path) -> None:
        """Remove an upload of a process that is gone; first whatever says that an item is to come from it."""
        self._folders.take_back(folder.name)
        remove_tree(folder)

    def _idle_s(self, folder: Path) -> float:
        """Return how long nothing has been written into an upload (s); 0 if that cannot be determined."""
        try:
            seen = [entry.lstat().st_mtime for entry in (folder, *folder.rglob("*"))]
        except OSError:
            return 0.0
        return self._clock() - max(seen)

    def _drop_forgotten_submissions(self, known: Collection[str], now: datetime) -> None:
        for submission_id in self._submissions.find(known, now):
            self._submissions.remove(submission_id)
            log.info("submission %s: none of its tasks is there any more, it was removed", submission_id)

    def _drop_withdrawn(self, now: datetime) -> None:
        for folder in self._withdrawn.over(now):
            self._trash.take(folder, f"submission-{folder.name.partition('~')[0]}")

    def _drop_old_comparisons(self) -> None:
        folder = self._portal.comparisons
        for made in folder.iterdir() if folder.is_dir() else ():
            self._others.guarded(made.name, lambda made=made: self._drop_comparison(made))  # type: ignore[misc]

    def _drop_comparison(self, made: Path) -> None:
        try:
            old = self._clock() - made.lstat().st_mtime > _KEEP_COMPARISON_S
        except FileNotFoundError:
            return
        if old:
            self._trash.take(made, f"compare-{made.name}")
