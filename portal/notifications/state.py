"""The state of what notifications are about: a task, or all tasks of a submission."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from portal.domain.notification import SubjectKind
from portal.domain.retention import expires_at
from portal.domain.status import FailureKind
from portal.domain.task import TaskMeta
from portal.files.notification_request import NotifyFolder
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.files.wishes import is_being_deleted
from portal.ports import TaskStore

# Whoever cancels or deletes a task need not be told that it ended.
_BY_ITS_SENDER = "user"


@dataclass(frozen=True)
class SubjectState:
    """Whether it has ended, when its results go, and how many tasks are in which state (of one task: the state)."""

    is_final: bool
    expires: datetime | None = None
    ended: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    failure_kind: str | None = None
    ended_by_sender: bool = False


class Subjects(Protocol):
    """The tasks, or the submissions."""

    kind: SubjectKind

    def ids(self) -> list[str]:
        """Return the ids of all of them."""

    def folder(self, subject: str, /) -> NotifyFolder:
        """Return the folder with what its sender wants to be told."""

    def stamp(self, subject: str, /) -> tuple[int, ...] | None:
        """Return what changes when the state may have changed; None if only a look tells."""

    def look(self, subject: str, /) -> SubjectState:
        """Return the present state.

        Raises:
            PortalError, OSError: it is gone, or cannot be read at the moment.
        """


class TaskSubjects:
    """Single tasks; `kept` is how long results are kept."""

    kind = SubjectKind.TASK

    def __init__(self, portal: PortalDir, store: TaskStore, *, kept: timedelta) -> None:
        self._portal = portal
        self._store = store
        self._kept = kept

    def ids(self) -> list[str]:
        return self._portal.task_ids()

    def folder(self, subject: str) -> NotifyFolder:
        return NotifyFolder(self._portal.task(subject).path)

    def stamp(self, subject: str) -> tuple[int, ...] | None:
        return _stamp(self._portal.task(subject).meta)

    def look(self, subject: str) -> SubjectState:
        task, folder = self._store.get(subject), self._portal.task(subject)
        leaves = task.status.is_final and is_being_deleted(folder)
        cancelled = is_cancelled_by_sender(task)
        return SubjectState(
            is_final=task.status.is_final,
            expires=None if folder.kept.exists() else expires_at(task, self._kept),
            ended=task.completion_time,
            counts={task.status.value: 1},
            failure_kind=task.failure_kind.value if task.failure_kind else None,
            ended_by_sender=leaves or cancelled,
        )


class SubmissionSubjects:
    """Submissions; `look` returns the state of one, since only the holder of the portal's secret knows its tasks."""

    kind = SubjectKind.SUBMISSION

    def __init__(self, portal: PortalDir, look: Callable[[str], SubjectState]) -> None:
        self._folders = SubmissionFolders(portal)
        self._look = look

    def ids(self) -> list[str]:
        return self._folders.ids()

    def folder(self, subject: str) -> NotifyFolder:
        return NotifyFolder(self._folders.folder(subject))

    def stamp(self, _subject: str) -> tuple[int, ...] | None:
        return None

    def look(self, subject: str) -> SubjectState:
        return self._look(subject)


def is_cancelled_by_sender(task: TaskMeta) -> bool:
    """Tell whether a task ended because its own sender cancelled it."""
    return task.failure_kind is FailureKind.CANCELLED and task.cancelled_by == _BY_ITS_SENDER


def _stamp(path: Path) -> tuple[int, ...]:
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_ino, facts.st_size
