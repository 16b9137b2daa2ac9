"""Remove the results of earlier runs that are no longer kept."""

from __future__ import annotations

import logging

from portal.domain.runs import unused_stages
from portal.domain.task import TaskMeta
from portal.files.safe_open import discard
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)


class PastRuns:
    """Frees the room of removed runs; of each task, `most` earlier runs are kept.

    The record says which runs are removed before any file goes, so that a crash in between leaves files that nobody
    is shown, and `remove_files` can be repeated at any time.
    """

    def __init__(self, portal: PortalDir, *, most: int) -> None:
        self._portal = portal
        self.most = most

    def remove_files(self, task: TaskMeta) -> None:
        """Remove the files that only removed runs have used; what cannot be removed is tried again later."""
        folder = self._portal.task(task.task_id)
        for number, stage in unused_stages(task):
            path = folder.attempt(number).stage(stage).out
            try:
                discard(path)
            except OSError as error:
                log.error("task %s: files of attempt %d cannot be removed: %s", task.task_id, number, error)
