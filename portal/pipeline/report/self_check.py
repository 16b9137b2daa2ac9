"""Render an empty report, like the last stage of a job, for the readiness check and `btportal doctor`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from portal.domain.status import Lang
from portal.pipeline.report.render import ReportHeader, render_report
from portal.results.reading import TaskResults
from portal.results.scores import ScoresDocument, ScoreVersions, SpeciesDocument, SpecificityFacts

_HEADER = ReportHeader("-", "-", "-", "2000-01-01T00:00:00Z")


def exercise_report() -> None:
    """Render both forms of the report in English: Chinese uses the same templates and needs a second for its font.

    Raises:
        Exception: any error in the templates.
    """
    with tempfile.TemporaryDirectory() as folder:
        render_report(_nothing(), Path(folder), lang=Lang.EN, header=_HEADER)


def _nothing() -> TaskResults:
    table = SpecificityFacts(name="-", version="-", sha256="-", facts=0, unverified_facts=0)
    head: dict[str, Any] = {
        "uncalibrated": True,
        "run_id": "-",
        "parameters": {},
        "versions": ScoreVersions(shoter="-", specificity=table, input_sha256="-", engine=None),
        "targets": (),
        "strains": (),
        "records": {},
    }
    return TaskResults(None, ScoresDocument(**head), SpeciesDocument(**head))
