"""When a task's time is over: a rule that is applied now, not a date that was fixed at its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain.task import TaskMeta


def expires_at(task: TaskMeta, retention: timedelta) -> datetime | None:
    """Return when a task is removed; None while it has not ended.

    The date in the record is what the rule said at the task's end; it counts where nobody knows when that was.
    """
    if not task.status.is_final:
        return None
    return task.expires_at if task.completion_time is None else task.completion_time + retention
