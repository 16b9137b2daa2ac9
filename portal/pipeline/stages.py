"""The four stages by name; each is imported only when it runs, so that a job starts in milliseconds."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from portal.domain.status import PipelineStage
from portal.pipeline.stage import Stage

_WHERE = {
    PipelineStage.DIGGER: ("portal.pipeline.digger.stage", "DIGGER_STAGE"),
    PipelineStage.SHOTER: ("portal.pipeline.shoter.stage", "SHOTER_STAGE"),
    PipelineStage.PLOTS: ("portal.pipeline.plots.stage", "PLOTS_STAGE"),
    PipelineStage.BUNDLE: ("portal.pipeline.bundle.stage", "BUNDLE_STAGE"),
}


def load_stage(stage: PipelineStage) -> Stage:
    """Return the stage of that name."""
    module, name = _WHERE[stage]
    return cast(Stage, getattr(import_module(module), name))
