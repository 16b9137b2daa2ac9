"""The records of the tasks that have not ended, and the only place that saves a record.

A save updates, in this order: the file (and then Redis), the list of figures still to be written to the ledger, the
index, the metrics, and the poller's memory.
"""

from __future__ import annotations

from portal.domain.task import TaskMeta
from portal.files.task_index import TaskIndex
from portal.poller.accounting import Accountant
from portal.poller.metrics import PollerMetrics
from portal.poller.status_report import StatusReport
from portal.ports import TaskStore


class Records:
    """`live` holds the records of tasks that have not ended; `ended` collects ids of ended ones until taken."""

    def __init__(
        self,
        store: TaskStore,
        *,
        accountant: Accountant,
        task_index: TaskIndex,
        metrics: PollerMetrics,
        status_report: StatusReport,
    ) -> None:
        self._store = store
        self._accountant = accountant
        self._task_index = task_index
        self._metrics = metrics
        self._status_report = status_report
        self.live: dict[str, TaskMeta] = {}
        self.ended: list[str] = []

    def get(self, task_id: str) -> TaskMeta:
        """Return the record on the disk; see the store for errors."""
        return self._store.get(task_id)

    def save(self, before: TaskMeta, after: TaskMeta) -> TaskMeta:
        """Save a record if it has changed, and return it.

        Raises:
            StorageFull, StaleWrite, NewerFormat, NotFound: nothing was saved or updated.
        """
        if after is not before:
            self._store.save(after)
        self.remember(after)
        return after

    def remember(self, task: TaskMeta) -> None:
        """Update everything that depends on a record on the disk."""
        self._accountant.watch(task)
        self._task_index.note(task)
        self._metrics.saw(self.live.get(task.task_id), task)
        if not task.status.is_final:
            self.live[task.task_id] = task
        elif self.live.pop(task.task_id, None) is not None:
            self.ended.append(task.task_id)
            self._status_report.ended(task)

    def take_ended(self) -> list[str]:
        """Return the tasks that have ended since the last call."""
        ended, self.ended = self.ended, []
        return ended

    def forget(self, task_id: str) -> None:
        """Drop the state of a task whose folder is gone."""
        self.live.pop(task_id, None)
        self._task_index.drop(task_id)
        self._accountant.forget(task_id)
        self._store.forget(task_id)
