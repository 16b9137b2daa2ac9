"""The operator's use cases, through the same files as everyone else: read records, leave wishes, set switches."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from portal.domain.errors import Conflict, NotFound, Unreadable
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta, status_word
from portal.files.atomic import fsync_folder, write_bytes
from portal.files.audit import note_act
from portal.files.bells import ring
from portal.files.heartbeat import GateState, HeartbeatReader, closed_gate
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, leave_mark
from portal.files.switches import Control
from portal.files.task_index import TaskIndexReader
from portal.files.taskdir import PortalDir
from portal.files.usage import DayUsage, UsageLedger, sum_by_day
from portal.files.usage_by_submitter import SubmitterUsage, sum_by_submitter, used_by
from portal.files.wishes import Wish, WishKind, leave_wish
from portal.ports import TaskStore
from portal.services.retries import leave_retry, require_no_other_retry
from slurm.output import stderr_path, stderr_tail


@dataclass(frozen=True)
class Listing:
    """Tasks, newest first, the ids of those whose record cannot be read, and how many more there are."""

    tasks: tuple[TaskMeta, ...]
    damaged: tuple[str, ...]
    more: int = 0


class AdminService:
    """`by` is the operator's name, `address` where they sit, where that is known; both stand in the audit log."""

    def __init__(self, portal: PortalDir, store: TaskStore, *, by: str, address: str = "") -> None:
        self.portal = portal
        self._store = store
        self.by = by
        self._heartbeat = HeartbeatReader(portal)
        self._address = address

    def at(self, address: str, *, by: str = "") -> AdminService:
        """Return the same for an operator who sits at an address, and whose name is known if `by` is given."""
        return AdminService(self.portal, self._store, by=by or self.by, address=address)

    # -- queries

    def tasks(self, *, status: TaskStatus | None = None, since: datetime | None = None) -> Listing:
        """Return the tasks with a status that were submitted since a moment."""
        found, damaged = [], []
        for task_id in self.portal.task_ids():
            try:
                task = self._store.get(task_id)
            except Unreadable:
                damaged.append(task_id)
                continue
            except NotFound:
                continue
            if (status is None or task.status is status) and (since is None or task.submission_time >= since):
                found.append(task)
        found.sort(key=lambda task: (task.submission_time, task.task_id), reverse=True)
        return Listing(tuple(found), tuple(damaged))

    def newest(
        self, limit: int, *, status: TaskStatus | None = None, since: datetime | None = None, submitter: str = ""
    ) -> Listing:
        """Return the newest tasks, at most `limit`: their records are opened, the others counted in the index.

        A task that the index does not have, since the poller has not seen it or its record is damaged, is opened.
        """
        on_disk = set(self.portal.task_ids())
        rows = {row.task_id: row for row in TaskIndexReader(self.portal).rows() if row.task_id in on_disk}
        earliest = "" if since is None else since.astimezone(UTC).isoformat(timespec="seconds")
        listed = [
            row.task_id
            for row in sorted(rows.values(), reverse=True)
            if (status is None or row.status == status.value) and row.submitted >= earliest
        ]
        found: list[TaskMeta] = []
        damaged = []
        unlisted = sorted(on_disk - rows.keys())
        more = 0
        for place, task_id in enumerate([*unlisted, *listed]):
            if len(found) >= limit and not submitter and place >= len(unlisted):
                more = len(unlisted) + len(listed) - place
                break
            try:
                task = self._store.get(task_id)
            except Unreadable:
                damaged.append(task_id)
                continue
            except NotFound:
                continue
            wanted = task.submitter.startswith(submitter) and (status is None or task.status is status)
            if wanted and (since is None or task.submission_time >= since):
                found.append(task)
        found.sort(key=lambda task: (task.submission_time, task.task_id), reverse=True)
        return Listing(tuple(found[:limit]), tuple(damaged), more + max(0, len(found) - limit))

    def task(self, task_id: str) -> TaskMeta:
        """Return one task; raise NotFound or Unreadable."""
        return self._store.get(task_id)

    def why_not_begun(self, task: TaskMeta) -> str | None:
        """Return what prevents a waiting task's first job: an operator's switch or the scheduler."""
        if task.status.is_final or task.is_active:
            return None
        if Control.read_or_hold(self.portal)[0].draining:
            return "draining"
        gate = self.gate()
        return gate.reason if gate else None

    def gate(self) -> GateState | None:
        """Return why nothing is submitted at the moment; None if jobs are submitted."""
        return closed_gate(self._heartbeat.read())

    def alarms(self) -> tuple[Message, ...]:
        """Return the poller's alarms."""
        beat = self._heartbeat.read()
        return beat.alarms if beat else ()

    def usage(self, *, since: date | None = None) -> list[DayUsage]:
        """Return the usage, summed by day."""
        return sum_by_day(UsageLedger(self.portal).lines(since=since))

    def usage_by_submitter(self, *, since: date, until: date | None = None) -> list[SubmitterUsage]:
        """Return the usage from one day to another (inclusive), summed by submitter."""
        lines = UsageLedger(self.portal).lines(since=since)
        return sum_by_submitter([used_by(line for line in lines if until is None or line.day <= until.isoformat())])

    def job_output(self, task: TaskMeta, attempt: Attempt, job: JobRecord) -> dict[str, str]:
        """Return the path and the last lines of a job's stderr; both empty if there is none."""
        own = self.portal.task(task.task_id).attempt(attempt.number).job(job.stages[0])
        folder = (self.portal.pack(job.pack) if job.pack else own).path
        path = stderr_path(folder, job.job_id) if job.job_id else None
        return {"path": str(path or ""), "tail": stderr_tail(folder, job.job_id or "") if path else ""}

    def switches(self) -> Control:
        """Return the operator's present switches."""
        return Control.read(self.portal)

    # -- acting

    def cancel(self, task_id: str) -> None:
        """Request cancellation of a task; raise NotFound, or Conflict if it has ended."""
        task = self._store.get(task_id)
        if task.status.is_final:
            raise Conflict(Message("task.has_ended", status=status_word(task.status)))
        self._wish(task, WishKind.CANCEL)

    def retry(self, task_id: str) -> None:
        """Request another attempt with the same parameters.

        Raises:
            NotFound: there is no such task.
            Conflict: it has not ended, or a run with other settings was accepted and has not begun.
        """
        task = self._store.get(task_id)
        if not task.status.is_final:
            raise Conflict(Message("task.not_ended"))
        wish = Wish(WishKind.RETRY, "admin", len(task.attempts))
        require_no_other_retry(self.portal, task, wish)
        self.note(wish.kind.value, task_id=task.task_id, status=task.status.value)
        leave_retry(self.portal, task, wish)

    def delete(self, task_id: str) -> None:
        """Request removal of a task with all its files; running jobs are cancelled first. Raise NotFound."""
        self._wish(self._store.get(task_id), WishKind.DELETE)

    def is_kept(self, task_id: str) -> bool:
        """Tell whether a task is exempt from retention."""
        return os.path.lexists(self.portal.task(task_id).kept)

    def keep(self, task_id: str, *, kept: bool) -> bool:
        """Exempt a task from retention, or end that; return whether anything changed. Raise NotFound."""
        task = self._store.get(task_id)
        mark = self.portal.task(task_id).kept
        if os.path.lexists(mark) is kept:
            return False
        self.note("keep" if kept else "end keeping", task_id=task_id, status=task.status.value)
        if kept:
            with_reserve(mark, lambda: write_bytes(mark, b""))
        else:
            discard(mark)
            fsync_folder(mark.parent)
        return True

    def _wish(self, task: TaskMeta, kind: WishKind) -> None:
        self.note(kind.value, task_id=task.task_id, status=task.status.value)
        leave_wish(self.portal, task.task_id, Wish(kind, "admin", len(task.attempts)))

    def drain(self, notice: str = "") -> None:
        """Start nothing new; running tasks continue. A given notice replaces the present one."""
        control = Control.read(self.portal)
        self._switch("drain", replace(control, draining=True, notice=notice or control.notice))

    def resume(self, *, keep_notice: bool = False) -> None:
        """Start waiting tasks again and remove the notice, unless it is to be kept."""
        control = replace(Control.read(self.portal), draining=False)
        self._switch("resume", control if keep_notice else replace(control, notice="", notice_zh=""))

    def set_slots(self, number: int | None, *, until: datetime | None = None) -> None:
        """Limit the tasks on the cluster, until a time or permanently; None restores the setting."""
        control = replace(Control.read(self.portal), slots=number, slots_until=until)
        number_text = "usual" if number is None else str(number)
        self.note("slots", slots=f"{number_text} until {until.isoformat(timespec='seconds')}" if until else number_text)
        control.write(self.portal)
        ring(self.portal, "control")

    def set_notice(self, english: str, chinese: str) -> None:
        """Show a notice on every page; two empty texts remove it."""
        control = replace(Control.read(self.portal), notice=english, notice_zh=chinese)
        self._switch("notice" if english or chinese else "clear notice", control)

    def _switch(self, action: str, control: Control) -> None:
        self.note(action, notice=control.notice, notice_zh=control.notice_zh)
        control.write(self.portal)
        ring(self.portal, "control")

    def ask_for_consistency_check(self) -> None:
        """Ask the poller to compare records and cluster; see `portal.files.consistency`."""
        leave_mark(self.portal.consistency_wish)
        ring(self.portal, "consistency")

    def note(self, action: str, **details: str) -> None:
        """Log an action in the audit log; details without a value are left out."""
        fields = {name: value for name, value in {"address": self._address, **details}.items() if value}
        note_act(self.portal, by=self.by, action=action, **fields)
