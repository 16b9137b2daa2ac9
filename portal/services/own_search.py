"""Search over one's own strains: those of a signed-in person, and those that a browser has opened.

There is no list of what a browser may open; only marks in the folders of tasks and submissions, which mean nothing
without the browser's session. What a browser came to by a snapshot is left out, since a search would say what is newer.
So a search goes through the newest tasks and submissions that some browser has opened,
a bounded number of them, and asks of each whether this one has. A person's own are in the task index.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from portal.domain.annotations import Annotations, tags_asked
from portal.domain.errors import PortalError
from portal.domain.status import TaskStatus
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files import browsers as browser_marks
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndexReader, TaskIndexRow
from portal.files.taskdir import PortalDir
from portal.services.annotations import AnnotationService
from portal.services.browsers import Browsers
from portal.services.rates import Rate
from portal.services.submission_grid import labelled
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

T = TypeVar("T")
MOST_SHOWN = 100
MOST_WORDS = 20
# Per search, the newest first: what has a mark of some browser, and results that are not in memory.
MOST_EXAMINED = 3000
MOST_READ = 2000
_REMEMBERED = 5000
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


@dataclass(frozen=True)
class FoundStrains:
    """The newest hits, how many there are, and whether older strains or results were left out."""

    strains: tuple[OwnStrain, ...]
    total: int
    is_partial: bool


class OwnSearch:
    """Finds strains by what is known and written of them, and by their toxins."""

    def __init__(
        self, portal: PortalDir, tasks: TaskService, submissions: SubmissionService, browsers: Browsers, rate: Rate
    ) -> None:
        self._portal = portal
        self._tasks = tasks
        self._submissions = submissions
        self._annotations: AnnotationService = submissions.annotations
        self._browsers = browsers
        self._rate = rate
        self._index = TaskIndexReader(portal)
        self._folders = SubmissionFolders(portal)
        self._lock = threading.Lock()
        self._results: OrderedDict[tuple[str, str, int], str] = OrderedDict()

    def find(
        self, text: str, *, client: str, owner: str, session: str | None, word: Callable[[OwnStrain], str]
    ) -> FoundStrains:
        """Return the strains that match a text: each word occurs or is the whole id, and each `tag:` is a tag.

        client: pseudonym of who asks, for the limit. owner: pseudonym of the signed-in person, empty for nobody.
        word: what a reader calls the state of a strain.

        Raises:
            TooManyRequests: this client has searched too often within a minute.
        """
        self._rate.count(client)
        tags, rest = tags_asked(text)
        words = rest.casefold().split()[:MOST_WORDS]
        own, is_partial = self._own(owner, session)
        found: list[OwnStrain] = []
        unread = MOST_READ
        annotated = self._annotations.of_all(strain.task_id for strain in own)
        for strain in sorted(own, key=lambda each: each.submitted, reverse=True):
            written = annotated[strain.task_id].shown(to_owner=strain.is_owner)
            if not {tag.casefold() for tag in written.tags}.issuperset(tags):
                continue
            asked = [each for each in words if each != strain.task_id]  # a part of an id is chance
            left = _left(asked, f"{_plain(strain, written)} {word(strain)}")
            if left and strain.status == TaskStatus.COMPLETED:
                results, was_read = self._results_of(strain.task_id, may_read=unread > 0)
                unread -= was_read
                is_partial = is_partial or results is None
                left = _left(left, results or "")
            if not left:
                found.append(replace(strain, written=written))
        return FoundStrains(tuple(found[:MOST_SHOWN]), len(found), is_partial)

    # -- whose

    def _own(self, owner: str, session: str | None) -> tuple[list[OwnStrain], bool]:
        rows = self._index.rows()
        found = {row.task_id: _of_row(row, is_owner=True) for row in rows if owner and row.owner == owner}
        is_partial = False
        if session is not None:
            submissions, more = _newest(self._marked_submissions())
            for submission_id in submissions:
                for strain in self._of_submission(submission_id, session):
                    found.setdefault(strain.task_id, strain)
            tasks, more_tasks = _newest(self._marked_tasks(row for row in reversed(rows) if row.task_id not in found))
            for row in tasks:
                is_owner = self._may_open(row.task_id, session)
                if is_owner is not None:
                    found[row.task_id] = _of_row(row, is_owner=is_owner)
            is_partial = more or more_tasks
        return [strain for strain in found.values() if not self._is_leaving(strain.task_id)], is_partial

    def _is_leaving(self, task_id: str) -> bool:
        return self._portal.task(task_id).wish("delete").exists()

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

    def _may_open(self, task_id: str, session: str) -> bool | None:
        """Tell whether a session may open a task as its owner; None if it may not open it at all."""
        try:
            grant = self._browsers.grant(self._tasks.record(task_id), session)
        except (PortalError, OSError):
            return None
        return grant.is_owner if grant is not None and grant.snapshot is None else None

    def _of_submission(self, submission_id: str, session: str) -> list[OwnStrain]:
        try:
            submission: Submission = self._submissions.read(submission_id)
            grant = self._browsers.grant(submission, session)
            if grant is None or grant.snapshot is not None:
                return []
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
                grant.is_owner,
            )
            for genome in genomes
            if genome.item.status.value in _ENDED
        ]

    # -- what their results say

    def _results_of(self, task_id: str, *, may_read: bool) -> tuple[str | None, bool]:
        """Return the names of toxins and orders in the results (None: not now), and whether they were read."""
        try:
            task = self._tasks.record(task_id)
        except (PortalError, OSError):
            return "", False
        key = (task_id, task.token_nonce, task.revision)
        with self._lock:
            known = self._results.get(key)
            if known is not None:
                self._results.move_to_end(key)
                return known, False
        if not may_read:
            return None, False
        text = self._read_results(task)
        with self._lock:
            self._results[key] = text
            while len(self._results) > _REMEMBERED:
                self._results.popitem(last=False)
        return text, True

    def _read_results(self, task: TaskMeta) -> str:
        try:
            toxins = [toxin.hit.name for toxin in self._tasks.toxins(task).toxins if toxin.hit is not None]
            strains = self._tasks.scores(task).strains
        except (PortalError, OSError):  # run again or removed at this very moment
            return ""
        conclusion = strains[0].conclusion if strains else None
        orders = (*conclusion.likely, *conclusion.possible) if conclusion else ()
        return " ".join((*dict.fromkeys(toxins), *orders)).casefold()


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


def _plain(strain: OwnStrain, written: Annotations) -> str:
    more = (written.name, *written.tags, *written.metadata, *written.metadata.values(), written.note)
    return " ".join((strain.label, strain.status, strain.failure_kind, *more))


def _left(words: list[str], text: str) -> list[str]:
    """Return the words that a text lacks."""
    folded = text.casefold()
    return [word for word in words if word not in folded]


def submitted_at(strain: OwnStrain) -> datetime:
    """Return when a strain was submitted."""
    return datetime.fromisoformat(strain.submitted)
