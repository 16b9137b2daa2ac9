"""Report and bundle as a stage of the pipeline."""

from __future__ import annotations

from importlib.util import find_spec

from portal.domain.message import Message
from portal.domain.status import PipelineStage
from portal.pipeline.stage import StageContext, StageResult
from portal.results.names import BUNDLE_ZIP
from portal.shipped import missing_templates

_BEFORE = (PipelineStage.DIGGER, PipelineStage.SHOTER, PipelineStage.PLOTS)


class BundleStage:
    """Write the report, then everything into one ZIP."""

    @property
    def name(self) -> PipelineStage:
        return PipelineStage.BUNDLE

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        """Return what is missing: jinja2, a template of the report, or the results of an earlier stage."""
        problems = [] if find_spec("jinja2") else [Message("stage.no_package", name="jinja2")]
        problems += [Message("stage.no_template", name=name) for name in missing_templates("report")]
        missing = [stage for stage in _BEFORE if stage not in context.results]
        return problems + [Message("stage.no_results", stage=stage) for stage in missing]

    def run(self, context: StageContext) -> StageResult:
        """Write the reports and `bundle.zip` into the stage's folder.

        Raises:
            StageError: the results of an earlier stage cannot be read.
        """
        # The template engine is slow to import, and the other stages of the job do not need it.
        from portal.pipeline.bundle.make import StageFolders, make_bundle
        from portal.pipeline.bundle.origin import InputFile, Origin

        origin = Origin(
            task_id=context.task_id,
            strain=context.strain,
            submission_time=context.submission_time,
            lang=context.lang,
            genome=InputFile.of(context.genome, context.display_name),
            parameters=context.parameters,
        )
        outputs = make_bundle(
            StageFolders(*(context.results[stage] for stage in _BEFORE)),
            context.out_dir,
            origin=origin,
            display_name=context.display_name,
            progress=context.report,
        )
        return StageResult(outputs, {"bundle_bytes": (context.out_dir / BUNDLE_ZIP).stat().st_size})


BUNDLE_STAGE = BundleStage()
