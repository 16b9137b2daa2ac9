"""Links to results as they were: what was done when a snapshot share was made, and nothing newer.

The digest of a task's results covers name, size and SHA-256 of each file. A task that has run again since is shown by
the run of then, as long as its results are kept and have that digest.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from portal.domain.annotations import Annotations
from portal.domain.errors import Conflict, CorruptRecord, NotShown, PortalError
from portal.domain.message import Message
from portal.domain.runs import as_run, kept_run, last_good
from portal.domain.status import TaskStatus
from portal.domain.submission import ItemStatus, Submission
from portal.domain.task import TaskMeta
from portal.files.atomic import encode_json
from portal.files.snapshots import ShareSnapshot, SnapshotItem, SnapshotMark
from portal.services.annotations import Annotated
from portal.services.answers import TaskView
from portal.services.results import ResultShelf
from portal.services.shares import Grant, ShareService
from portal.services.submission_progress import ItemRow, SubmissionView, row_of_task

log = logging.getLogger(__name__)

_REMEMBERED = 5000  # digests per process
_OF_THEN = 2**32 - 1  # the `change` of a row whose later changes are not shown, less its attempt


@dataclass(frozen=True, kw_only=True)
class TaskThen(TaskMeta):
    """A task as a snapshot shows it: the record when `item` was its last run."""

    item: SnapshotItem


@dataclass(frozen=True, kw_only=True)
class SubmissionThen(Submission):
    """A submission as a snapshot shows it: `items` are those that were done, and the others are not in it."""

    mark: SnapshotMark
    then: ShareSnapshot


class Snapshots:
    """Takes snapshots, and shows what they hold."""

    def __init__(self, shares: ShareService, shelf: ResultShelf) -> None:
        self._shares = shares
        self._shelf = shelf
        self._lock = threading.Lock()
        self._digests: OrderedDict[tuple[str, str, int, int], str] = OrderedDict()

    # -- taking one

    def of_task(self, task: TaskMeta, annotated: Annotated) -> tuple[ShareSnapshot, int]:
        """Return a snapshot of a task, and the 1 that it is of; raise Conflict if no run of it has completed."""
        item = self._item(1, task, annotated)
        if item is None:
            raise Conflict(Message("share.nothing_done"))
        return ShareSnapshot((item,)), 1

    def of_submission(
        self, view: SubmissionView, record: Callable[[str], TaskMeta], annotated: Callable[[str], Annotated]
    ) -> tuple[ShareSnapshot, int]:
        """Return a snapshot of the completed tasks, and of how many; raise Conflict if there is none."""
        items = []
        for row in view.rows:
            if not row.has_results:
                continue
            try:
                item = self._item(row.n, record(row.task_id), annotated(row.task_id))
            except PortalError:  # deleted or run again at this very moment
                continue
            if item is not None:
                items.append(item)
        if not items:
            raise Conflict(Message("share.nothing_done"))
        return ShareSnapshot(tuple(items)), len(view.rows)

    def _item(self, n: int, task: TaskMeta, annotated: Annotated) -> SnapshotItem | None:
        good = last_good(task)
        if good is None or good.attempt is None:
            return None
        digest = self._digest(good)
        if not digest:
            return None
        values = annotated.values
        return SnapshotItem(
            n,
            task.task_id,
            good.attempt.number,
            digest,
            values.name,
            annotated.revision,
            tags=values.tags,
            metadata=tuple(values.metadata.items()),
            changed_at=annotated.changed_at,
        ).sealed()

    def _digest(self, task: TaskMeta) -> str:
        """Return the digest of the results of a completed run; empty if they cannot be read."""
        files = [[file.stage, file.name, file.size, file.sha256] for file in self._shelf.files(task)]
        return hashlib.sha256(encode_json({"files": files})).hexdigest() if files else ""

    # -- showing it

    def task(self, task: TaskMeta, grant: Grant) -> TaskMeta:
        """Return what a grant shows of a task: its record, or with a snapshot that of the run of then.

        Raises:
            NotShown: the task was not completed then, its run is no longer kept, or the snapshot cannot be read.
        """
        if grant.snapshot is None:
            return task
        return self.task_then(task, self.read(grant))

    def task_then(self, task: TaskMeta, then: ShareSnapshot) -> TaskMeta:
        """Return a task as a snapshot shows it; see `task` for errors."""
        item = next((each for each in then.items if each.task_id == task.task_id), None)
        if item is None:
            raise NotShown(Message("share.not_then"))
        return self._then(task, item)

    def _then(self, task: TaskMeta, item: SnapshotItem) -> TaskThen:
        run = _of_attempt(task, item.attempt)
        if run is None or self._digest(run) != item.sha256:
            raise NotShown(Message("share.run_again"))
        plain = {field.name: getattr(run, field.name) for field in fields(TaskMeta)}
        return TaskThen(**{**plain, "expires_at": task.expires_at}, item=item)

    def submission(self, submission: Submission, grant: Grant) -> Submission:
        """Return what a grant shows of a submission: all of it, or what was done then; see `task` for errors."""
        if grant.snapshot is None:
            return submission
        then = self.read(grant)
        numbers = {item.n for item in then.items}
        plain = {field.name: getattr(submission, field.name) for field in fields(Submission)}
        plain["items"] = tuple(item for item in submission.items if item.n in numbers)
        return SubmissionThen(**plain, mark=grant.snapshot, then=then)

    def read(self, grant: Grant) -> ShareSnapshot:
        """Return what the snapshot of a grant shows; raise NotShown if it cannot be read."""
        try:
            return self._shares.snapshot(grant)
        except CorruptRecord as error:
            log.error("what a share shows cannot be read: %s", error.message)
            raise NotShown(Message("share.snapshot_damaged")) from error

    def rows(self, view: SubmissionView, then: ShareSnapshot, record: Callable[[str], TaskMeta]) -> SubmissionView:
        """Return a view whose rows are completed as they were then, deleted, or replaced since."""
        items = {item.n: item for item in then.items}
        return replace(view, rows=tuple(self._row(row, items[row.n], record) for row in view.rows), estimated_end=None)

    def _row(self, row: ItemRow, item: SnapshotItem, record: Callable[[str], TaskMeta]) -> ItemRow:
        if not row.made:  # deleted, or being repaired: nothing of it is shown
            return row
        if self._known_digest(row, item, record) != item.sha256:
            return ItemRow(row.n, row.task_id, ItemStatus.REPLACED, None, 0, 0, None, _OF_THEN)
        change = _OF_THEN - item.attempt
        return ItemRow(
            row.n, row.task_id, ItemStatus.COMPLETED, None, 100, 1, None, change, made=row.made, attempt=item.attempt
        )

    def _known_digest(self, row: ItemRow, item: SnapshotItem, record: Callable[[str], TaskMeta]) -> str:
        """Return the digest of an attempt's results; read again when the task's record has changed."""
        key = (row.task_id, row.made, row.change, item.attempt)
        with self._lock:
            known = self._digests.get(key)
        if known is not None:
            return known
        try:
            run = _of_attempt(record(row.task_id), item.attempt)
            found = "" if run is None else self._digest(run)
        except PortalError:  # deleted or run again at this very moment
            return ""
        with self._lock:
            self._digests[key] = found
            while len(self._digests) > _REMEMBERED:
                self._digests.popitem(last=False)
        return found


def row_of_reader(n: int, view: TaskView) -> ItemRow:
    """Return a task as the row `n` of a list; as a snapshot shows it, the row is that of the run of then."""
    row = row_of_task(n, view)
    if not isinstance(view.task, TaskThen):
        return row
    attempt = view.task.item.attempt
    return replace(row, attempt=attempt, change=_OF_THEN - attempt, earlier_run=0)


def of_row(row: ItemRow, task: TaskMeta) -> TaskMeta:
    """Return the record behind a row of a submission: of the run that a snapshot shows, else the present one.

    Raises:
        NotShown: the run of then is no longer kept.
    """
    if not row.attempt and row.status is not ItemStatus.REPLACED:
        return task
    run = _of_attempt(task, row.attempt) if task.token_nonce == row.made else None
    if run is None:
        raise NotShown(Message("share.run_again"))
    return run


def annotations_shown(submission: Submission, found: Mapping[str, Annotated]) -> Mapping[str, Annotated]:
    """Return the annotations of strains, by task id, that a reader of the submission may see."""
    if not isinstance(submission, SubmissionThen):
        return found
    items = {item.task_id: item for item in submission.then.items}
    return {task_id: _annotated_then(each, items[task_id]) for task_id, each in found.items()}


def annotations_as_shown(task: TaskMeta, found: Annotated) -> Annotated:
    """Return the annotations that a reader of a task may see."""
    return _annotated_then(found, task.item) if isinstance(task, TaskThen) else found


def _annotated_then(found: Annotated, item: SnapshotItem) -> Annotated:
    """Return annotations as they were then; of those that an earlier version wrote down and that changed, the name."""
    if item.written or not item.annotations:
        return Annotated(
            Annotations(item.name, item.tags, metadata=dict(item.metadata)), item.annotations, item.changed_at
        )
    if found.revision == item.annotations and not found.damaged:
        return found
    return Annotated(Annotations(name=item.name), item.annotations)


def _of_attempt(task: TaskMeta, attempt: int) -> TaskMeta | None:
    """Return the record of the completed run of an attempt; None if its results are not kept."""
    if task.status is TaskStatus.COMPLETED and task.attempt is not None and task.attempt.number == attempt:
        return as_run(task, kept_run(task))
    run = next((run for run in task.runs if run.attempt == attempt and run.removed_at is None), None)
    return None if run is None else as_run(task, run)
