"""The attempts of a task whose results a snapshot link shows that is open."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date
from pathlib import Path

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound
from portal.domain.task import TaskMeta
from portal.files.shares import ShareFiles
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)


def shown_attempts(portal: PortalDir, task: TaskMeta, today: date) -> frozenset[int]:
    """Return the attempts that open snapshots of the task and of its submission show.

    Where that cannot be told at the moment, these are all attempts; a damaged list or snapshot opens nothing.
    """
    folders = [portal.task(task.task_id).path]
    with suppress(NotFound):
        folders.append(SubmissionFolders(portal).folder(task.submission))
    found: set[int] = set()
    for folder in folders:
        try:
            found |= _shown_by(folder, task.task_id, today)
        except CorruptRecord as error:
            log.error("task %s: shares that cannot be read keep no results: %s", task.task_id, error.message)
        except (NewerFormat, OSError) as error:
            log.error("task %s: all its results are kept, since its shares cannot be read: %s", task.task_id, error)
            return frozenset(attempt.number for attempt in task.attempts)
    return frozenset(found)


def _shown_by(folder: Path, task_id: str, today: date) -> set[int]:
    files, found = ShareFiles(folder), set()
    for share in files.read().shares:
        if share.snapshot is None or not share.is_open(today):
            continue
        with suppress(CorruptRecord):
            items = files.snapshot(share.n, share.snapshot.sha256).items
            found |= {item.attempt for item in items if item.task_id == task_id}
    return found
