"""What a task looks like from outside: the record, and what only the queue knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain.message import Message
from portal.domain.task import TaskMeta


@dataclass(frozen=True)
class TaskView:
    """A record with its place in the queue. `queue_position` counts from 1; None where the task does not wait.

    `estimated_start` is an estimate and never a promise. `wishes` are the kinds that the poller has not seen to.
    """

    task: TaskMeta
    queue_position: int | None = None
    estimated_start: datetime | None = None
    wishes: tuple[str, ...] = ()

    @property
    def retry_after_s(self) -> int:
        """Seconds after which a client that polls does well to ask again; 0 when nothing will change."""
        if self.task.status.is_final:
            return 0
        return 2 if self.queue_position is None else min(30, 2 + self.queue_position)


@dataclass(frozen=True)
class CreatedTask:
    """The answer to a submission; `created` is False when a repeat found its first task again."""

    view: TaskView
    token: str
    created: bool


@dataclass(frozen=True)
class ResultFile:
    """One file of the results. `folder` is where it lies in the bundle, `size` in bytes, `sha256` in hex."""

    name: str
    stage: str
    folder: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class PartHealth:
    """One part of the system: `ok`, `degraded`, `down` or `off`, a message, and how old (s) that knowledge is."""

    name: str
    state: str
    message: Message
    age_s: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
