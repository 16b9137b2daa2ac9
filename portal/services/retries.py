"""One retry at a time: what was accepted is run as it was accepted, whoever asks for another run meanwhile."""

from __future__ import annotations

from typing import Any

from portal.domain.errors import Conflict
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.files.wishes import Wish, WishKind, leave_first_wish, read_wishes


def require_no_other_retry(portal: PortalDir, task: TaskMeta, wish: Wish) -> None:
    """Raise Conflict if another run with other settings is asked for and has not begun."""
    for waiting in read_wishes(portal.task(task.task_id)):
        if waiting.kind is WishKind.RETRY and waiting.attempt == wish.attempt:
            _require_same(task, waiting, wish)


def leave_retry(portal: PortalDir, task: TaskMeta, wish: Wish) -> None:
    """Leave the wish for another run; if the same run is asked for already, nothing changes.

    Raises:
        Conflict: another run with other settings is asked for and has not begun.
        NewerFormat, StorageFull, OSError: it cannot be told, or the wish cannot be written.
    """
    before = leave_first_wish(portal, task.task_id, wish)
    if before is not None:
        _require_same(task, before, wish)


def _require_same(task: TaskMeta, before: Wish, wish: Wish) -> None:
    if _settings(task, before) != _settings(task, wish):
        raise Conflict(Message("task.retry_waiting"))


def _settings(task: TaskMeta, wish: Wish) -> tuple[Any, ...]:
    """Return what a run would be made with; a wish that names no settings keeps those of the task."""
    limits = task.limits if wish.limits is None else wish.limits
    return dict(wish.parameters or task.parameters), wish.lang or task.lang, dict(limits)
