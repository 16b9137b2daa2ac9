"""Turn an upload into a task: admit, receive and accept it once; a repeated key finds the existing task.

The order: a repeat is answered before any other check, even with a full queue or disk; then admission, before a byte is
read; then the file; then admission again, because other uploads may have arrived meanwhile.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from portal.domain.errors import Conflict, KeyReused, NotFound, NotReady
from portal.domain.logs import request_id
from portal.domain.message import Message
from portal.domain.notification import Recipient
from portal.domain.parameters import read_parameters
from portal.domain.status import Lang, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.atomic import encode_json
from portal.files.bells import ring
from portal.files.notification_request import NotificationRequest
from portal.files.site import why_not_ours
from portal.files.staging import RepeatedUpload, StagedUpload
from portal.files.submission import TaskRequest
from portal.files.taskdir import PortalDir, strain_name
from portal.files.wishes import finish_deletion
from portal.services.admission import Admission
from portal.services.answers import CreatedTask
from portal.services.notification_requests import NotificationRequests
from portal.services.rates import Rate
from portal.services.secrets import Keyring, new_nonce, new_task_id, token_hash
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

_REMOVAL_S = 2  # after this time a task that is being removed is gone

Upload = StagedUpload | RepeatedUpload


def _now() -> datetime:
    """Return the time in whole milliseconds, the precision of records."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Asked:
    """The request data sent with a file; all of it is compared if the same Idempotency-Key comes again."""

    filename: str
    lang: Lang
    parameters: Mapping[str, Any]
    submission: str = ""
    notify: Recipient | None = None

    def fingerprint(self, sha256: str) -> str:
        """Return a digest of everything that was sent."""
        sent: dict[str, Any] = {
            "file": sha256,
            "filename": self.filename,
            "lang": self.lang.value,
            "parameters": dict(self.parameters),
            "submission": self.submission,
        }
        if self.notify is not None:
            sent["notify"] = self.notify.as_record()
        return hashlib.sha256(encode_json(sent)).hexdigest()


@dataclass(frozen=True)
class Sender:
    """Pseudonyms of who sends a file: the client that the limits count, and the owner if a person is signed in."""

    client: str
    owner: str


class Acceptance:
    """Receives uploads and turns them into tasks. `encode` is the store's codec: it turns a record into JSON types.

    `submitter` is the sender's account or network; only its pseudonym is kept. `owner` is the pseudonym of a signed-in
    sender, else empty.
    """

    def __init__(
        self,
        portal: PortalDir,
        tasks: TaskService,
        admission: Admission,
        keyring: Keyring,
        *,
        encode: Callable[[TaskMeta], dict[str, Any]],
        upload_rate: Rate,
        notifications: NotificationRequests,
        limit_bytes: int,
        floor_bytes: int,
    ) -> None:
        self._portal = portal
        self._tasks = tasks
        self._admission = admission
        self._keyring = keyring
        self._encode = encode
        self._rate = upload_rate
        self._notifications = notifications
        self._limit_bytes = limit_bytes
        self._floor_bytes = floor_bytes

    def begin(self, submitter: str, idempotency_key: str | None = None, *, counted: bool = True) -> Upload:
        """Return a receiver for an upload's chunks; an upload with a known key is only compared.

        Not `counted` is a further file of the same request.

        Raises:
            NotReady: the folder belongs to another installation.
            TooManyRequests: the queue is full, or this client has used up its share of it or its request rate.
            StorageFull: less than the floor is free, or this client has used up its disk space.
        """
        if idempotency_key and self._first(submitter, idempotency_key) is not None:
            return RepeatedUpload(limit_bytes=self._limit_bytes)
        client = self._keyring.pseudonym(submitter)
        if counted:
            self._rate.count(client)
        self._admission.require_room(client)
        return self.begin_promised()

    def begin_promised(self) -> StagedUpload:
        """Return a receiver for an upload whose place in the queue is already reserved.

        Raises:
            NotReady: the folder belongs to another installation.
            StorageFull: less than the floor is free.
        """
        reason = why_not_ours(self._portal)
        if reason is not None:
            raise NotReady(Message("health.stands_still", reason=reason))
        return StagedUpload(self._portal, limit_bytes=self._limit_bytes, floor_bytes=self._floor_bytes)

    def create(
        self, upload: Upload, asked: Asked, *, submitter: str, idempotency_key: str | None = None, owner: str = ""
    ) -> CreatedTask:
        """Accept a finished upload as a task, or find the task that the same key and content created before.

        The upload is removed in any case.

        Raises:
            InvalidRequest, InvalidInput: a parameter or the file is wrong.
            KeyReused: the key came with other content.
            TooManyRequests, StorageFull: no room, or too many notifications.
        """
        try:
            asked = _complete(asked)
            client, content = self._keyring.pseudonym(submitter), asked.fingerprint(upload.sha256)
            while True:
                first = self._first(submitter, idempotency_key) if idempotency_key else None
                if first is not None:
                    return self._repeat(first, content)
                if isinstance(upload, RepeatedUpload):  # the first one was removed while this one arrived
                    raise Conflict(Message("task.being_removed"), retry_after_s=_REMOVAL_S)
                upload.finish(asked.parameters["sequence_kind"])
                self._notifications.count(client, asked.notify)
                task_id = new_task_id()
                if idempotency_key:
                    task_id = self._keyring.task_id_for_key(submitter, idempotency_key)
                place = self._admission.place(client, task_id, size=upload.size)
                sender = Sender(client, owner)
                created = self._put_into_place(upload, asked, task_id, sender, content, place)
                if created is not None:
                    return created
        finally:
            upload.abandon()

    def accept(self, upload: StagedUpload, asked: Asked, *, task_id: str, client: str, owner: str = "") -> CreatedTask:
        """Accept a finished upload as the task of this id, or find the existing one; its place was reserved before.

        Raises:
            InvalidRequest, InvalidInput: a parameter or the file is wrong.
            StorageFull: no room.
        """
        asked = _complete(asked)
        upload.finish(asked.parameters["sequence_kind"])
        content = asked.fingerprint(upload.sha256)
        place = self._admission.place(client, task_id, size=upload.size, promised=True)
        created = self._put_into_place(upload, asked, task_id, Sender(client, owner), content, place)
        return created or self._repeat(task_id, content)

    def _put_into_place(
        self,
        upload: StagedUpload,
        asked: Asked,
        task_id: str,
        sender: Sender,
        content: str,
        place: AbstractContextManager[str],
    ) -> CreatedTask | None:
        """Create the task with this id; None if the id is taken."""
        try:
            with place as unnamed:
                task = self._record(upload, asked, task_id, sender, asked.submission or unnamed)
                meta = self._encode(task)
                notify = None if asked.notify is None else _notify(asked.notify, asked.lang)
                if not upload.accept(task_id, request=TaskRequest(content, meta), meta=meta, notify=notify):
                    raise _Taken
        except _Taken:
            return None
        log.info("task %s: accepted, %d bytes from %s", task_id, task.file_size, sender.client)
        ring(self._portal, task_id)
        return CreatedTask(self._tasks.view(task), self._keyring.token_of(task), created=True)

    def _record(self, upload: StagedUpload, asked: Asked, task_id: str, sender: Sender, submission: str) -> TaskMeta:
        nonce = new_nonce()
        return TaskMeta(
            task_id=task_id,
            status=TaskStatus.PENDING,
            current_stage=None,
            progress=0,
            submission_time=_now(),
            start_time=None,
            completion_time=None,
            filename=asked.filename[:255],
            file_size=upload.size,
            lang=asked.lang,
            error_message=None,
            token_hash=token_hash(self._keyring.token(task_id, nonce, upload.sha256)),
            token_nonce=nonce,
            strain=strain_name(asked.filename),
            input_sha256=upload.sha256,
            input_facts=upload.finish(asked.parameters["sequence_kind"]).as_record(),
            parameters=asked.parameters,
            submitter=sender.client,
            owner=sender.owner,
            submission=submission,
            request_id=request_id.get(),
        )

    def _first(self, submitter: str, idempotency_key: str) -> str | None:
        """Return the id of the task that a key has created; None if there is none."""
        task_id = self._keyring.task_id_for_key(submitter, idempotency_key)
        return task_id if self._portal.task(task_id).path.is_dir() else None

    def _repeat(self, task_id: str, content: str) -> CreatedTask:
        try:
            if self._tasks.shelf.request(task_id).content != content:
                raise KeyReused(Message("task.key_reused"))
            view = self._tasks.view_of(task_id)
        except NotFound as error:
            finish_deletion(self._portal, task_id)
            raise Conflict(Message("task.being_removed"), retry_after_s=_REMOVAL_S) from error
        return CreatedTask(view, self._keyring.token_of(view.task), created=False)


class _Taken(Exception):
    """The id belongs to another task."""


def _complete(asked: Asked) -> Asked:
    """Return the request with all parameters; raise InvalidRequest if one is wrong."""
    return replace(asked, parameters=read_parameters(asked.parameters))


def _notify(recipient: Recipient, lang: Lang) -> NotificationRequest:
    return NotificationRequest(recipient.mail, recipient.webhook, lang)
