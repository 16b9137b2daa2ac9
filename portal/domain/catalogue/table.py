"""The whole catalogue: every code with its text. A code stands in one module; a test sees to it."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.catalogue import (
    command,
    failure,
    health,
    housekeeping,
    loci,
    pipeline,
    progress,
    reason,
    reference,
    remark,
    remedy,
    request,
    scheduler,
    scores,
    storage,
    submission,
    tables,
    task,
)
from portal.domain.catalogue import input as input_
from portal.domain.catalogue.text import Text

TEXTS: Mapping[str, Text] = {
    **command.TEXTS,
    **failure.TEXTS,
    **health.TEXTS,
    **housekeeping.TEXTS,
    **input_.TEXTS,
    **loci.TEXTS,
    **pipeline.TEXTS,
    **progress.TEXTS,
    **reason.TEXTS,
    **reference.TEXTS,
    **remark.TEXTS,
    **remedy.TEXTS,
    **request.TEXTS,
    **scheduler.TEXTS,
    **scores.TEXTS,
    **storage.TEXTS,
    **submission.TEXTS,
    **tables.TEXTS,
    **task.TEXTS,
}
