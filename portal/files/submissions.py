"""Submissions on the disk: what was announced, written once by the web process.

<JOBS_DIR>/.portal/submissions/<submission_id>/
    manifest.json      the announcement; the folder appears complete, by a rename, and its name is the reservation
    received/<n>       an empty file for each item that arrived: distinguishes a deleted item from one that never came
    received/<n>~<upload>   an item whose task is being made from this folder of `incoming`: while that is there,
                       the item has not arrived; the folder becomes the task, so once it is gone, the item has
    closed             an empty file once its owner has given up what had not arrived by then
    arrivals.lock      held while an item is marked as received, or the submission is closed
    refused/<n>.json   why an item was refused (`submission_refusals`)
    notify/<...>       who is to be told of it, if anybody (`notification_request`)
    shares/            whom the owner lets look (`shares`)
    annotations/lock   held while annotations of its strains are changed (`annotations`)
    browsers/<...>     an empty file per browser that may open it (`browsers`)

Everything else (which task belongs to which item, its progress) is derived.
"""

from __future__ import annotations

import glob
import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.domain.submission import Submission, SubmissionItem, is_item_filename
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.atomic import fsync_folder, storage_error
from portal.files.document import Moment, Number, Size, read_document, write_document
from portal.files.locks import locked
from portal.files.notification_request import NotificationRequest, NotifyFolder
from portal.files.process_identity import Life, file_name_of_mine, life_by_file_name
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, leave_mark
from portal.files.submission_refusals import refused_items
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_MANIFEST = "manifest.json"
_RECEIVED = "received"
_FROM = "~"  # between an item's number and the upload that its task is made from
_CLOSED = "closed"
_LOCK = "arrivals.lock"


@dataclass(frozen=True)
class Arrivals:
    """Numbers of items: those that arrived, and those of which a process that may live is making the task."""

    received: frozenset[int]
    under_way: frozenset[int]


class SubmissionFolders:
    """All submissions below JOBS_DIR."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._root = portal.own / "submissions"

    def folder(self, submission_id: str) -> Path:
        """Return the folder of a submission.

        Raises:
            NotFound: the text is no id, so that no other text ever becomes a path.
        """
        if not is_task_id(submission_id):
            raise NotFound(Message("submission.unknown"))
        return self._root / submission_id

    def create(self, submission: Submission, notify: NotificationRequest | None = None) -> bool:
        """Store a submission, completely or not at all; tell whether its id was free.

        `notify` is who is to be told of it.
        """
        target = self.folder(submission.submission_id)
        self._root.mkdir(parents=True, exist_ok=True)
        staged = self._portal.incoming / file_name_of_mine()
        try:
            (staged / _RECEIVED).mkdir(parents=True)
            write_document(staged / _MANIFEST, _to_manifest(submission))
            if notify is not None:
                NotifyFolder(staged).create(notify)
            fsync_folder(staged)
            # rename(2) onto a non-empty folder fails, so two submissions never share an id.
            staged.rename(target)
        except OSError as error:
            if target.exists():
                return False
            raise storage_error(error) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        fsync_folder(self._root)
        return True

    def read(self, submission_id: str) -> Submission:
        """Return a submission.

        Raises:
            NotFound: there is none.
            CorruptRecord, NewerFormat: its manifest cannot be read.
        """
        try:
            manifest = read_document(self.folder(submission_id) / _MANIFEST, Manifest)
        except FileNotFoundError as error:
            raise NotFound(Message("submission.unknown")) from error
        return _from_manifest(submission_id, manifest)

    def begin_receiving(self, submission_id: str, n: int, upload: str) -> bool:
        """Record that a task is about to be made of an item, from this folder of `.portal/incoming`.

        The item counts as received from the moment that the folder becomes the task, also if this process is killed
        right then; if it is killed before, the item is still awaited. End it with `mark_received` or `take_back`.

        Returns:
            Whether it counts; False: the submission was closed before, and it stands without this item.

        Raises:
            NotReady: another process holds the lock.
            StorageFull, OSError: it cannot be recorded.
        """
        folder = self.folder(submission_id)
        try:
            with locked(folder / _LOCK, _LOCK):
                if self.is_closed(submission_id) and n not in self.received(submission_id):
                    return False
                fsync_folder(self._portal.incoming)  # a mark whose upload is lost in a power cut would say: received
                leave_mark(folder / _RECEIVED / f"{n}{_FROM}{upload}")
        except OSError as error:
            raise storage_error(error) from error
        return True

    def mark_received(self, submission_id: str, n: int, upload: str = "") -> None:
        """Record that an item arrived; `upload` is what its task was made from.

        Raises:
            StorageFull, OSError: it cannot be recorded.
        """
        received = self.folder(submission_id) / _RECEIVED
        try:
            leave_mark(received / str(n))
            if upload:
                discard(received / f"{n}{_FROM}{upload}")
        except OSError as error:
            raise storage_error(error) from error

    def take_back(self, upload: str, *, submission_id: str = "*", n: int | str = "*") -> None:
        """Take back that an item was to come from an upload that has made no task, before the upload is removed.

        Without submission and number all submissions are searched, also those that wait for an undo.

        Raises:
            OSError: it cannot be taken back.
        """
        for root in (self._root, self._portal.withdrawn):
            for mark in root.glob(f"{submission_id}*/{_RECEIVED}/{n}{_FROM}{glob.escape(upload)}"):
                discard(mark)

    def close(self, submission: Submission) -> None:
        """Give up the items that have not arrived; where none is missing, nothing changes.

        It is one mark: a process that ends on the way leaves the submission open or closed, and a repeat does the rest.
        Under the lock, so that an item that arrives at this moment is either in before it or refused after it.

        Raises:
            NotReady: another process holds the lock.
            StorageFull, OSError: it cannot be recorded.
        """
        folder = self.folder(submission.submission_id)
        try:
            with locked(folder / _LOCK, _LOCK):
                arrivals = self.arrivals(submission.submission_id)
                there = arrivals.received | arrivals.under_way | refused_items(folder)
                if any(item.n not in there for item in submission.items):
                    leave_mark(folder / _CLOSED)
                    fsync_folder(folder)
        except OSError as error:
            raise storage_error(error) from error

    def is_closed(self, submission_id: str) -> bool:
        """Tell whether the submission's owner has given up what had not arrived."""
        return os.path.lexists(self.folder(submission_id) / _CLOSED)

    def received(self, submission_id: str) -> frozenset[int]:
        """Return the numbers of the items that arrived."""
        return self.arrivals(submission_id).received

    def arrivals(self, submission_id: str) -> Arrivals:
        """Return which items arrived, and which are about to."""
        received, under_way = set(), set()
        for name in _names(self.folder(submission_id) / _RECEIVED):
            n, begun, upload = name.partition(_FROM)
            if not (n.isascii() and n.isdecimal()):
                continue
            if not begun or not os.path.lexists(self._portal.incoming / upload):
                received.add(int(n))
            elif life_by_file_name(upload) is not Life.DEAD:
                under_way.add(int(n))
        return Arrivals(frozenset(received), frozenset(under_way))

    def erase_label(self, task: TaskMeta) -> None:
        """Replace the label of a deleted genome, found by its digest and its task's file name, by its number.

        Only the poller calls this, and nothing else changes a manifest. The key, the tokens and the fingerprint of the
        announcement stay. A record may name any submission: only one of the same sender, owner and language is its own.
        (The id of a task tells more, but not after the portal's secret was replaced.)

        Raises:
            NotFound: there is no such submission, or it is another's.
            CorruptRecord, NewerFormat: its manifest cannot be read.
            OSError, StorageFull: it cannot be written.
        """
        path = self.folder(task.submission) / _MANIFEST
        try:
            manifest = read_document(path, Manifest)
        except FileNotFoundError as error:
            raise NotFound(Message("submission.unknown")) from error
        if not _is_of(task, manifest):
            raise NotFound(Message("submission.unknown"))
        items = tuple(
            (n, f"#{n}", size, digest)
            if digest == task.input_sha256 and is_item_filename(task.filename, label)
            else (n, label, size, digest)
            for n, label, size, digest in manifest.items
        )
        if items != manifest.items:
            with_reserve(path, lambda: write_document(path, replace(manifest, items=items)))

    def kept_by_operators(self, task_id: str) -> bool:
        """Tell whether a task is exempt from removal."""
        return os.path.lexists(self._portal.task(task_id).kept)

    def ids(self) -> list[str]:
        """Return the ids of all submissions, sorted."""
        try:
            return sorted(entry.name for entry in self._root.iterdir() if is_task_id(entry.name))
        except FileNotFoundError:
            return []

    def all(self) -> Iterator[Submission]:
        """Yield all submissions whose manifest can be read."""
        for submission_id in self.ids():
            try:
                yield self.read(submission_id)
            except (NotFound, CorruptRecord, NewerFormat):
                continue
            except OSError as error:
                log.error("submission %s cannot be read: %s", submission_id, error)  # the others are still read

    def remove(self, submission_id: str) -> None:
        """Remove a submission in one step; its tasks are not touched."""
        folder = self.folder(submission_id)
        gone = self._portal.trash / f"submission~{submission_id}~{secrets.token_hex(4)}"
        try:
            folder.rename(gone)
        except FileNotFoundError:
            return
        shutil.rmtree(gone, ignore_errors=True)


def is_begun_mark(path: Path) -> bool:
    """Tell whether a file records that a task is being made of an item."""
    return path.parent.name == _RECEIVED and _FROM in path.name


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return []


@dataclass(frozen=True)
class Manifest:
    """The stored announcement; `items` are rows of number, label, size (bytes) and SHA-256 of the FASTA text."""

    FORMAT: ClassVar[int] = 1

    nonce: str
    label: str
    lang: Lang
    parameters: Mapping[str, Any]
    items: tuple[tuple[Number, str, Size, str], ...]
    submitter: str
    fingerprint: str
    created_at: Moment
    owner: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def _is_of(task: TaskMeta, manifest: Manifest) -> bool:
    """Tell whether a task has what each task of a submission has from it."""
    return (task.submitter, task.owner, task.lang) == (manifest.submitter, manifest.owner, manifest.lang)


def _to_manifest(submission: Submission) -> Manifest:
    return Manifest(
        nonce=submission.nonce,
        label=submission.label,
        lang=submission.lang,
        parameters=submission.parameters,
        items=tuple((item.n, item.label, item.size, item.sha256) for item in submission.items),
        submitter=submission.submitter,
        fingerprint=submission.fingerprint,
        created_at=submission.created_at,
        owner=submission.owner,
    )


def _from_manifest(submission_id: str, manifest: Manifest) -> Submission:
    items = tuple(SubmissionItem(*row) for row in manifest.items)
    if [item.n for item in items] != list(range(1, len(items) + 1)):
        raise CorruptRecord(Message("record.unreadable", name=_MANIFEST, reason="items are not numbered in order"))
    return Submission(
        submission_id=submission_id,
        nonce=manifest.nonce,
        label=manifest.label,
        lang=manifest.lang,
        parameters=manifest.parameters,
        items=items,
        submitter=manifest.submitter,
        fingerprint=manifest.fingerprint,
        created_at=manifest.created_at,
        owner=manifest.owner,
    )
