"""One's own strains: those of a signed-in person, and those that a browser has opened.

A person's own are in the task index. What a browser has opened is in its list (`portal.files.opened`), which is
believed only where the browser may still open what is named. A browser from before there were lists gets its list by
its first search, which goes through the newest tasks and submissions that some browser has opened, a bounded number of
them. What a browser came to by a snapshot is left out, since a search would say what is newer.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from itertools import islice
from pathlib import Path
from typing import TypeVar

from portal.domain.annotations import Annotations
from portal.domain.errors import PortalError
from portal.domain.status import TaskStatus
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files import browsers as browser_marks
from portal.files.opened import ListExtent, OpenedEntry, OpenedList
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndexReader, TaskIndexRow
from portal.files.taskdir import PortalDir
from portal.files.wishes import is_being_deleted
from portal.services.browsers import Browsers, entry_of
from portal.services.shares import Grant
from portal.services.submission_grid import labelled
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

T = TypeVar("T")
# A task or submission, and how a browser may come in; a task perhaps by its submission.
_Opened = tuple[TaskMeta | Submission, Grant]
# Of tasks and of submissions, the newest first.
MOST_EXAMINED = 3000
_ENDED = {status.value for status in TaskStatus}


@dataclass(frozen=True)
class OwnStrain:
    """A strain that somebody may see. `submitted` is ISO 8601 (UTC); `label` names the file."""

    task_id: str
    label: str
    status: str
    failure_kind: str
    submitted: str
    is_owner: bool
    written: Annotations = field(default_factory=Annotations)


class OwnStrains:
    """Finds the strains of a person and of a browser."""

    def __init__(
        self, portal: PortalDir, tasks: TaskService, submissions: SubmissionService, browsers: Browsers
    ) -> None:
        self._portal = portal
        self._tasks = tasks
        self._submissions = submissions
        self._browsers = browsers
        self._index = TaskIndexReader(portal)
        self._folders = SubmissionFolders(portal)

    def of(self, owner: str, session: str | None) -> tuple[list[OwnStrain], bool]:
        """Return the strains of a person (empty: nobody) and of a session, and whether older ones were left out."""
        rows = self._index.rows()
        found = {row.task_id: _of_row(row, is_owner=True) for row in rows if owner and row.owner == owner}
        is_partial = False
        if session is not None:
            opened, is_partial = self._opened(session, rows)
            whole = [(each, grant.is_owner) for each, grant in opened if grant.snapshot is None]
            # Of a task that was opened by its own link and with its submission, the submission says more.
            for each, is_owner in whole:
                if isinstance(each, Submission):
                    for strain in self._of_submission(each, is_owner=is_owner):
                        found.setdefault(strain.task_id, strain)
            by_id = {row.task_id: row for row in rows}
            for each, is_owner in whole:
                if isinstance(each, TaskMeta) and (row := by_id.get(each.task_id)) is not None:
                    found.setdefault(row.task_id, _of_row(row, is_owner=is_owner))
        return [
            strain for strain in found.values() if not is_being_deleted(self._portal.task(strain.task_id))
        ], is_partial

    # -- what a browser has opened

    def _opened(self, session: str, rows: list[TaskIndexRow]) -> tuple[list[_Opened], bool]:
        """Return what a browser may open, and whether older ones were left out."""
        listed = self._browsers.opened(session)
        extent = listed.extent()
        if extent is None:
            return self._make_list(listed, session, rows)
        entries, more = listed.newest(MOST_EXAMINED)
        return self._that_open(entries, session), more or extent is ListExtent.NEWEST

    def _make_list(self, listed: OpenedList, session: str, rows: list[TaskIndexRow]) -> tuple[list[_Opened], bool]:
        """Go through what any browser has opened, and list what this one may open."""
        submissions, more = _newest(self._marked_submissions())
        tasks, more_tasks = _newest(self._marked_tasks(reversed(rows)))
        candidates = [
            *(OpenedEntry(False, name) for name in submissions),
            *(OpenedEntry(True, row.task_id) for row in tasks),
        ]
        opened, more = self._that_open(candidates, session), more or more_tasks
        try:
            for each, _ in reversed(opened):  # the oldest first: they are the first to go
                listed.add(entry_of(each))
            listed.note_extent(ListExtent.NEWEST if more else ListExtent.COMPLETE)
        except (PortalError, OSError) as error:
            log.error("the list of a browser cannot be written: %s", error)
        return opened, more

    def _that_open(self, entries: Iterable[OpenedEntry], session: str) -> list[_Opened]:
        found: list[_Opened] = []
        for entry in entries:
            # Removed, being repaired, or of a newer version: not to be seen at the moment.
            with suppress(PortalError, OSError):
                find = self._tasks.record if entry.is_task else self._submissions.read
                opened: TaskMeta | Submission = find(entry.opened_id)
                grant = self._browsers.grant(opened, session)
                if grant is not None:
                    found.append((opened, grant))
        return found

    def _marked_tasks(self, rows: Iterable[TaskIndexRow]) -> Iterator[TaskIndexRow]:
        return (row for row in rows if _has_marks(self._portal.task(row.task_id).path))

    def _marked_submissions(self) -> Iterator[str]:
        """Yield the ids of the submissions that some browser has opened, the newest first."""
        entries: list[tuple[int, str]] = []
        try:
            for entry in os.scandir(self._portal.own / "submissions"):
                with suppress(FileNotFoundError):  # removed at this very moment
                    entries.append((entry.stat().st_mtime_ns, entry.name))
        except OSError:
            return
        for _, name in sorted(entries, reverse=True):
            try:
                folder = self._folders.folder(name)
            except PortalError:
                continue
            if _has_marks(folder):
                yield name

    def _of_submission(self, submission: Submission, *, is_owner: bool) -> list[OwnStrain]:
        try:
            genomes = labelled(self._submissions.look(submission))
        except (PortalError, OSError):
            return []
        submitted = submission.created_at.astimezone(UTC).isoformat(timespec="seconds")
        return [
            OwnStrain(
                genome.item.task_id,
                genome.label,
                genome.item.status.value,
                genome.item.failure_kind or "",
                submitted,
                is_owner,
            )
            for genome in genomes
            if genome.item.status.value in _ENDED
        ]


def _newest(found: Iterator[T]) -> tuple[list[T], bool]:
    """Return as many as one search examines, and whether there are more."""
    kept = list(islice(found, MOST_EXAMINED))
    return kept, next(found, None) is not None


def _has_marks(folder: Path) -> bool:
    try:
        return bool(os.listdir(folder / browser_marks.FOLDER))  # noqa: PTH208 - a Path for each name costs more
    except OSError:
        return False


def _of_row(row: TaskIndexRow, *, is_owner: bool) -> OwnStrain:
    return OwnStrain(row.task_id, row.filename, row.status, row.failure_kind, row.submitted, is_owner)
