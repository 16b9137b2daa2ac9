"""What users do with tasks: submit, look, cancel, retry, delete, fetch results.

Runs in the web process. It creates tasks and leaves wishes; the record is the poller's from then on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

from portal.domain.errors import Conflict, CorruptRecord, KeyReused, NewerFormat, NotFound, NotReady, TooManyRequests
from portal.domain.limits import Limit, LimitRanges
from portal.domain.message import Message
from portal.domain.parameters import read_parameters
from portal.domain.status import Lang, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta, status_word
from portal.files.atomic import encode_json
from portal.files.heartbeat import HeartbeatReader, QueueView, estimate_start
from portal.files.site import why_not_ours
from portal.files.staging import StagedUpload
from portal.files.submission import TaskRequest
from portal.files.taskdir import PortalDir, strain_name
from portal.files.wishes import Wish, WishKind, leave_wish, ring
from portal.ports import TaskStore
from portal.results.names import SCORES_JSON, SPECIES_JSON, TOXINS_JSON
from portal.results.scores import ScoresDocument, SpeciesDocument
from portal.results.toxins import ToxinsDocument
from portal.services.answers import CreatedTask, ResultFile, TaskView
from portal.services.reservations import Reservations
from portal.services.results import ResultShelf
from portal.services.secrets import Keyring, new_task_id, token_hash


def _now() -> datetime:
    """Return the time in whole milliseconds, which is what a record keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _as_asked_for(task: TaskMeta, wishes: tuple[str, ...]) -> TaskMeta:
    """Return an ended task that was asked to run again as what it is about to be, so that nobody takes it for ended."""
    if not (task.status.is_final and WishKind.RETRY in wishes):
        return task
    return replace(
        task,
        status=TaskStatus.QUEUED,
        progress=0,
        current_stage=None,
        completion_time=None,
        error_message=None,
        failure_kind=None,
        advice=None,
    )


def _with_reason(task: TaskMeta, queue: QueueView) -> TaskMeta:
    """Return a task that waits for its first job with what keeps all jobs from being submitted."""
    if task.status.is_final or task.is_active or queue.closed_reason is None:
        return task
    return replace(task, pending_reason=queue.closed_reason)


class TaskService:
    """Use cases of a task. `encode` turns a record into JSON types: the codec of the store."""

    def __init__(
        self,
        portal: PortalDir,
        store: TaskStore,
        keyring: Keyring,
        *,
        encode: Callable[[TaskMeta], dict[str, Any]],
        limit_bytes: int,
        floor_bytes: int,
        slots: int,
        max_waiting: int,
        limits: LimitRanges,
    ) -> None:
        self._portal = portal
        self._store = store
        self._keyring = keyring
        self._encode = encode
        self._limit_bytes = limit_bytes
        self._floor_bytes = floor_bytes
        self._slots = slots
        self._max_waiting = max_waiting
        self.reservations = Reservations(
            portal, waiting=lambda: self.queue().waiting, max_waiting=max_waiting, floor_bytes=floor_bytes
        )
        self.limits = limits
        self._heartbeat = HeartbeatReader(portal)
        self.shelf = ResultShelf(portal)

    # -- submission

    def begin_upload(self) -> StagedUpload:
        """Return the place where an upload goes, chunk by chunk.

        Raises:
            NotReady: the folder belongs to another installation.
            StorageFull: less than the floor is free.
            TooManyRequests: too many tasks wait already.
        """
        if self.queue().waiting + self.reservations.reserved().tasks >= self._max_waiting:
            raise TooManyRequests(Message("task.too_many_waiting"), retry_after_s=600)
        return self.begin_reserved_upload()

    def begin_reserved_upload(self) -> StagedUpload:
        """Return the place for an upload whose room in the queue was promised before.

        Raises:
            NotReady: the folder belongs to another installation.
            StorageFull: less than the floor is free.
        """
        reason = why_not_ours(self._portal)
        if reason is not None:
            raise NotReady(Message("health.stands_still", reason=reason))
        return StagedUpload(self._portal, limit_bytes=self._limit_bytes, floor_bytes=self._floor_bytes)

    def create(
        self,
        upload: StagedUpload,
        *,
        filename: str,
        lang: Lang,
        parameters: Mapping[str, Any],
        submitter: str,
        submission: str = "",
        idempotency_key: str | None = None,
    ) -> CreatedTask:
        """Accept a finished upload as a task, or find the one that the same key and content led to before.

        `submitter` is anything that tells clients apart; only its pseudonym is kept. The upload is gone
        afterwards, whatever the answer.

        Raises:
            InvalidRequest, InvalidInput: a parameter or the file is wrong.
            KeyReused: the key came with other content.
            StorageFull: no room.
        """
        try:
            chosen = read_parameters(parameters)
            upload.finish(chosen["sequence_kind"])
            content = self._fingerprint(upload.sha256, lang, chosen)
            while True:
                task_id = self._keyring.task_id_for_key(idempotency_key) if idempotency_key else new_task_id()
                created = self._put_into_place(
                    upload, task_id, filename, lang, chosen, self._keyring.pseudonym(submitter), submission, content
                )
                if created is not None:
                    return created
                if idempotency_key:
                    return self._repeat(task_id, self._keyring.token(task_id), content)
        finally:
            upload.abandon()

    def accept(
        self,
        upload: StagedUpload,
        *,
        task_id: str,
        filename: str,
        lang: Lang,
        parameters: Mapping[str, Any],
        submitter: str,
        submission: str,
    ) -> CreatedTask:
        """Accept a finished upload as the task of this id, or find the one that is there; `submitter` is a pseudonym.

        Raises:
            InvalidRequest, InvalidInput: a parameter or the file is wrong.
            StorageFull: no room.
        """
        chosen = read_parameters(parameters)
        upload.finish(chosen["sequence_kind"])
        content = self._fingerprint(upload.sha256, lang, chosen)
        created = self._put_into_place(upload, task_id, filename, lang, chosen, submitter, submission, content)
        return created or self._repeat(task_id, self._keyring.token(task_id), content)

    def _put_into_place(
        self,
        upload: StagedUpload,
        task_id: str,
        filename: str,
        lang: Lang,
        chosen: dict[str, Any],
        submitter: str,
        submission: str,
        content: str,
    ) -> CreatedTask | None:
        """Make the task of this id; None where the id is taken."""
        token = self._keyring.token(task_id)
        task = TaskMeta(
            task_id=task_id,
            status=TaskStatus.PENDING,
            current_stage=None,
            progress=0,
            submission_time=_now(),
            start_time=None,
            completion_time=None,
            filename=filename[:255],
            file_size=upload.size,
            lang=lang,
            error_message=None,
            token_hash=token_hash(token),
            strain=strain_name(filename),
            input_sha256=upload.sha256,
            input_facts=asdict(upload.finish(chosen["sequence_kind"])),
            parameters=chosen,
            submitter=submitter,
            submission=submission or task_id,
        )
        meta = self._encode(task)
        if not upload.accept(task_id, request=TaskRequest(content, meta), meta=meta):
            return None
        ring(self._portal, task_id)
        return CreatedTask(self.view(task), token, created=True)

    def _repeat(self, task_id: str, token: str, content: str) -> CreatedTask:
        first = self.shelf.request(task_id)
        if first.content != content:
            raise KeyReused(Message("task.key_reused"))
        try:
            return CreatedTask(self.view(self.record(task_id)), token, created=False)
        except NotFound as error:
            raise Conflict(Message("task.being_removed")) from error

    @staticmethod
    def _fingerprint(sha256: str, lang: Lang, parameters: Mapping[str, Any]) -> str:
        text = encode_json({"file": sha256, "lang": lang.value, "parameters": dict(parameters)})
        return hashlib.sha256(text).hexdigest()

    # -- looking

    def authorize(self, task_id: str, token: str) -> TaskMeta:
        """Return the task to who holds its token.

        Raises:
            NotFound: no such task, or another token; both answer alike.
        """
        if not self._keyring.token_opens(token, task_id):
            raise NotFound(Message("task.unknown"))
        return self.record(task_id)

    def record(self, task_id: str) -> TaskMeta:
        """Return the record of a task to a part of the portal that has asked for the token itself.

        Raises:
            NotFound: there is no such task, or it is being deleted.
            NotReady: its record is being repaired.
        """
        try:
            task = self._store.get(task_id)
        except CorruptRecord as error:
            raise NotReady(Message("task.being_repaired")) from error
        except NewerFormat as error:
            raise NotReady(Message("task.newer")) from error
        if WishKind.DELETE in self._wishes(task_id):
            raise NotFound(Message("task.unknown"))
        return task

    def _wishes(self, task_id: str) -> tuple[str, ...]:
        try:
            names = [entry.stem for entry in self._portal.task(task_id).wishes.iterdir() if entry.suffix == ".json"]
        except OSError:
            return ()
        return tuple(sorted(name for name in names if name in set(WishKind)))

    def view_of(self, task_id: str) -> TaskView:
        """Return the record of a task with what the queue knows of it; see `record`."""
        return self.view(self.record(task_id))

    def view(self, task: TaskMeta) -> TaskView:
        """Return the record with what the queue knows of it."""
        queue = self.queue()
        position = queue.positions.get(task.task_id) if task.status in (TaskStatus.PENDING, TaskStatus.QUEUED) else None
        starts = [job.start_estimate for job in (task.attempt.jobs if task.attempt else ()) if job.start_estimate]
        estimate = starts[0] if starts and task.status is TaskStatus.QUEUED else None
        if position is not None and estimate is None:
            estimate = estimate_start(queue, position, datetime.now(UTC))
        wishes = self._wishes(task.task_id)
        return TaskView(_with_reason(_as_asked_for(task, wishes), queue), position, estimate, wishes)

    def queue(self) -> QueueView:
        """Return the queue as the poller last saw it."""
        return self._heartbeat.queue(self._slots)

    def log(self, task: TaskMeta, stage: PipelineStage, *, limit_bytes: int = 65536) -> str:
        """Return the tail of a stage's log in the current attempt; empty where it has not begun."""
        return self.shelf.log(task, stage, limit_bytes=limit_bytes)

    def adjustable_limits(self) -> tuple[Limit, ...]:
        """Return the limits that may be chosen when a task is run again; memory is bounded by SLURM alone."""
        beat = self._heartbeat.read()
        on_cluster = beat is not None and beat.scheduler.kind == "slurm"
        return tuple(
            limit for limit in self.limits if limit.has_room(limit.usual) and (on_cluster or limit.name != "memory_gb")
        )

    # -- wishes

    def cancel(self, task: TaskMeta, *, by: str = "user") -> TaskView:
        """Ask for the end of a task; asking again is no error.

        Raises:
            Conflict: it has ended already in another way.
        """
        if task.status.is_final:
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
        """Ask for another attempt, with other parameters and limits where they are given.

        Raises:
            Conflict: the task has not ended.
            InvalidRequest: a parameter is wrong, or a limit beyond what may be asked for.
        """
        if not task.status.is_final:
            raise Conflict(Message("task.cancel_first"))
        chosen = read_parameters({**task.parameters, **(parameters or {})})
        allowed = self.limits.read({**self.limits.within(task.limits), **(limits or {})})
        self._wish(task, WishKind.RETRY, by, parameters=chosen, lang=lang or task.lang, limits=allowed)
        return self.view(task)

    def delete(self, task: TaskMeta, *, by: str = "user") -> None:
        """Ask for the removal of a task and its files; from now on it answers as unknown."""
        self._wish(task, WishKind.DELETE, by)
        self._store.forget(task.task_id)

    def _wish(self, task: TaskMeta, kind: WishKind, by: str, **more: Any) -> None:
        leave_wish(self._portal, task.task_id, Wish(kind, by, len(task.attempts), **more))

    # -- results

    def results(self, task: TaskMeta) -> list[ResultFile]:
        """Return the result files; raise Conflict while the task has none."""
        return self.shelf.files(task)

    def open_result(self, task: TaskMeta, name: str) -> tuple[ResultFile, BinaryIO]:
        """Return one result file by its name, opened; raise NotFound, Conflict or NotReady."""
        return self.shelf.open(task, name)

    def open_bundle(self, task: TaskMeta) -> tuple[ResultFile, BinaryIO]:
        """Return the ZIP of a completed task, opened; raise Conflict while there is none."""
        return self.shelf.open_bundle(task)

    def scores(self, task: TaskMeta) -> ScoresDocument:
        """Return what Shoter says; raise NotFound, Conflict or NotReady."""
        return self.shelf.document(task, SCORES_JSON, ScoresDocument)

    def species(self, task: TaskMeta) -> SpeciesDocument:
        """Return what Shoter says of species; raise NotFound, Conflict or NotReady."""
        return self.shelf.document(task, SPECIES_JSON, SpeciesDocument)

    def toxins(self, task: TaskMeta) -> ToxinsDocument:
        """Return what Digger found; raise NotFound, Conflict or NotReady."""
        return self.shelf.document(task, TOXINS_JSON, ToxinsDocument)
