"""Make the report and the bundle of one task from the folders of the earlier stages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.status import PipelineStage
from portal.pipeline.bundle.archive import regular_files, write_bundle
from portal.pipeline.bundle.origin import Origin, result_versions
from portal.pipeline.report.render import ReportHeader, write_report
from portal.pipeline.stage import Progress, no_progress
from portal.results.names import BUNDLE_ZIP, FOLDERS


@dataclass(frozen=True)
class StageFolders:
    """The flat folders that hold the results of the stages."""

    digger: Path
    shoter: Path
    plots: Path


def make_bundle(
    stages: StageFolders, out_dir: Path, *, origin: Origin, display_name: str, progress: Progress = no_progress
) -> tuple[str, ...]:
    """Write the reports and `bundle.zip` into `out_dir` and return the names.

    Raises:
        StageError: the results of an earlier stage cannot be read, or the submission time is not a valid time.
    """
    try:
        moment = origin.moment
    except ValueError as error:
        raise StageError(Message("stage.submission_time", time=origin.submission_time)) from error
    header = ReportHeader(origin.strain, display_name, origin.task_id, moment.isoformat())
    reports = write_report(stages.digger, stages.shoter, stages.plots, out_dir, lang=origin.lang, header=header)
    progress(0.5, Message("progress.report_written"))
    files = {
        FOLDERS[PipelineStage.DIGGER]: regular_files(stages.digger),
        FOLDERS[PipelineStage.SHOTER]: regular_files(stages.shoter),
        FOLDERS[PipelineStage.PLOTS]: regular_files(stages.plots),
        FOLDERS[PipelineStage.BUNDLE]: [out_dir / name for name in reports],
    }
    versions = result_versions(stages.digger, stages.shoter)
    write_bundle(out_dir / BUNDLE_ZIP, files, origin=origin, versions=versions)
    progress(1.0, Message("progress.bundle_written"))
    return *reports, BUNDLE_ZIP
