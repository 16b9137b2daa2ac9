"""The users' use cases for tasks: submit, view, cancel, retry, delete, fetch results.

Runs in the web process. It creates tasks and leaves wishes; after creation only the poller writes the record.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from portal.domain.errors import Conflict, CorruptRecord, NewerFormat, NotFound, NotReady
from portal.domain.limits import Limit, LimitRanges
from portal.domain.message import Message
from portal.domain.parameters import read_parameters
from portal.domain.retention import dated
from portal.domain.runs import kept_run, last_good
from portal.domain.status import Lang, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta, error_fields, status_word
from portal.files.heartbeat import HeartbeatReader, QueueView, estimate_start
from portal.files.staging import require_free_space
from portal.files.taskdir import PortalDir
from portal.files.wishes import Wish, WishKind, leave_wish
from portal.ports import TaskStore
from portal.results.alignments import AlignmentsDocument
from portal.results.bioassays import BioassayDocument
from portal.results.candidates import CandidatesDocument
from portal.results.loci import LociDocument
from portal.results.names import (
    ALIGNMENTS_JSON,
    BIOASSAYS_JSON,
    CANDIDATES_JSON,
    LOCI_JSON,
    SCORES_JSON,
    SCREENING_JSON,
    SPECIES_JSON,
    TOXINS_JSON,
)
from portal.results.scores import ScoresDocument, SpeciesDocument
from portal.results.screening import ScreeningDocument
from portal.results.toxins import ToxinsDocument
from portal.services.admission import Admission
from portal.services.answers import ResultFile, TaskView
from portal.services.named_results import NamedResults
from portal.services.results import ResultShelf
from portal.services.retries import leave_retry
from portal.services.secrets import Keyring
from portal.services.shares import Grant, ShareService
from portal.services.snapshots import Snapshots, TaskThen, of_row
from portal.services.submission_keys import Access
from portal.services.submission_progress import ItemRow

log = logging.getLogger(__name__)

# Per task, by whomever they were requested; a user who needs more should contact the operator.
MOST_ATTEMPTS = 20


def _as_asked_for(task: TaskMeta, wishes: tuple[str, ...]) -> TaskMeta:
    """Return an ended task with a retry request in its coming state, so that it does not look ended."""
    if not (task.status.is_final and WishKind.RETRY in wishes):
        return task
    return replace(
        task,
        status=TaskStatus.QUEUED,
        progress=0,
        current_stage=None,
        completion_time=None,
        **error_fields(None),
        failure_kind=None,
        advice=None,
        runs=(*task.runs, kept_run(task)) if task.status is TaskStatus.COMPLETED and task.attempt else task.runs,
    )


def _with_reason(task: TaskMeta, queue: QueueView) -> TaskMeta:
    """Return a task that waits for its first job, with the reason why no jobs are submitted."""
    if task.status.is_final or task.is_active or queue.closed_reason is None:
        return task
    return replace(task, pending_reason=queue.closed_reason)


class TaskService:
    """Use cases of existing tasks; `acceptance` creates them."""

    def __init__(
        self,
        portal: PortalDir,
        store: TaskStore,
        keyring: Keyring,
        admission: Admission,
        *,
        floor_bytes: int,
        slots: int,
        limits: LimitRanges,
        retention: timedelta,
    ) -> None:
        self._portal = portal
        self._store = store
        self.shares = ShareService(portal, keyring)
        self._admission = admission
        self._floor_bytes = floor_bytes
        self._slots = slots
        self.limits = limits
        self._retention = retention
        self._heartbeat = HeartbeatReader(portal)
        self.shelf = ResultShelf(portal)
        self.named = NamedResults(self.shelf)
        self.snapshots = Snapshots(self.shares, self.shelf)

    # -- queries

    def authorize(self, task_id: str, token: str, wanted: Access = Access.OWNER) -> TaskMeta:
        """Return the task if the token is its owner's, or if reading is enough, its read-only one.

        Raises:
            NotFound: no such task, or a wrong token; the answer is the same.
            NotShown: the token is of a snapshot, and the results of then are no longer kept.
        """
        return self._open(task_id, token, wanted)[0]

    def grant(self, task: TaskMeta, token: str) -> Grant | None:
        """Return what a token allows by the task's own tokens and shares; None if it is not one of them."""
        return self.shares.grant(task, token)

    def token(self, task: TaskMeta, access: Access) -> str:
        """Return a standing token of a task; the read-only one may be shared."""
        return self.shares.token(task, access)

    def look(self, task_id: str, token: str) -> TaskView:
        """Return the record with its state in the queue, if the token is valid; see `authorize`."""
        return self._view(*self._open(task_id, token, Access.VIEW))

    def look_at_once(self, task_id: str, token: str) -> TaskView | None:
        """Return the same if the record is in memory and the token is the owner's, or None to call `look`.

        Costs a few calls that name a file and, once per cycle of the poller, reads its status; asks no server. For
        other tokens the list of shares would have to be read, and the use of one noted.

        Raises:
            NotFound: the task is being deleted.
        """
        task = self._store.remembered(task_id)
        if task is None or not self.shares.is_owner(task, token):
            return None
        return self._view(*self._present(task))

    def view(self, task: TaskMeta) -> TaskView:
        """Return the record with its state in the queue; as a snapshot shows a task, nothing of it waits."""
        return TaskView(task) if isinstance(task, TaskThen) else self._view(task, self._wishes(task.task_id))

    def _open(self, task_id: str, token: str, wanted: Access) -> tuple[TaskMeta, tuple[str, ...]]:
        task, wishes = self._get(task_id)
        grant = self.grant(task, token)
        if grant is None or (wanted is Access.OWNER and not grant.is_owner):
            raise NotFound(Message("task.unknown"))
        shown = self.snapshots.task(task, grant)
        return shown, () if isinstance(shown, TaskThen) else wishes

    def record(self, task_id: str) -> TaskMeta:
        """Return the record of a task, for callers that have checked the token themselves.

        Raises:
            NotFound: there is no such task, or it is being deleted.
            NotReady: its record is being repaired.
        """
        return self._get(task_id)[0]

    def record_of(self, row: ItemRow) -> TaskMeta:
        """Return the task of a row; raise as `record` does, NotShown if its run is no longer kept."""
        return of_row(row, self.record(row.task_id))

    def results_of(self, row: ItemRow) -> TaskMeta:
        """Return the record of a row's last completed run, which may be an earlier one; raise as `record_of` does.

        Raises:
            Conflict: none has completed.
        """
        good = last_good(self.record_of(row))
        if good is None:
            raise Conflict(Message("results.not_yet"))
        return good

    def view_of(self, task_id: str) -> TaskView:
        """Return the record of a task with its state in the queue; see `record`."""
        return self._view(*self._get(task_id))

    def _get(self, task_id: str) -> tuple[TaskMeta, tuple[str, ...]]:
        """Return a task without a wish to delete it, and the kinds of its wishes."""
        try:
            task = self._store.get(task_id)
        except CorruptRecord as error:
            raise NotReady(Message("task.being_repaired")) from error
        except NewerFormat as error:
            raise NotReady(Message("task.newer")) from error
        return self._present(task)

    def _present(self, task: TaskMeta) -> tuple[TaskMeta, tuple[str, ...]]:
        wishes = self._wishes(task.task_id)
        if WishKind.DELETE in wishes:
            raise NotFound(Message("task.unknown"))
        return self._dated(task), wishes

    def _dated(self, task: TaskMeta) -> TaskMeta:
        """Return the record with the date of its removal by the present rule; without one if it is exempt."""
        if task.expires_at is not None and os.path.lexists(self._portal.task(task.task_id).kept):
            return replace(task, expires_at=None)
        return dated(task, self._retention)

    def _wishes(self, task_id: str) -> tuple[str, ...]:
        try:
            names = os.listdir(self._portal.task(task_id).wishes)  # noqa: PTH208 - a Path for each name costs more
        except OSError:
            return ()
        return tuple(sorted(kind for kind in WishKind if f"{kind}.json" in names)) if names else ()

    def _view(self, task: TaskMeta, wishes: tuple[str, ...]) -> TaskView:
        if task.status.is_final and {WishKind.CANCEL, WishKind.RETRY} <= set(wishes):
            wishes = ()  # the retry is withdrawn: nothing will happen
        queue = self.queue()
        position = queue.positions.get(task.task_id) if task.status in (TaskStatus.PENDING, TaskStatus.QUEUED) else None
        now = datetime.now(UTC)
        starts = [job.start_estimate for job in (task.attempt.jobs if task.attempt else ()) if job.start_estimate]
        # A plan whose time has passed without a start is refuted.
        estimate = starts[0] if starts and starts[0] > now and task.status is TaskStatus.QUEUED else None
        if position is not None and not starts:
            estimate = estimate_start(queue, position, now)
        return TaskView(_with_reason(_as_asked_for(task, wishes), queue), position, estimate, wishes)

    def queue(self) -> QueueView:
        """Return the queue as the poller last saw it."""
        return self._heartbeat.queue(self._slots)

    def log(self, task: TaskMeta, stage: PipelineStage, *, limit_bytes: int = 65536) -> str:
        """Return the tail of a stage's log in the current attempt; empty if it has not begun."""
        return self.shelf.log(task, stage, limit_bytes=limit_bytes)

    def adjustable_limits(self) -> tuple[Limit, ...]:
        """Return the limits that may be chosen for a retry; memory only with SLURM, which enforces it."""
        beat = self._heartbeat.read()
        on_cluster = beat is not None and beat.scheduler.kind == "slurm"
        return tuple(
            limit for limit in self.limits if limit.has_room(limit.usual) and (on_cluster or limit.name != "memory_gb")
        )

    # -- wishes

    def cancel(self, task: TaskMeta, *, by: str = "user") -> TaskView:
        """Request cancellation of a task, or withdraw a retry that has not begun; a repeated request is no error.

        Raises:
            Conflict: it has already ended in another way.
        """
        if task.status.is_final:
            if WishKind.RETRY in self._wishes(task.task_id):
                self._wish(task, WishKind.CANCEL, by, attempt=len(task.attempts) + 1)
                return self.view(task)
            if task.failure_kind == "cancelled":
                return self.view(task)
            raise Conflict(Message("task.nothing_to_cancel", status=status_word(task.status)))
        self._wish(task, WishKind.CANCEL, by)
        return self.view(task)

    def retry(
        self,
        task: TaskMeta,
        *,
        parameters: Mapping[str, Any] | None = None,
        lang: Lang | None = None,
        limits: Mapping[str, Any] | None = None,
        by: str = "user",
    ) -> TaskView:
        """Request another attempt, with new parameters and limits if they are given.

        Raises:
            Conflict: the task has not ended, has used all its attempts, a retry was withdrawn a moment ago, or one
                with other settings was accepted and has not begun.
            InvalidRequest: a parameter is wrong, or a limit is out of range.
            TooManyRequests, StorageFull: there is no room for it, as for a new task.
        """
        wishes = self._wishes(task.task_id)
        if not task.status.is_final:
            raise Conflict(Message("task.cancel_first"))
        if WishKind.CANCEL in wishes:
            raise Conflict(Message("task.being_cancelled"))
        if len(task.attempts) >= MOST_ATTEMPTS:
            raise Conflict(Message("task.too_many_attempts", limit=MOST_ATTEMPTS))
        chosen = read_parameters({**task.parameters, **(parameters or {})})
        allowed = self.limits.read({**self.limits.within(task.limits), **(limits or {})})
        if WishKind.RETRY not in wishes:
            require_free_space(self._portal.own, self._floor_bytes)
            self._admission.enter_again(task.submitter, task.task_id)
        wish = Wish(
            WishKind.RETRY, by, len(task.attempts), parameters=chosen, lang=lang or task.lang, limits=dict(allowed)
        )
        log.info("task %s: %s asked for by %s", task.task_id, wish.kind, by)
        leave_retry(self._portal, task, wish)
        self._require_not_overtaken(task, wish)
        return self.view(task)

    def _require_not_overtaken(self, task: TaskMeta, wish: Wish) -> None:
        """Raise Conflict if another retry began since the record was read: then this one is dropped by the poller."""
        present = self._get(task.task_id)[0]
        began = (present.parameters, present.lang, present.limits)
        if len(present.attempts) > wish.attempt and began != (wish.parameters, wish.lang, wish.limits):
            raise Conflict(Message("task.cancel_first"))

    def delete(self, task: TaskMeta, *, by: str = "user", due: datetime | None = None) -> None:
        """Request removal of a task and its files; from now on the task is unknown to clients.

        Its jobs end at once; its files are removed when it is `due`, until when it can be brought back (`undo`).
        """
        self._wish(task, WishKind.DELETE, by, due=due)
        self._store.forget(task.task_id)

    def _wish(self, task: TaskMeta, kind: WishKind, by: str, *, attempt: int | None = None, **more: Any) -> None:
        log.info("task %s: %s asked for by %s", task.task_id, kind, by)
        leave_wish(
            self._portal, task.task_id, Wish(kind, by, len(task.attempts) if attempt is None else attempt, **more)
        )

    # -- results

    def results(self, task: TaskMeta) -> list[ResultFile]:
        """Return the result files; raise Conflict while the task has none."""
        return self.shelf.files(task)

    def open_result(self, task: TaskMeta, name: str, called: str = "") -> tuple[ResultFile, BinaryIO]:
        """Return one result file by its name, opened; raise NotFound, Conflict or NotReady.

        `called` is the name that the owner has given the strain, if any: report and bundle are delivered under it.
        """
        file = self.shelf.find(task, name)
        return self.named.named(task, file, called), self.named.open(task, file, called)

    def open_bundle(self, task: TaskMeta, called: str = "") -> tuple[ResultFile, BinaryIO]:
        """Return the ZIP of a completed task, opened, see `open_result`; raise Conflict while there is none."""
        file = self.shelf.find_bundle(task)
        return self.named.named(task, file, called), self.named.open(task, file, called)

    def loci(self, task: TaskMeta) -> LociDocument | None:
        """Return the genes behind the hits; None if the engine wrote none; raise Conflict or NotReady."""
        try:
            return self.shelf.document(task, LOCI_JSON, LociDocument)
        except NotFound:
            return None

    def candidates(self, task: TaskMeta) -> CandidatesDocument | None:
        """Return the candidates for new toxins; None if the engine wrote none; raise Conflict or NotReady."""
        try:
            return self.shelf.document(task, CANDIDATES_JSON, CandidatesDocument)
        except NotFound:
            return None

    def alignments(self, task: TaskMeta) -> AlignmentsDocument | None:
        """Return the alignments of the genes; None if the task has none; raise Conflict or NotReady."""
        try:
            return self.shelf.document(task, ALIGNMENTS_JSON, AlignmentsDocument)
        except NotFound:
            return None

    def screening(self, task: TaskMeta) -> ScreeningDocument | None:
        """Return the screening; None if the task is of an earlier version; raise Conflict or NotReady."""
        try:
            return self.shelf.document(task, SCREENING_JSON, ScreeningDocument)
        except NotFound:
            return None

    def bioassays(self, task: TaskMeta) -> BioassayDocument | None:
        """Return the species to test; None if the task is of an earlier version; raise Conflict or NotReady."""
        try:
            return self.shelf.document(task, BIOASSAYS_JSON, BioassayDocument)
        except NotFound:
            return None

    def scores(self, task: TaskMeta) -> ScoresDocument:
        """Return Shoter's scores; raise NotFound, Conflict or NotReady."""
        return self.shelf.document(task, SCORES_JSON, ScoresDocument)

    def species(self, task: TaskMeta) -> SpeciesDocument:
        """Return Shoter's species scores; raise NotFound, Conflict or NotReady."""
        return self.shelf.document(task, SPECIES_JSON, SpeciesDocument)

    def toxins(self, task: TaskMeta) -> ToxinsDocument:
        """Return Digger's toxins; raise NotFound, Conflict or NotReady."""
        return self.shelf.document(task, TOXINS_JSON, ToxinsDocument)
