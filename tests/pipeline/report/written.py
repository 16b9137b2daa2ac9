"""Reports as the pipeline writes them."""

from __future__ import annotations

from pathlib import Path

from portal.domain.status import Lang
from portal.pipeline.plots.draw import draw_all
from portal.pipeline.report.render import ReportHeader, write_report
from tests.pipeline.plots.result_files import write_results


def header(**changes: str) -> ReportHeader:
    facts = {
        "strain": "HD-1", "display_name": "HD-1.fna", "task_id": "abcdefgh2345",
        "submission_time": "2026-03-01T10:00:00+00:00",
    }  # fmt: skip
    return ReportHeader(**{**facts, **changes})


def written(
    folder: Path, lang: Lang = Lang.EN, *, hits: int = 7, name: str | None = None, drawn: bool = False, **head: str
) -> tuple[str, str]:
    digger, shoter = write_results(folder / "results", hits, strain=head.get("strain", "HD-1"), name=name)
    pictures, out = folder / "plots", folder / "report"
    pictures.mkdir()
    out.mkdir()
    if drawn:
        draw_all(digger, shoter, pictures, lang=lang)
    write_report(digger, shoter, pictures, out, lang=lang, header=header(**head))
    return (out / "report.html").read_text(encoding="utf-8"), (out / "report.md").read_text(encoding="utf-8")
