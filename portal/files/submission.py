"""Notes on submissions: the poller's about a job, the web process's about a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from portal.domain.errors import CorruptRecord
from portal.files.document import JobId, Moment, read_document


@dataclass(frozen=True)
class Intent:
    """A job that is about to be submitted to the scheduler; written to disk before that happens."""

    FORMAT: ClassVar[int] = 1

    name: str
    at: Moment
    answers: int = 0  # how often the scheduler refused in the same words, which the portal does not know
    words: str = ""

    @classmethod
    def read(cls, path: Path, *, default: Intent) -> Intent | None:
        """Return the intent; None if there never was one, `default` if the file is damaged."""
        try:
            return read_document(path, cls)
        except FileNotFoundError:
            return None
        except CorruptRecord:
            return default

    def answered(self, words: str) -> Intent:
        """Return the intent after one more refusal."""
        return replace(self, answers=self.answers + 1 if words == self.words else 1, words=words)


@dataclass(frozen=True)
class Adoption:
    """A job that was found by its name after its submission got no answer."""

    FORMAT: ClassVar[int] = 1

    job_id: JobId
    at: Moment


@dataclass(frozen=True)
class TaskRequest:
    """The original request for a task: its first record, and the fingerprint of file and parameters."""

    FORMAT: ClassVar[int] = 1

    content: str
    task: Mapping[str, Any]
