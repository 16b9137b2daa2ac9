"""See to users' and operators' wishes: cancel, retry, delete.

A deletion that can still be undone ends the task's jobs at once, and removes the files when it is due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.domain.logs import carrying_request_id
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.files.wishes import Wish, WishKind, drop_wish, is_withdrawn, read_wishes
from portal.poller.apply import StepApplier
from portal.poller.janitor import Janitor
from portal.poller.known_tasks import KnownTasks
from portal.poller.ledger_keeper import LedgerKeeper
from portal.poller.observe import observe
from portal.poller.task_guard import TaskGuard


class WishGranter:
    """Handles the wishes in a task's folder; one that cannot be handled yet stays there."""

    def __init__(
        self,
        portal: PortalDir,
        tasks: KnownTasks,
        applier: StepApplier,
        janitor: Janitor,
        ledger: LedgerKeeper,
        *,
        guard: TaskGuard,
        now: Callable[[], datetime],
    ) -> None:
        self._portal = portal
        self._tasks = tasks
        self._applier = applier
        self._janitor = janitor
        self._ledger = ledger
        self._guard = guard
        self._now = now
        self._waiting: dict[str, Wish] = {}

    def are_there(self, task_id: str) -> bool:
        """Tell whether a task has wishes."""
        return bool(read_wishes(self._portal.task(task_id)))

    def due(self) -> list[str]:
        """Return the tasks whose deletion can no longer be undone; each only once."""
        found = [task_id for task_id, wish in self._waiting.items() if wish.is_due(self._now())]
        for task_id in found:
            del self._waiting[task_id]
        return found

    def see_to(self, task_id: str) -> None:
        """Grant a task's wishes, and remove them from its folder."""
        folder = self._portal.task(task_id)
        wishes = read_wishes(folder)
        if is_withdrawn(wishes):
            # The retry goes first: a cancel that is left alone does nothing, a retry would begin.
            drop_wish(folder, WishKind.RETRY)
            wishes = tuple(wish for wish in wishes if wish.kind is not WishKind.RETRY)
        for wish in wishes:
            task = self._tasks.live.get(task_id) or self._tasks.load(task_id)
            if task is None or not self._guard(task, lambda task, wish=wish: self._grant(task, wish)):  # type: ignore[misc]
                return
            if wish.kind is WishKind.DELETE:
                return  # whatever else is wished for waits for an undo
            drop_wish(folder, wish.kind)

    def _grant(self, task: TaskMeta, wish: Wish) -> bool:
        with carrying_request_id(wish.request_id or task.request_id):
            now = self._now()
            if wish.kind is WishKind.CANCEL and wish.attempt == len(task.attempts):
                self._cancel(task, wish.by)
            elif wish.kind is WishKind.RETRY and wish.attempt == len(task.attempts) and task.status.is_final:
                self._applier.reopen(task, wish, now)
            elif wish.kind is WishKind.DELETE:
                self._remove(task, wish)
        return True

    def _cancel(self, task: TaskMeta, by: str) -> TaskMeta:
        return self._applier.cancel(task, observe(self._portal.task(task.task_id), task), by, self._now())

    def _remove(self, task: TaskMeta, wish: Wish) -> None:
        """Cancel running jobs, and remove the folder once they have ended and it is due; else keep the wish."""
        if not task.status.is_final:
            task = self._cancel(task, wish.by)
        if not wish.is_due(self._now()):
            self._waiting[task.task_id] = wish
        elif task.status.is_final:
            self._ledger.close(task, at_once=True)
            self._janitor.erase_traces(task)
            self._janitor.discard(task.task_id)
            self._tasks.forget(task.task_id)
