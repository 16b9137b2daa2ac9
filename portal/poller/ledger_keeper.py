"""Write the usage of ended attempts to the ledger, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.domain.task import TaskMeta
from portal.poller.accounting import Accountant
from portal.poller.known_tasks import KnownTasks
from portal.poller.metrics import PollerMetrics
from portal.poller.records import Records
from portal.poller.task_guard import TaskGuard
from slurm.types import Snapshot

# Each costs a record and a line; if the ledger was lost, all tasks are due at once.
_ACCOUNTS_PER_CYCLE = 500


class LedgerKeeper:
    """Closes the accounts of attempts, each once."""

    def __init__(
        self,
        tasks: KnownTasks,
        records: Records,
        accountant: Accountant,
        metrics: PollerMetrics,
        *,
        guard: TaskGuard,
        now: Callable[[], datetime],
    ) -> None:
        self._tasks = tasks
        self._records = records
        self._accountant = accountant
        self._metrics = metrics
        self._guard = guard
        self._now = now

    def close_all(self, snapshot: Snapshot) -> None:
        """Close the accounts for which the figures are there by now, so many per cycle."""
        for task_id in self._accountant.ready(snapshot)[:_ACCOUNTS_PER_CYCLE]:
            task = self._tasks.live.get(task_id) or self._tasks.load(task_id)
            if task is None:
                self._accountant.forget(task_id)
            else:
                self._guard(task, self.close)

    def close(self, task: TaskMeta, *, at_once: bool = False) -> bool:
        """Close the accounts of a task's ended attempts; `at_once` without waiting for the cluster's figures."""
        after, lines = self._accountant.figures(task, self._now(), at_once=at_once)
        self._records.save(task, after)
        for line in lines:
            self._accountant.ledger.write(line)
            self._metrics.used(line.core_s)
        self._accountant.watch(after)
        return True
