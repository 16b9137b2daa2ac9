"""Shoter as a stage of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from portal.domain.errors import InvalidInput, StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind, PipelineStage
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.pipeline.shoter.specificity.table import load_table
from portal.pipeline.stage import StageContext, StageResult
from portal.results.names import ALL_TOXINS


class ShoterStage:
    """Score the hits of Digger."""

    @property
    def name(self) -> PipelineStage:
        return PipelineStage.SHOTER

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        """Return what is missing: Digger's table, or a readable specificity table."""
        problems = []
        digger = context.results.get(PipelineStage.DIGGER)
        if digger is None or not (digger / ALL_TOXINS).is_file():
            problems.append(Message("stage.no_file", name=ALL_TOXINS, stage=PipelineStage.DIGGER))
        try:
            load_table(_table_path(context.facts))
        except InvalidInput as error:
            problems.append(Message("stage.specificity", reason=error.message))
        return problems

    def run(self, context: StageContext) -> StageResult:
        """Write the scores into the stage's folder.

        Raises:
            StageError: Digger's table or the specificity table is invalid.
        """
        try:
            summary = run_shoter(
                context.results[PipelineStage.DIGGER] / ALL_TOXINS,
                context.out_dir,
                parameters=ShoterParameters.from_mapping(context.parameters),
                table=_table_path(context.facts),
                strain=context.strain,
                progress=context.report,
            )
        except InvalidInput as error:
            is_table = "specificity" in error.errors
            kind = FailureKind.NOT_CONFIGURED if is_table else FailureKind.INVALID_INPUT
            raise StageError(Message("stage.scoring", reason=error.message), kind=kind) from error
        conclusions = msgspec.to_builtins(summary.conclusions)
        facts = {"hits": summary.hits, "kept_hits": summary.kept_hits, "conclusions": conclusions}
        return StageResult(outputs=summary.outputs, summary=facts)


def _table_path(facts: Mapping[str, object]) -> Path | None:
    """Return the specificity table chosen by the operator, None for the one shipped."""
    chosen = facts.get("specificity")
    path = chosen.get("path") if isinstance(chosen, Mapping) else None
    return Path(path) if isinstance(path, str) and path else None


SHOTER_STAGE = ShoterStage()
