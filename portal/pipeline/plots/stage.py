"""The pictures as a stage of the pipeline."""

from __future__ import annotations

from importlib.util import find_spec

from portal.domain.message import Message
from portal.domain.status import PipelineStage
from portal.pipeline.stage import StageContext, StageResult


class PlotsStage:
    """Draw what Digger and Shoter found."""

    @property
    def name(self) -> PipelineStage:
        return PipelineStage.PLOTS

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        """Return what is missing: matplotlib, or the results of an earlier stage."""
        problems = [] if find_spec("matplotlib") else [Message("stage.no_package", name="matplotlib")]
        needed = (PipelineStage.DIGGER, PipelineStage.SHOTER)
        missing = [Message("stage.no_results", stage=stage) for stage in needed if stage not in context.results]
        return problems + missing

    def run(self, context: StageContext) -> StageResult:
        """Draw every picture into the stage's folder.

        Raises:
            StageError: the results of an earlier stage cannot be read.
        """
        # matplotlib takes half a second to import, and the other stages of the job do not need it.
        from portal.pipeline.plots.draw import draw_all

        outputs = draw_all(
            context.results[PipelineStage.DIGGER],
            context.results[PipelineStage.SHOTER],
            context.out_dir,
            lang=context.lang,
            progress=context.report,
        )
        return StageResult(outputs=outputs, summary={"pictures": sum(name.endswith(".svg") for name in outputs)})


PLOTS_STAGE = PlotsStage()
