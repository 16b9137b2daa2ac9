"""A table of annotations that is being written: on the disk as a whole before the first strain changes.

.portal/annotations/{submission}.json    the new annotations of every strain that changes (web)

The change has happened as soon as this file is there. Whoever reads or changes annotations next writes what a killed
process has left; so a table is taken as a whole or not at all, and the files of the strains need no flush of their own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat, NotReady, PortalError
from portal.domain.task_id import TASK_ID
from portal.files.annotations import FOLDER, AnnotationFile, AnnotationRecord, annotations_locked
from portal.files.atomic import fsync_folder, sync_file_system
from portal.files.document import read_document, write_document
from portal.files.safe_open import discard
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_MOST_BYTES = 64 * 1024**2  # a thousand strains with the longest texts in a script of four bytes
_PAUSE_S = 30.0  # after a failure


@dataclass(frozen=True)
class AnnotationChanges:
    """The annotations that strains of one submission are to have, as pairs of task id and record."""

    FORMAT: ClassVar[int] = 1

    strains: tuple[tuple[Annotated[str, Meta(pattern=f"^{TASK_ID.pattern}$")], AnnotationRecord], ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


class AnnotationJournal:
    """Writes the annotations of many strains at once; changes are made under the lock of the submission."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._folder = portal.own / FOLDER
        self._submissions = SubmissionFolders(portal)
        self._lock = threading.Lock()
        self._failed: dict[str, float] = {}

    def write(self, submission_id: str, coming: Mapping[str, AnnotationRecord]) -> None:
        """Replace the records of many strains: all, or none when this raises; the caller holds the lock.

        Raises:
            FileNotFoundError: a task has just been removed.
            OSError, StorageFull: they cannot be written.
        """
        before = {task_id: self._file(task_id).read_or_none() for task_id in coming}
        self._open(submission_id, coming)
        written: list[str] = []
        try:
            for task_id, record in coming.items():
                written.append(task_id)
                self._file(task_id).write(record, durable=False)
        except (PortalError, OSError):
            # Where this fails, too, the journal stays, and the next one writes the whole of it.
            self._undo({task_id: before[task_id] for task_id in written})
            self._close(submission_id)
            raise
        self._close(submission_id)

    def finish_all(self) -> None:
        """Write what killed processes have left; who is still at work is left alone, and nothing is raised."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - before every read, so it must cost little
        except OSError:
            return
        # `.x.json.1.2.tmp` is what a process has left that was killed before the change had happened.
        for submission_id in {name.lstrip(".").partition(".")[0] for name in names}:
            self._try_to_finish(submission_id)

    def finish(self, submission_id: str) -> None:
        """Write what a killed process has left of one submission; the caller holds its lock.

        Raises:
            NewerFormat, StorageFull, OSError: it cannot be read or written, and is left for the next one.
        """
        path = self._path(submission_id)
        for begun in self._folder.glob(f".{path.name}.*"):
            discard(begun)
        try:
            left = read_document(path, AnnotationChanges, limit_bytes=_MOST_BYTES)
        except FileNotFoundError:
            return
        except CorruptRecord as error:
            # It was whole when it got its name: somebody else has been here, and nothing of it is believed.
            log.error("the annotations left for submission %s are dropped: %s", submission_id, error.message)
            discard(path)
            return
        for task_id, record in left.strains:
            self._bring_to(task_id, record)
        self._close(submission_id)
        log.warning("annotations of submission %s, left by a process that has ended, are written", submission_id)

    def _open(self, submission_id: str, coming: Mapping[str, AnnotationRecord]) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(submission_id)
        try:
            write_document(path, AnnotationChanges(tuple(coming.items())))
        except (PortalError, OSError):
            discard(path)  # it may have got its name before the error
            raise

    def _try_to_finish(self, submission_id: str) -> None:
        with self._lock:
            if time.monotonic() < self._failed.get(submission_id, 0.0):
                return
        try:
            with annotations_locked(self._submissions.folder(submission_id), wait_s=0):
                self.finish(submission_id)
        except NotReady:
            return  # its writer is at work
        except FileNotFoundError:
            log.info("annotations left for submission %s, which has been removed, are dropped", submission_id)
            self._drop(submission_id)
        except (PortalError, OSError) as error:
            log.error("annotations left for submission %s cannot be written: %s", submission_id, error)
            with self._lock:
                self._failed[submission_id] = time.monotonic() + _PAUSE_S

    def _bring_to(self, task_id: str, record: AnnotationRecord) -> None:
        file = self._file(task_id)
        try:
            present = file.read_or_none()
            if present is None or present.revision < record.revision:
                file.write(record, durable=False)
        except (FileNotFoundError, NotADirectoryError, NewerFormat) as error:
            log.info("annotations of task %s, which has been removed or replaced, are dropped: %s", task_id, error)

    def _undo(self, before: Mapping[str, AnnotationRecord | None]) -> None:
        for task_id, record in before.items():
            with contextlib.suppress(FileNotFoundError):
                if record is None:
                    self._file(task_id).remove()
                else:
                    self._file(task_id).write(record, durable=False)

    def _drop(self, submission_id: str) -> None:
        with contextlib.suppress(OSError):
            for name in (f"{submission_id}.json", f".{submission_id}.json.*"):
                for path in self._folder.glob(name):
                    discard(path)

    def _close(self, submission_id: str) -> None:
        """Remove the journal, once the files of the strains are on the disk."""
        sync_file_system(self._folder)
        discard(self._path(submission_id))
        fsync_folder(self._folder)

    def _path(self, submission_id: str) -> Path:
        return self._folder / f"{submission_id}.json"

    def _file(self, task_id: str) -> AnnotationFile:
        return AnnotationFile(self._portal.task(task_id).path)
