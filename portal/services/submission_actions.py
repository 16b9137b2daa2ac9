"""Act on all tasks of a submission: cancel, run again, delete."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.errors import Conflict, NotFound, NotReady, StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.domain.submission import ItemStatus, Submission
from portal.files.submissions import SubmissionFolders
from portal.files.withdrawn import WithdrawnSubmissions
from portal.services.submission_progress import ItemRow, SubmissionView
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ActResult:
    """The result of an action on many tasks: how many succeeded, and the errors of the others."""

    done: int
    left: tuple[tuple[int, Message], ...] = ()


class SubmissionActions:
    """Actions of the owner. `look` returns a submission with the state of its items."""

    def __init__(
        self,
        tasks: TaskService,
        folders: SubmissionFolders,
        withdrawn: WithdrawnSubmissions,
        look: Callable[[Submission], SubmissionView],
    ) -> None:
        self._tasks = tasks
        self._folders = folders
        self._withdrawn = withdrawn
        self._look = look

    def cancel(self, submission: Submission, *, only_waiting: bool, by: str = "user") -> ActResult:
        """Request cancellation of the waiting tasks, or of all that have not ended."""
        waiting = (ItemStatus.PENDING, ItemStatus.QUEUED)
        return self._each(
            submission,
            lambda row: row.status in waiting or (row.status is ItemStatus.RUNNING and not only_waiting),
            lambda task_id: self._tasks.cancel(self._tasks.record(task_id), by=by),
        )

    def retry(
        self,
        submission: Submission,
        *,
        only_failed: bool,
        kinds: frozenset[str] = frozenset(),
        parameters: Mapping[str, Any] | None = None,
        limits: Mapping[str, Any] | None = None,
        by: str = "user",
    ) -> ActResult:
        """Request another attempt of failed tasks (of the given kinds only, if any), or of all that ended."""
        ended = (ItemStatus.FAILED,) if only_failed else (ItemStatus.FAILED, ItemStatus.COMPLETED)
        return self._each(
            submission,
            lambda row: row.status in ended and (not kinds or row.failure_kind in kinds),
            lambda task_id: self._tasks.retry(self._tasks.record(task_id), parameters=parameters, limits=limits, by=by),
        )

    def _each(
        self, submission: Submission, takes: Callable[[ItemRow], bool], act: Callable[[str], object]
    ) -> ActResult:
        done, left = 0, []
        for row in self._look(submission).rows:
            if not takes(row):
                continue
            try:
                act(row.task_id)
                done += 1
            except (Conflict, NotFound, NotReady, StorageFull, TooManyRequests) as error:  # it has changed, or no room
                left.append((row.n, error.message))
        return ActResult(done, tuple(left))

    def delete(self, submission: Submission, *, by: str = "user", due: datetime | None = None) -> None:
        """Remove all tasks, then the submission; from now on it is unknown, and its key creates a new one.

        Until it is `due` it can be brought back (`undo`).

        Raises:
            NotReady: a record is being repaired. The other tasks are removed, and the submission is still there, so
                that a repeated request can remove the rest.
        """
        unready: NotReady | None = None
        for row in self._look(submission).rows:
            try:
                self._tasks.delete(self._tasks.record(row.task_id), by=by, due=due)
            except NotFound:
                continue
            except NotReady as error:
                unready = error
        if unready is not None:
            raise unready
        if due is None:
            self._folders.remove(submission.submission_id)
        else:
            self._withdraw(submission.submission_id, due)

    def _withdraw(self, submission_id: str, due: datetime) -> None:
        try:
            self._withdrawn.take(submission_id, due)
        except OSError as error:  # such as a full disk: better gone for good than still there
            log.error("submission %s cannot be kept for an undo: %s", submission_id, error)
            self._folders.remove(submission_id)
