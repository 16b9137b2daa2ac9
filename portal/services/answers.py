"""A task as seen by clients: the record, and its state in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain.message import Message
from portal.domain.task import TaskMeta


@dataclass(frozen=True)
class TaskView:
    """A record with its place in the queue. `queue_position` counts from 1; None if the task is not waiting.

    `estimated_start` is an estimate, not a guarantee. `wishes` are the kinds that the poller has not handled yet.
    """

    task: TaskMeta
    queue_position: int | None = None
    estimated_start: datetime | None = None
    wishes: tuple[str, ...] = ()

    @property
    def retry_after_s(self) -> int:
        """Seconds after which a polling client should ask again; 0 if nothing will change."""
        if self.task.status.is_final:
            return 0
        return 2 if self.queue_position is None else min(30, 2 + self.queue_position)


@dataclass(frozen=True)
class CreatedTask:
    """The answer to a submission; `created` is False if a repeat found the existing task."""

    view: TaskView
    token: str
    created: bool


@dataclass(frozen=True)
class ResultFile:
    """One result file. `folder` is its folder in the bundle, `size` in bytes, `sha256` in hex."""

    name: str
    stage: str
    folder: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class PartHealth:
    """One part of the system: `ok`, `degraded`, `down` or `off`, a message, and the age of this state (s)."""

    name: str
    state: str
    message: Message
    age_s: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
