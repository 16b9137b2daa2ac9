"""Search over one's own strains: those of a signed-in person, and those that a browser has opened (`own_strains`)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from portal.domain.annotations import Annotations, tags_asked
from portal.domain.errors import PortalError
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.services.annotations import AnnotationService
from portal.services.own_strains import OwnStrain, OwnStrains
from portal.services.rates import Rate
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

MOST_SHOWN = 100
MOST_WORDS = 20
MOST_READ = 2000  # per search, the newest first: results that are not in memory
_REMEMBERED = 5000


@dataclass(frozen=True)
class FoundStrains:
    """The newest hits, how many there are, and whether older strains or results were left out."""

    strains: tuple[OwnStrain, ...]
    total: int
    is_partial: bool


class OwnSearch:
    """Finds strains by what is known and written of them, and by their toxins."""

    def __init__(self, strains: OwnStrains, tasks: TaskService, submissions: SubmissionService, rate: Rate) -> None:
        self._strains = strains
        self._tasks = tasks
        self._annotations: AnnotationService = submissions.annotations
        self._rate = rate
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
        own, is_partial = self._strains.of(owner, session)
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
