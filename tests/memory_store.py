"""A store in memory, for tests of what stands above: it keeps the same promises as the others."""

from __future__ import annotations

from portal.domain.errors import NotFound, StaleWrite
from portal.domain.message import Message
from portal.domain.task import TaskMeta


class MemoryTaskStore:
    """TaskStore without a disk."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskMeta] = {}

    def get(self, task_id: str) -> TaskMeta:
        try:
            return self._tasks[task_id]
        except KeyError:
            raise NotFound(Message("task.unknown")) from None

    def remembered(self, task_id: str) -> TaskMeta | None:
        return self._tasks.get(task_id)

    def create(self, task: TaskMeta) -> None:
        self._tasks[task.task_id] = task

    def save(self, task: TaskMeta) -> None:
        current = self.get(task.task_id)
        if current.revision >= task.revision:
            raise StaleWrite(
                Message("record.stale", task_id=task.task_id, revision=task.revision, current=current.revision)
            )
        self._tasks[task.task_id] = task

    def forget(self, task_id: str) -> None:
        self._tasks.pop(task_id, None)
