"""What the job side writes and the poller reads: claim, progress, sentinel and the job's end.

The job side alone writes these files; it never writes the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.domain.status import FailureKind, PipelineStage
from portal.files.atomic import create_json, read_json, write_json
from portal.files.process_identity import ProcessIdentity


def now_text() -> str:
    """Return the current time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Claim:
    """Which job owns an attempt's stages: the first to make the file; all others end as superseded."""

    job_id: str
    identity: ProcessIdentity
    at: str

    @classmethod
    def read(cls, path: Path) -> Claim | None:
        """Return the claim, or None where nobody made one.

        Raises:
            CorruptRecord: the file is damaged.
        """
        try:
            value = read_json(path)
        except FileNotFoundError:
            return None
        try:
            return cls(str(value["job_id"]), ProcessIdentity.from_json(value["identity"]), str(value["at"]))
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecord(Message("record.form", name=path.name, reason=str(error))) from error

    @staticmethod
    def take(path: Path, job_id: str) -> bool:
        """Make the claim; tell whether it is ours."""
        claim = Claim(job_id, ProcessIdentity.mine(), now_text())
        return create_json(path, asdict(claim))


@dataclass(frozen=True)
class StageProgress:
    """The fraction (0-1) of a stage's work that is done."""

    stage: PipelineStage
    fraction: float
    message: str
    started_at: str
    updated_at: str

    @classmethod
    def read(cls, path: Path) -> StageProgress | None:
        """Return the progress, or None where there is none to be read: it is only for show."""
        try:
            value = read_json(path)
            return cls(
                PipelineStage(value["stage"]),
                min(1.0, max(0.0, float(value["fraction"]))),
                str(value["message"]),
                str(value["started_at"]),
                str(value["updated_at"]),
            )
        except (OSError, CorruptRecord, KeyError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        write_json(path, asdict(self), durable=False)


@dataclass(frozen=True)
class OutputFile:
    """A file that a stage made: its name below `out`, its size in bytes and its SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Sentinel:
    """How a stage ended. Exit code 0 with its outputs, or a failure with its kind and a sentence for the user."""

    stage: PipelineStage
    exit_code: int
    job_id: str
    started_at: str
    ended_at: str
    outputs: tuple[OutputFile, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    failure_kind: FailureKind | None = None
    message: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Sentinel | None:
        """Return the sentinel, or None where the stage has not ended.

        Raises:
            CorruptRecord: the file is damaged.
        """
        try:
            value = read_json(path)
        except FileNotFoundError:
            return None
        try:
            kind = value.get("failure_kind")
            return cls(
                stage=PipelineStage(value["stage"]),
                exit_code=int(value["exit_code"]),
                job_id=str(value["job_id"]),
                started_at=str(value["started_at"]),
                ended_at=str(value["ended_at"]),
                outputs=tuple(OutputFile(**output) for output in value["outputs"]),
                summary=value["summary"],
                failure_kind=FailureKind(kind) if kind else None,
                message=value["message"],
                usage=value.get("usage", {}),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecord(Message("record.form", name=path.name, reason=str(error))) from error

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0

    def missing_outputs(self, out: Path) -> list[str]:
        """Return the names of outputs that are not there with the size that the job named."""
        missing = []
        for output in self.outputs:
            try:
                size = (out / output.name).stat().st_size
            except OSError:
                size = -1
            if size != output.size:
                missing.append(output.name)
        return missing


@dataclass(frozen=True)
class JobExit:
    """The last word of a job's runner: exit code and why."""

    exit_code: int
    at: str
    reason: str = ""

    @classmethod
    def read(cls, path: Path) -> JobExit | None:
        try:
            value = read_json(path)
            return cls(int(value["exit_code"]), str(value["at"]), str(value["reason"]))
        except (OSError, CorruptRecord, KeyError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))
