"""When a task expires: computed from the present setting, not fixed at the task's end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from portal.domain.task import TaskMeta


def expires_at(task: TaskMeta, retention: timedelta, *, ended_before: datetime | None = None) -> datetime | None:
    """Return when a task is removed; None while it has not ended.

    The date in the record was computed at the task's end; it is used if the time of that end is unknown. A task that
    ended before `ended_before` has expired at its end.
    """
    if not task.status.is_final:
        return None
    if ended_before is not None and task.completion_time is not None and task.completion_time < ended_before:
        return task.completion_time
    return task.expires_at if task.completion_time is None else task.completion_time + retention


def dated(task: TaskMeta, retention: timedelta) -> TaskMeta:
    """Return the record with the date that the present setting gives, if that is a different day."""
    when = expires_at(task, retention)
    if when is None or task.expires_at is None or abs(when - task.expires_at) < timedelta(days=1):
        return task
    return replace(task, expires_at=when)
