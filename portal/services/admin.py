"""What an operator may do, through the same files as everybody else: records to read, wishes and switches to leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from portal.domain.errors import Conflict, CorruptRecord, NotFound
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.files.wishes import Wish, WishKind, leave_wish, ring
from portal.services.agreement import Finding, compare
from portal.services.audit import note_act
from portal.services.control import Control
from portal.services.ports import Accounts, Scheduler, TaskStore
from portal.services.usage import DayUsage, UsageLedger, sum_by_day
from slurm.errors import SchedulerUnavailable


@dataclass(frozen=True)
class Listing:
    """Tasks, newest first, and the ids of those whose record cannot be read."""

    tasks: tuple[TaskMeta, ...]
    damaged: tuple[str, ...]


class AdminService:
    """`by` is the operator's name; it stands in the audit log."""

    def __init__(self, portal: PortalDir, store: TaskStore, *, by: str) -> None:
        self.portal = portal
        self._store = store
        self._by = by

    # -- looking

    def tasks(self, *, status: TaskStatus | None = None, since: datetime | None = None) -> Listing:
        """Return the tasks of a status, submitted since a moment."""
        found, damaged = [], []
        for task_id in self.portal.task_ids():
            try:
                task = self._store.get(task_id)
            except CorruptRecord:
                damaged.append(task_id)
                continue
            except NotFound:
                continue
            if (status is None or task.status is status) and (since is None or task.submission_time >= since):
                found.append(task)
        found.sort(key=lambda task: (task.submission_time, task.task_id), reverse=True)
        return Listing(tuple(found), tuple(damaged))

    def task(self, task_id: str) -> TaskMeta:
        """Return one task; raise NotFound or CorruptRecord."""
        return self._store.get(task_id)

    def usage(self, *, since: date | None = None) -> list[DayUsage]:
        """Return what was used, summed by day."""
        return sum_by_day(UsageLedger(self.portal).lines(since=since))

    def compare(self, scheduler: Scheduler, *, since: datetime) -> list[Finding]:
        """Return where records and cluster differ.

        Raises:
            Conflict: there is no accounting to compare with.
            SchedulerUnavailable: queue or accounts do not answer.
        """
        if not isinstance(scheduler, Accounts):
            raise Conflict(f"The executor {scheduler.kind} keeps no accounts to compare the records with.")
        snapshot = scheduler.snapshot({})
        if not snapshot.known:
            raise SchedulerUnavailable("; ".join(snapshot.alarms) or "the scheduler does not answer")
        history = scheduler.history(since)
        # The records are read last: what the poller wrote meanwhile is newer than the answers, never older.
        tasks = self.tasks().tasks
        seen = {info.job_id for infos in snapshot.jobs.values() for info in infos if not info.state.is_over}
        live = [info for infos in snapshot.jobs.values() for info in infos if info.job_id in seen]
        ledger = UsageLedger(self.portal)
        return compare(
            tasks,
            [*(info for info in history if info.job_id not in seen), *live],
            since=since,
            now=datetime.now(UTC),
            adopted=frozenset(self._adopted(tasks)),
            ours=frozenset(line.task_id for line in ledger.lines()),
        )

    def _adopted(self, tasks: tuple[TaskMeta, ...]) -> Iterator[str]:
        for task in tasks:
            for attempt in task.attempts:
                folder = self.portal.task(task.task_id).attempt(attempt.number)
                for job in attempt.jobs:
                    if folder.job(job.stages[0]).adopted.exists():
                        yield job.name

    # -- acting

    def cancel(self, task_id: str) -> None:
        """Ask for the end of a task; raise NotFound, or Conflict where it has ended."""
        task = self._store.get(task_id)
        if task.status.is_final:
            raise Conflict(f"The task has ended already ({task.status}).")
        self._wish(task, WishKind.CANCEL)

    def retry(self, task_id: str) -> None:
        """Ask for another attempt as it was; raise NotFound, or Conflict where it has not ended."""
        task = self._store.get(task_id)
        if not task.status.is_final:
            raise Conflict("The task has not ended yet.")
        self._wish(task, WishKind.RETRY)

    def _wish(self, task: TaskMeta, kind: WishKind) -> None:
        note_act(self.portal, by=self._by, action=kind.value, task_id=task.task_id, status=task.status.value)
        leave_wish(self.portal, task.task_id, Wish(kind, "admin", len(task.attempts)))

    def drain(self, notice: str = "") -> None:
        """Start nothing new; what runs goes on."""
        self._switch(Control(draining=True, notice=notice))

    def resume(self) -> None:
        """Start waiting tasks again."""
        self._switch(Control())

    def _switch(self, control: Control) -> None:
        action = "drain" if control.draining else "resume"
        note_act(self.portal, by=self._by, action=action, notice=control.notice)
        control.write(self.portal)
        ring(self.portal, "control")
