"""When a task's time is over: a rule that is applied now, not a date that was fixed at its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from portal.domain.task import TaskMeta


def expires_at(task: TaskMeta, retention: timedelta) -> datetime | None:
    """Return when a task is removed; None while it has not ended.

    The date in the record is what the rule said at the task's end; it counts where nobody knows when that was.
    """
    if not task.status.is_final:
        return None
    return task.expires_at if task.completion_time is None else task.completion_time + retention


def dated(task: TaskMeta, retention: timedelta) -> TaskMeta:
    """Return the record with the date that the rule gives it now, where that is another day than it was at its end."""
    when = expires_at(task, retention)
    if when is None or task.expires_at is None or abs(when - task.expires_at) < timedelta(days=1):
        return task
    return replace(task, expires_at=when)
