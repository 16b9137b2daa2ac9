"""Remove the results of earlier runs that are no longer kept."""

from __future__ import annotations

import logging
from datetime import datetime

from portal.domain.kept_run import KeptRun
from portal.domain.runs import unused_stages, with_most
from portal.domain.task import TaskMeta
from portal.files.safe_open import discard
from portal.files.shown_attempts import shown_attempts
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)


class PastRuns:
    """Frees the room of removed runs; of each task, `most` earlier runs are kept, and those that a snapshot shows.

    The record says which runs are removed before any file goes, so that a crash in between leaves files that nobody
    is shown, and `remove_files` can be repeated at any time.
    """

    def __init__(self, portal: PortalDir, *, most: int) -> None:
        self._portal = portal
        self._most = most

    def kept(self, task: TaskMeta, now: datetime) -> tuple[KeptRun, ...]:
        """Return the earlier runs of a task whose next one has completed; those that are not kept are marked."""
        kept = with_most(task.runs, self._most, now)
        if kept == task.runs:
            return kept
        return with_most(task.runs, self._most, now, shown=shown_attempts(self._portal, task, now.date()))

    def remove_files(self, task: TaskMeta) -> None:
        """Remove the files that only removed runs have used; what cannot be removed is tried again later."""
        folder = self._portal.task(task.task_id)
        for number, stage in unused_stages(task):
            path = folder.attempt(number).stage(stage).out
            try:
                discard(path)
            except OSError as error:
                log.error("task %s: files of attempt %d cannot be removed: %s", task.task_id, number, error)
