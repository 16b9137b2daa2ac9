"""Uploads in progress: hashed, checked and written as they arrive, removed without a trace if refused."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.domain.errors import PayloadTooLarge, StorageFull
from portal.domain.fasta import Expect, FastaFacts, FastaValidator
from portal.domain.message import Message
from portal.files.atomic import fsync_folder, storage_error, write_bytes
from portal.files.document import encode_object, write_document
from portal.files.notification_request import NotificationRequest, NotifyFolder
from portal.files.process_identity import file_name_of_mine
from portal.files.room import Room
from portal.files.submission import TaskRequest
from portal.files.taskdir import PortalDir, TaskDir

log = logging.getLogger(__name__)


def require_free_space(folder: Path, floor_bytes: int) -> None:
    """Raise StorageFull if the folder's disk has less free space than the floor, or too few inodes."""
    if Room.of(folder).lack(floor_bytes) is not None:
        raise StorageFull(Message("disk.nearly_full"))


class StagedUpload:
    """A task folder under construction below `.portal/incoming`, filled chunk by chunk.

    The folder is named after the process that fills it, so that the janitor can tell a dead upload from a slow one.
    """

    def __init__(self, portal: PortalDir, *, limit_bytes: int, floor_bytes: int) -> None:
        require_free_space(portal.own, floor_bytes)
        self._portal = portal
        self._limit = limit_bytes
        self._hash = hashlib.sha256()
        self._validator = FastaValidator()
        self._facts: FastaFacts | None = None
        self._before_removal: Callable[[], object] = lambda: None
        self.size = 0
        self.task = TaskDir(portal.incoming / file_name_of_mine())
        try:
            self.task.genome.parent.mkdir(parents=True)
            self._stream = self.task.genome.open("wb")
        except OSError as error:
            self.abandon()
            raise storage_error(error) from error

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def name(self) -> str:
        """The name of the folder below `.portal/incoming`, which is there until the upload is a task or given up."""
        return self.task.path.name

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            PayloadTooLarge, StorageFull, InvalidInput: the upload was abandoned.
        """
        self.size += len(chunk)
        try:
            if self.size > self._limit:
                raise PayloadTooLarge(Message("upload.too_large", limit=self._limit // 1024**2))
            self._validator.feed(chunk)
            self._hash.update(chunk)
            self._stream.write(chunk)
        except OSError as error:
            self.abandon()
            raise storage_error(error) from error
        except BaseException:
            self.abandon()
            raise

    def finish(self, expect: Expect = "auto") -> FastaFacts:
        """Close the file and return its facts; the first call determines `expect`.

        Raises:
            StorageFull, InvalidInput: the upload was abandoned.
        """
        if self._facts is None:
            try:
                self._facts = self._validator.finish(expect)
                self._stream.flush()
                os.fsync(self._stream.fileno())
                self._stream.close()
            except OSError as error:
                self.abandon()
                raise storage_error(error) from error
            except BaseException:
                self.abandon()
                raise
        return self._facts

    def accept(
        self,
        task_id: str,
        *,
        request: TaskRequest,
        meta: dict[str, Any],
        notify: NotificationRequest | None = None,
    ) -> bool:
        """Move the finished folder to its place under its id, in one step; tell whether the id was free.

        `notify` is who is to be told of the task. After True the task is accepted: it survives any crash.
        """
        target = self._portal.task(task_id).path
        try:
            write_document(self.task.request, request)
            write_bytes(self.task.meta, encode_object(meta))
            self.task.wishes.mkdir()
            if notify is not None:
                NotifyFolder(self.task.path).create(notify)
            fsync_folder(self.task.path)
            # rename(2) onto a non-empty folder fails, so two accepted tasks never share an id.
            self.task.path.rename(target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno in (39, 17):  # ENOTEMPTY on Linux, EEXIST elsewhere
                return False
            self.abandon()
            raise storage_error(error) from error
        self._before_removal = lambda: None
        fsync_folder(target.parent)
        return True

    def before_removal(self, act: Callable[[], object]) -> None:
        """Call `act` when the upload is given up, before its folder goes; after an OSError the janitor does both."""
        self._before_removal = act

    def abandon(self) -> None:
        """Remove everything; safe to call twice, and a no-op after `accept`."""
        stream = getattr(self, "_stream", None)
        if stream is not None and not stream.closed:
            # A full disk may show only at close, when the buffer is flushed; the file is removed anyway.
            with contextlib.suppress(OSError):
                stream.close()
        try:
            self._before_removal()
        except OSError as error:
            log.error("upload %s stays until this process has ended: %s", self.name, error)
            return
        shutil.rmtree(self.task.path, ignore_errors=True)


class RepeatedUpload:
    """A repeated upload whose task already exists: only hashed for comparison, not stored."""

    def __init__(self, *, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Hash the next bytes; raise PayloadTooLarge beyond the limit."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise PayloadTooLarge(Message("upload.too_large", limit=self._limit // 1024**2))
        self._hash.update(chunk)

    def abandon(self) -> None:
        """Do nothing: there is nothing on the disk."""
