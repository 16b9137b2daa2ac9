"""Remove what was announced once all tasks of it are gone: a manifest tells nobody anything then.

A task knows its submission, and the poller has no secret to derive the ids of tasks from; so the records are gone
through, some at a time, and a submission that none of them names for as long as a task may come back is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from portal.domain.errors import CorruptRecord, NewerFormat, NotFound, PortalError
from portal.domain.submission import AWAITED_FOR
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.ports import TaskStore

_LOOKS = 200


class ForgottenSubmissions:
    """Goes round the tasks of a portal; `keeps_s` is for how long (s) a task may be fetched back after it went."""

    def __init__(self, portal: PortalDir, store: TaskStore, *, keeps_s: float, clock: Callable[[], float]) -> None:
        self._folders = SubmissionFolders(portal)
        self._store = store
        self._keeps_s = keeps_s
        self._clock = clock
        self._left: list[str] = []
        self._unnamed: set[str] = set()  # of this round: those that no task has named so far
        self._since: dict[str, float] = {}  # when a whole round first named none of their tasks

    def find(self, known: Collection[str], now: datetime) -> list[str]:
        """Look at the next few tasks; at the end of a round, return the submissions that are over.

        Args:
            known: the tasks on the disk.
            now: the present; what may still be sent is left alone.
        """
        if not self._left:
            self._unnamed = {name for name in self._folders.ids() if self._is_closed(name, now)}
            self._left = sorted(known) if self._unnamed else []
        looked, self._left = self._left[:_LOOKS], self._left[_LOOKS:]
        for task_id in looked:
            try:
                self._unnamed.discard(self._store.get(task_id).submission)
            except NotFound:  # it went meanwhile
                continue
            except PortalError:  # a record that nobody can read may name any of them: another round
                self._left, self._unnamed = [], set()
                return []
        return [] if self._left else self._over()

    def remove(self, submission_id: str) -> None:
        """Remove a submission for good; nothing of its key or its tokens is left."""
        self._folders.remove(submission_id)
        self._since.pop(submission_id, None)

    def _is_closed(self, submission_id: str, now: datetime) -> bool:
        try:
            return now > self._folders.read(submission_id).created_at + 2 * AWAITED_FOR
        except (NotFound, CorruptRecord, NewerFormat):
            return False

    def _over(self) -> list[str]:
        seen = self._clock()
        self._since = {submission_id: self._since.get(submission_id, seen) for submission_id in self._unnamed}
        return sorted(name for name, since in self._since.items() if seen - since >= self._keeps_s)
