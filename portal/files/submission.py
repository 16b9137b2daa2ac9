"""What the poller notes about the submission of a job, and the web about that of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.files.document import JobId, Moment


@dataclass(frozen=True)
class Intent:
    """A job is about to be handed to the scheduler: on the disk before that happens."""

    FORMAT: ClassVar[int] = 1

    name: str
    at: Moment


@dataclass(frozen=True)
class Adoption:
    """A job was found by its name after its submission got no answer."""

    FORMAT: ClassVar[int] = 1

    job_id: JobId
    at: Moment


@dataclass(frozen=True)
class TaskRequest:
    """What was asked for when a task was submitted: the first record, and the fingerprint of file and parameters."""

    FORMAT: ClassVar[int] = 1

    content: str
    task: Mapping[str, Any]
