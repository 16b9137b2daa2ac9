"""The plan of an attempt: everything that its jobs need, so that a job reads neither environment nor settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.domain.status import Lang, PipelineStage
from portal.files.document import Number, read_document, write_document


@dataclass(frozen=True)
class PlannedJob:
    """One job: its name and its stages in order."""

    name: str
    stages: tuple[PipelineStage, ...]


@dataclass(frozen=True)
class Plan:
    """The work of an attempt. `reuse` maps stages that succeeded before to the attempt that holds them.

    `time_limit_s` bounds the running time of the whole task; `limits` are those requested beyond the
    defaults; `facts` names engine, reference and their versions.
    """

    FORMAT: ClassVar[int] = 1

    task_id: str
    attempt: Number
    strain: str
    display_name: str
    submission_time: str
    lang: Lang
    threads: Annotated[int, Meta(ge=1, le=10**6)]
    time_limit_s: Annotated[int, Meta(ge=1, le=10**9)]
    jobs: tuple[PlannedJob, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    reuse: Mapping[PipelineStage, Number] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""  # of the attempt; empty in plans of earlier versions

    def write(self, path: Path) -> None:
        write_document(path, self)

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Return the plan.

        Raises:
            FileNotFoundError: there is none.
            CorruptRecord, NewerFormat: it cannot be read.
        """
        return read_document(path, cls)

    def job(self, name: str) -> PlannedJob:
        """Return the job of that name; raise CorruptRecord if there is none."""
        for job in self.jobs:
            if job.name == name:
                return job
        raise CorruptRecord(Message("record.no_job", job=name))
