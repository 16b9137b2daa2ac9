"""Jobs whose stages last exactly as long as a test wants; everything around the stages is the real thing.

A stage is at work for as long as `hold-<stage>` lies beside JOBS_DIR; it fails, with the kind that is written there,
where `fail-<stage>` does; it takes memory until something stops it where `swell-<stage>` does. With `-<task id>` behind
the name they mean that task alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from portal.domain.errors import StageError
from portal.domain.message import Message, verbatim
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage
from portal.pipeline import stages
from portal.pipeline.job import run_job
from portal.pipeline.pack_job import run_pack
from portal.pipeline.stage import StageContext, StageResult


@dataclass(frozen=True)
class GatedStage:
    """A stage that writes one small file."""

    name: PipelineStage

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        return []

    def run(self, context: StageContext) -> StageResult:
        site = context.genome.parents[3]

        def told(order: str) -> Path | None:
            paths = (site / f"{order}-{self.name}", site / f"{order}-{self.name}-{context.task_id}")
            return next((path for path in paths if path.exists()), None)

        context.report(0.5, Message("progress.searching"))
        while told("hold"):
            time.sleep(0.05)
            context.report(0.5, Message("progress.searching"))
        taken = []
        while told("swell"):
            taken.append(b"x" * 4_000_000)
            time.sleep(0.02)
        if failure := told("fail"):
            raise StageError(verbatim("The stage failed as it was told."), kind=FailureKind(failure.read_text()))
        (context.out_dir / f"{self.name}.txt").write_text(f"{context.task_id}\n")
        return StageResult((f"{self.name}.txt",))


DIGGER, SHOTER, PLOTS, BUNDLE = (GatedStage(stage) for stage in STAGE_ORDER)


def run_gated_pack(pack_path: str) -> NoReturn:
    """Do what the portal's pack does, with gated stages."""
    stages._WHERE.update({stage: (__name__, stage.name) for stage in STAGE_ORDER})
    run_pack(pack_path)


def run_gated(task_path: str, attempt: int, job_name: str) -> NoReturn:
    """Do what the portal's job does, with gated stages."""
    stages._WHERE.update({stage: (__name__, stage.name) for stage in STAGE_ORDER})
    run_job(task_path, attempt, job_name)
