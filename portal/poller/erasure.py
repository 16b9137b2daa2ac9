"""Erase what a deleted task leaves outside its folder: copies of a damaged record, and its names in its submission.

An hour after a DELETE nothing below JOBS_DIR has the task's file name, label, sequence or token hash. The rest is done
elsewhere: the task's folder goes when the deletion can no longer be undone, superseded lines of the index within half
an hour (`TaskIndex.tidy`), and comparisons within the hour (the janitor).
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from pathlib import Path

from portal.domain.errors import NotReady, PortalError
from portal.domain.task import TaskMeta
from portal.files.shares import ShareFiles
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)


class Erasure:
    """Traces of deleted tasks; what cannot be erased is tried again in each sweep."""

    def __init__(self, portal: PortalDir, guarded: Callable[[str, Callable[[], object]], bool]) -> None:
        """Make one; `guarded` calls an act and keeps its OSError under a name, so that it stops nothing else."""
        self._portal = portal
        self._submissions = SubmissionFolders(portal)
        self._guarded = guarded
        self._left: list[TaskMeta] = []

    def erase(self, task: TaskMeta, remove: Callable[[Path], None]) -> None:
        """Erase the traces of a task; `remove` removes a file or folder for good."""
        for path in self._portal.quarantine.glob(f"{task.task_id}-*"):
            self._guarded(path.name, lambda path=path: remove(path))  # type: ignore[misc]
        if not self._guarded(task.task_id, lambda: self._erase_names(task)):
            self._left.append(task)

    def again(self) -> None:
        """Try again what could not be erased."""
        self._left = [task for task in self._left if not self._guarded(task.task_id, lambda: self._erase_names(task))]  # noqa: B023

    def _erase_names(self, task: TaskMeta) -> None:
        try:
            self._submissions.erase_label(task)
        except PortalError as error:  # it has no submission, or that is gone, unreadable or another's
            log.debug("task %s: no label to erase: %s", task.task_id, error)
        try:
            ShareFiles(self._submissions.folder(task.submission)).erase_texts(task.task_id)
        except NotReady as error:  # somebody changes the shares: tried again
            raise BlockingIOError(errno.EAGAIN, str(error)) from error
        except PortalError as error:
            log.debug("task %s: no name to erase: %s", task.task_id, error)
