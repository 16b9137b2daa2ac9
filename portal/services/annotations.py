"""Names, tags, notes and metadata of strains: read by whoever may see the strain, changed by its owner alone.

Who changes them says which revision they have seen; where another device was faster, nothing is changed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.domain.annotations import MOST_COLUMNS, Annotations, changed, metadata_columns
from portal.domain.errors import (
    ChangedMeanwhile,
    CorruptRecord,
    InvalidRequest,
    NewerFormat,
    NotFound,
    NotReady,
)
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files.annotation_journal import AnnotationJournal
from portal.files.annotations import AnnotationFile, AnnotationRecord, annotations_locked
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_REMEMBERED = 5000  # records per process
MOST_TOLD = 20  # errors of a table
_SETTLED_S = 2.0  # longer than any step of a file system's times
_FileState = tuple[int, int, int, int]
_ABSENT: _FileState = (0, 0, 0, 0)


@dataclass(frozen=True)
class Annotated:
    """The annotations of a strain with their revision, 0 before the first; `damaged` if the file cannot be used."""

    values: Annotations = field(default_factory=Annotations)
    revision: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""
    damaged: bool = False

    def shown(self, *, to_owner: bool) -> Annotations:
        """Return what a reader may see: the note is the owner's alone."""
        return self.values if to_owner else replace(self.values, note="")


@dataclass(frozen=True)
class StrainChange:
    """What to change of one strain; with `revision`, only if that is the present one.

    It was read in line `line` of a table, from 1, or is row `row` of a list, from 0.
    """

    task_id: str
    values: Mapping[str, Any]
    revision: int | None = None
    line: int | None = None
    row: int = 0

    def wrong(self, name: str, reason: Message) -> tuple[str, Message]:
        """Return the field that an error of a value is told for, and the message."""
        if self.line is None:
            return f"rows.{self.row}.{name}", reason
        return "file", in_cell(self.line, name.removeprefix("metadata."), reason)


@dataclass(frozen=True)
class AnnotatedStrain:
    """A strain of a submission; `is_there` is False while its genome has not been received."""

    label: str
    task_id: str
    is_there: bool


NOTHING = Annotated()


class AnnotationService:
    """Use cases of annotations; the caller has checked who asks. `of_task` finds a task's submission."""

    def __init__(
        self,
        portal: PortalDir,
        of_task: Callable[[TaskMeta], Submission | None],
        task_ids: Callable[[Submission], Sequence[str]],
    ) -> None:
        self._portal = portal
        self._of_task = of_task
        self._task_ids = task_ids
        self._folders = SubmissionFolders(portal)
        self._journal = AnnotationJournal(portal)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[_FileState, Annotated]] = OrderedDict()

    # -- reading

    def of(self, task_id: str) -> Annotated:
        """Return the annotations of a task; nothing stands in the way of results, so damage reads as nothing."""
        self._journal.finish_all()
        return self._of(task_id)

    def of_all(self, task_ids: Iterable[str]) -> dict[str, Annotated]:
        """Return the annotations of many tasks by id; one `stat` each while nothing changes."""
        self._journal.finish_all()
        return {task_id: self._of(task_id) for task_id in task_ids}

    def _of(self, task_id: str) -> Annotated:
        file = self._file(task_id)
        state = _state_of(file.path)
        if state == _ABSENT:
            return NOTHING
        with self._lock:
            known = self._known.get(task_id)
        if known is not None and known[0] == state:
            return known[1]
        found = self._read(task_id, file)
        if not found.damaged and time.time() - max(state[2:]) / 1e9 > _SETTLED_S:
            with self._lock:
                self._known[task_id] = (state, found)
                self._known.move_to_end(task_id)
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return found

    def _read(self, task_id: str, file: AnnotationFile) -> Annotated:
        try:
            record = file.read()
        except (CorruptRecord, NewerFormat, OSError) as error:
            log.error("the annotations of task %s cannot be read: %s", task_id, error)
            return Annotated(damaged=True)
        if record is None:
            return NOTHING
        return Annotated(record.annotations, record.revision, record.changed_at, record.changed_by)

    def _file(self, task_id: str) -> AnnotationFile:
        return AnnotationFile(self._portal.task(task_id).path)

    # -- changing

    def change(
        self,
        task: TaskMeta,
        step: Callable[[Annotations], Annotations],
        *,
        revision: int | None,
        by: str,
    ) -> Annotated:
        """Replace the annotations of a task by what `step` makes of them; `revision` None takes any present one.

        Raises:
            ChangedMeanwhile: another revision is there.
            InvalidRequest: a value is wrong, or the submission would have too many metadata columns.
            NotReady: what is there cannot be read, and must not be replaced.
            NotFound: the task has just been removed.
            StorageFull, OSError: it cannot be written.
        """
        submission = self._of_task(task)
        folder = self._portal.task(task.task_id).path
        if submission is not None:
            folder = self._folders.folder(submission.submission_id)
        try:
            with annotations_locked(folder):
                if submission is not None:
                    self._journal.finish(submission.submission_id)
                present = self._present(task.task_id)
                if revision is not None and revision != present.revision:
                    raise ChangedMeanwhile(Message("annotation.changed"))
                values = step(present.values)
                if submission is not None and set(values.metadata) - set(present.values.metadata):
                    self._require_columns(submission, {task.task_id: values})
                return self._write(task.task_id, present, values, by)
        except FileNotFoundError as error:
            raise NotFound(Message("task.unknown")) from error
        except (CorruptRecord, NewerFormat) as error:
            raise NotReady(Message("annotation.unreadable")) from error

    def change_all(self, submission: Submission, changes: Sequence[StrainChange], *, etag: str | None, by: str) -> int:
        """Change many strains of a submission, all or none; return how many differ from before.

        `etag` is what `etag_of` the whole submission must be; None if each change has its revision, or any will do.

        Raises:
            ChangedMeanwhile: the submission has another etag.
            InvalidRequest: a value is wrong, a revision has passed, or there would be too many metadata columns; the
                errors name the lines or rows.
            NotReady, NotFound, StorageFull, OSError: see `change`.
        """
        folder = self._folders.folder(submission.submission_id)
        try:
            with annotations_locked(folder):
                self._journal.finish(submission.submission_id)
                if etag is not None and etag != self.etag_of(submission):
                    raise ChangedMeanwhile(Message("annotation.changed"))
                found = self._changed(changes)
                self._require_columns(submission, {task_id: values for task_id, (_, values) in found.items()})
                return self._write_all(submission.submission_id, found, by)
        except FileNotFoundError as error:
            raise NotFound(Message("submission.unknown")) from error
        except (CorruptRecord, NewerFormat) as error:
            raise NotReady(Message("annotation.unreadable")) from error

    def etag_of(self, submission: Submission) -> str:
        """Return a text that changes whenever the annotations of a strain of the submission do."""
        return etag_of(self.of_all(self._task_ids(submission)))

    def _changed(self, changes: Sequence[StrainChange]) -> dict[str, tuple[Annotated, Annotations]]:
        found: dict[str, tuple[Annotated, Annotations]] = {}
        wrong: list[tuple[str, Message]] = []
        for change in changes:
            present = self._present(change.task_id)
            if change.revision is not None and change.revision != present.revision:
                reason = Message("annotation.other_revision", present=present.revision)
                wrong.append(change.wrong("revision", reason))
                continue
            try:
                found[change.task_id] = (present, changed(present.values, change.values))
            except InvalidRequest as error:
                wrong += [change.wrong(name, text) for name, texts in error.errors.items() for text in texts]
        if wrong:
            errors: dict[str, list[Message]] = {}
            for name, reason in wrong[:MOST_TOLD]:
                errors.setdefault(name, []).append(reason)
            in_file = changes[0].line is not None
            raise InvalidRequest(wrong[0][1] if in_file else Message("request.fields"), errors=errors)
        return found

    def _present(self, task_id: str) -> Annotated:
        """Return what is to be changed; damage is replaced, what a newer version wrote never."""
        file = self._file(task_id)
        try:
            record = file.read()
        except CorruptRecord as error:
            log.error("the annotations of task %s are replaced: %s", task_id, error.message)
            return Annotated(damaged=True)
        except NewerFormat as error:
            raise NotReady(Message("annotation.unreadable")) from error
        if record is None:
            return NOTHING
        return Annotated(record.annotations, record.revision, record.changed_at, record.changed_by)

    def _require_columns(self, submission: Submission, coming: Mapping[str, Annotations]) -> None:
        """Refuse more columns than the table of a submission may have."""
        others = [task_id for task_id in self._task_ids(submission) if task_id not in coming]
        present = [each.values for each in self.of_all(others).values()]
        if len(metadata_columns([*present, *coming.values()])) > MOST_COLUMNS:
            wrong = Message("annotation.too_many_columns", limit=MOST_COLUMNS)
            raise InvalidRequest(Message("request.fields"), errors={"metadata": [wrong]})

    def _write_all(self, submission_id: str, found: Mapping[str, tuple[Annotated, Annotations]], by: str) -> int:
        coming = {
            task_id: _next_record(present, values, by)
            for task_id, (present, values) in found.items()
            if values != present.values or present.damaged
        }
        if coming:
            self._journal.write(submission_id, coming)
            with self._lock:
                for task_id in coming:
                    self._known.pop(task_id, None)
            told = by or "a holder of its link"
            log.info("annotations of %d strains of submission %s changed by %s", len(coming), submission_id, told)
        return len(coming)

    def _write(self, task_id: str, present: Annotated, values: Annotations, by: str) -> Annotated:
        if values == present.values and not present.damaged:
            return present
        record = _next_record(present, values, by)
        self._file(task_id).write(record)
        with self._lock:
            self._known.pop(task_id, None)
        told = by or "a holder of its link"
        log.info("annotations of task %s changed by %s, revision %s", task_id, told, record.revision)
        return Annotated(values, record.revision, record.changed_at, by)


def in_cell(line: int, column: str, reason: Message) -> Message:
    """Return what is wrong with a cell of a table."""
    return Message("input.line", line=line, reason=Message("annotation.cell", column=column, reason=reason))


def etag_of(found: Mapping[str, Annotated]) -> str:
    """Return a text that changes whenever one of these does."""
    # With the time: a change that was put back takes the same revision as the one after it.
    text = "\n".join(f"{task_id} {each.revision} {each.damaged} {each.changed_at}" for task_id, each in found.items())
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _next_record(present: Annotated, values: Annotations, by: str) -> AnnotationRecord:
    # After damage nobody knows the last revision: one that no device has seen, with room for more.
    revision = present.revision + 1 if not present.damaged else int(time.time()) % 10**5 + 1
    return AnnotationRecord(
        revision=revision,
        name=values.name,
        tags=values.tags,
        note=values.note,
        metadata=tuple(values.metadata.items()),
        changed_at=datetime.now(UTC).replace(microsecond=0),
        changed_by=by,
    )


def _state_of(path: Path) -> _FileState:
    try:
        facts = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    except OSError:
        return (0, 0, 0, 1)
    return (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
