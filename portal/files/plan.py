"""The plan of an attempt: all that its jobs may know, so that a job reads neither environment nor settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.domain.status import Lang, PipelineStage
from portal.files.atomic import read_json, write_json


@dataclass(frozen=True)
class PlannedJob:
    """One job: its name and its stages in their order."""

    name: str
    stages: tuple[PipelineStage, ...]


@dataclass(frozen=True)
class Plan:
    """What an attempt shall do. `reuse` maps stages that ended well before to the attempt that holds them.

    `time_limit_s` bounds the running time of the whole task; `limits` are those asked for beyond the
    usual; `facts` names engine, reference and their versions.
    """

    task_id: str
    attempt: int
    strain: str
    display_name: str
    submission_time: str
    lang: Lang
    threads: int
    time_limit_s: int
    jobs: tuple[PlannedJob, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    reuse: Mapping[PipelineStage, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Return the plan.

        Raises:
            FileNotFoundError: there is none.
            CorruptRecord: it is damaged.
        """
        value = read_json(path)
        try:
            value["lang"] = Lang(value["lang"])
            value["jobs"] = tuple(
                PlannedJob(job["name"], tuple(PipelineStage(stage) for stage in job["stages"])) for job in value["jobs"]
            )
            value["reuse"] = {PipelineStage(stage): int(number) for stage, number in value["reuse"].items()}
            return cls(**value)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecord(Message("record.form", name=path.name, reason=str(error))) from error

    def job(self, name: str) -> PlannedJob:
        """Return the job of that name; raise CorruptRecord where there is none."""
        for job in self.jobs:
            if job.name == name:
                return job
        raise CorruptRecord(Message("record.no_job", job=name))
