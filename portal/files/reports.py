"""The files that jobs write and the poller reads: claim, progress, sentinel and the job's end.

Only jobs write these files, and they never write the record. The files are read with `portal.files.document`: a file
that does not match its schema is not a report.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, Unreadable
from portal.domain.message import Message, stored_message
from portal.domain.status import FailureKind, PipelineStage
from portal.files.atomic import create_bytes
from portal.files.document import (
    LIMIT_BYTES,
    Fraction,
    JobId,
    Moment,
    Size,
    encode_object,
    parse_object,
    read_document,
    to_object,
    typed,
    write_document,
)
from portal.files.process_identity import ProcessIdentity
from portal.files.reserve import with_reserve
from portal.files.safe_open import read_bytes
from portal.files.taskdir import is_safe_name


def utc_now() -> datetime:
    """Return the current time as aware UTC, in whole milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Claim:
    """The job that owns an attempt's stages: the first to create the file; all others end as superseded."""

    FORMAT: ClassVar[int] = 1

    job_id: JobId
    identity: ProcessIdentity
    at: Moment

    @classmethod
    def read(cls, path: Path) -> Claim | None:
        """Return the claim, or None if no job has made one.

        Raises:
            CorruptRecord, NewerFormat: it exists but cannot be read.
        """
        try:
            return read_document(path, cls)
        except FileNotFoundError:
            return None

    @staticmethod
    def take(path: Path, job_id: str) -> bool:
        """Make the claim; tell whether this job got it."""
        claim = Claim(job_id, ProcessIdentity.mine(), utc_now())
        return with_reserve(path, lambda: create_bytes(path, encode_object(to_object(claim))))


@dataclass(frozen=True)
class StageProgress:
    """The fraction (0-1) of a stage's work that is done, and what it is doing."""

    FORMAT: ClassVar[int] = 1

    stage: PipelineStage
    fraction: Fraction
    message: str
    started_at: Moment
    updated_at: Moment
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Message | None:
        return stored_message(self.message, self.code, self.params)

    @classmethod
    def read(cls, path: Path) -> StageProgress | None:
        """Return the progress, or None if it is missing or unreadable: it is only for display."""
        try:
            return read_document(path, cls)
        except (OSError, Unreadable):
            return None

    def write(self, path: Path) -> None:
        write_document(path, self, durable=False)


@dataclass(frozen=True)
class OutputFile:
    """An output file of a stage: its name below `out`, its size in bytes and its SHA-256 (hex)."""

    name: str
    size: Size
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

    def __post_init__(self) -> None:
        if not is_safe_name(self.name):
            raise ValueError(f"{self.name!r} is no name of an output")


@dataclass(frozen=True)
class StageUsage:
    """Resources that a stage's process had used by the stage's end: CPU seconds, and peak memory in bytes."""

    cpu_s: Annotated[float, Meta(ge=0, le=1e10)] = 0.0
    max_rss_bytes: Size = 0


@dataclass(frozen=True)
class Sentinel:
    """How a stage ended. Exit code 0 with its outputs, or a failure with its kind and a message for the user."""

    FORMAT: ClassVar[int] = 1

    stage: PipelineStage
    exit_code: int
    job_id: JobId
    started_at: Moment
    ended_at: Moment
    outputs: tuple[OutputFile, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    failure_kind: FailureKind | None = None
    message: str | None = None
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    usage: StageUsage = StageUsage()

    @classmethod
    def read(cls, path: Path) -> Sentinel | None:
        """Return the sentinel, or None if the stage has not ended.

        Raises:
            CorruptRecord, NewerFormat: it exists but cannot be read, or belongs to another stage.
        """
        try:
            data = read_bytes(path, limit_bytes=LIMIT_BYTES)
        except FileNotFoundError:
            return None
        return cls.parse(data, name=path.name, stage=path.parent.name)

    @classmethod
    def parse(cls, data: bytes, *, name: str, stage: str) -> Sentinel:
        """Return the sentinel in the file `name` of the folder of a stage; see `read` for errors."""
        sentinel = typed(parse_object(data, name=name), cls, name=name)
        if sentinel.stage.value != stage:
            raise CorruptRecord(Message("record.other_stage", name=name, stage=stage))
        return sentinel

    def write(self, path: Path) -> None:
        write_document(path, self)

    @property
    def said(self) -> Message | None:
        """Why the stage failed; None if it did not."""
        return stored_message(self.message, self.code, self.params)

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0

    def missing_outputs(self, out: Path) -> list[str]:
        """Return the names of outputs that are missing or differ in size from what the job reported."""
        return [output.name for output in self.outputs if _file_size(out / output.name) != output.size]


def _file_size(path: Path) -> int:
    """Return the size of a regular file (bytes); -1 if it is missing or not a regular file."""
    try:
        facts = path.lstat()
    except OSError:
        return -1
    return facts.st_size if stat.S_ISREG(facts.st_mode) else -1


@dataclass(frozen=True)
class JobExit:
    """The final report of a job's runner: exit code and reason."""

    FORMAT: ClassVar[int] = 1

    exit_code: int
    at: Moment
    reason: str = ""

    @classmethod
    def read(cls, path: Path) -> JobExit | None:
        """Return the report, or None if it is missing or unreadable: then only the process's end counts."""
        try:
            return read_document(path, cls)
        except (OSError, Unreadable):
            return None

    def write(self, path: Path) -> None:
        write_document(path, self)
