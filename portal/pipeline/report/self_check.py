"""Make a report of nothing, as the last stage of a job would: what readiness and `btportal doctor` go by."""

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
    """Render both forms of the report, in English: Chinese takes the same templates and a second for its font.

    Raises:
        Exception: whatever is wrong with the templates.
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
