"""Access to one run of a task, by the same tokens as the task."""

from __future__ import annotations

from portal.domain.runs import run_of
from portal.domain.task import TaskMeta
from portal.web.security import authorized_task


def authorized_run(task_id: str, number: int) -> TaskMeta:
    """Return the record of one completed run; see `authorized_task` and `run_of` for errors."""
    return run_of(authorized_task(task_id), number)
