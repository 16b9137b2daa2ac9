"""Remove submissions whose tasks are all gone: their manifests are of no more use.

A task knows its submission, but the poller has no secret to derive task ids from a submission. So it goes through the
records, some at a time. A submission that none of them names, for as long as a task may be restored, is over.
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
    """Checks the tasks of a portal in rounds; `keeps_s` is how long (s) a removed task can be restored."""

    def __init__(self, portal: PortalDir, store: TaskStore, *, keeps_s: float, clock: Callable[[], float]) -> None:
        self._folders = SubmissionFolders(portal)
        self._store = store
        self._keeps_s = keeps_s
        self._clock = clock
        self._left: list[str] = []
        self._unnamed: set[str] = set()  # in this round: those that no task has named so far
        self._since: dict[str, float] = {}  # when a whole round first named none of their tasks

    def find(self, known: Collection[str], now: datetime) -> list[str]:
        """Check the next few tasks; at the end of a round, return the submissions that are over.

        Args:
            known: the tasks on the disk.
            now: the present time; submissions that may still be sent are kept.
        """
        if not self._left:
            self._unnamed = {name for name in self._folders.ids() if self._is_closed(name, now)}
            self._left = sorted(known) if self._unnamed else []
        looked, self._left = self._left[:_LOOKS], self._left[_LOOKS:]
        for task_id in looked:
            try:
                self._unnamed.discard(self._store.get(task_id).submission)
            except NotFound:  # removed meanwhile
                continue
            except PortalError:  # an unreadable record may name any of them: start another round
                self._left, self._unnamed = [], set()
                return []
        return [] if self._left else self._over()

    def remove(self, submission_id: str) -> None:
        """Remove a submission permanently, including its key and its tokens."""
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
