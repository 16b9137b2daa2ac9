"""Results with fewer files, as an earlier version or another engine left them."""

from __future__ import annotations

from dataclasses import replace

from portal.domain.status import PipelineStage
from portal.files.reports import Sentinel
from tests.builders import BuiltTask, Site


def without(site: Site, built: BuiltTask, *names: str) -> None:
    """Take files from the results, as an earlier version or another engine leaves them out."""
    folder = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER)
    sentinel = Sentinel.read(folder.sentinel)
    assert sentinel is not None
    kept = tuple(one for one in sentinel.outputs if one.name not in names)
    replace(sentinel, outputs=kept).write(folder.sentinel)
