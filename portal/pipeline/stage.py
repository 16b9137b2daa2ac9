"""The interface of a stage: a name, prerequisites, and a function that turns inputs into named files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from portal.domain.message import Message
from portal.domain.status import Lang, PipelineStage


class Progress(Protocol):
    """Receive the fraction (0-1) of this stage's work that is done, and a short description."""

    def __call__(self, fraction: float, message: Message | None = None) -> None: ...


def no_progress(fraction: float, message: Message | None = None) -> None:
    """Ignore progress."""


class StageContext(NamedTuple):
    """Everything that a stage may use.

    `strain` is the safe name of the genome (letters, digits, `._-`), for use in file names;
    `display_name` is the file name as uploaded: text for pages and reports, never for a path.
    `out_dir` exists and is empty; all result files go there, without subfolders, under names that are unique
    over all stages. `work_dir` is scratch space, removed afterwards. `results` has the `out_dir` of each
    earlier stage. `parameters` are the task's parameters, already validated. `lang` is the report's language.
    """

    task_id: str
    strain: str
    display_name: str
    genome: Path
    out_dir: Path
    work_dir: Path
    results: Mapping[PipelineStage, Path]
    parameters: Mapping[str, Any]
    threads: int
    lang: Lang
    submission_time: str
    facts: Mapping[str, Any] = MappingProxyType({})  # engine, reference folder, versions: from the plan
    report: Progress = no_progress


@dataclass(frozen=True)
class StageResult:
    """The files that the stage guarantees below `out_dir`, and a few small facts for the task's record."""

    outputs: tuple[str, ...]
    summary: Mapping[str, Any] = field(default_factory=dict)


class Stage(Protocol):
    """A module or object of this shape is a stage."""

    @property
    def name(self) -> PipelineStage: ...

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        """Return one message per missing prerequisite, before anything runs."""
        ...

    def run(self, context: StageContext) -> StageResult:
        """Do the work.

        Raises:
            StageError: with a failure kind and a message for the user.
        """
        ...
