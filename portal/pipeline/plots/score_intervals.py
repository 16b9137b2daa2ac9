"""Draw one strain's scores with their uncertainty, by order."""

from __future__ import annotations

from pathlib import Path

from portal.pipeline.plots import canvas, marks
from portal.pipeline.plots.genes_behind import genes_behind_cell, is_cut
from portal.pipeline.plots.interval_rows import IntervalRow, draw_rows, rows_height
from portal.pipeline.plots.table import write_table
from portal.pipeline.plots.target_heatmap import is_likely
from portal.pipeline.plots.words import Words, target_label
from portal.results.names import plot_table
from portal.results.scores import StrainScores
from portal.results.targets import UNKNOWN_STATES


def draw_score_intervals(strain: StrainScores, stem: Path, *, words: Words, footer: str) -> tuple[str, ...]:
    """Draw the dots and intervals; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names."""
    known = sorted(strain.targets, key=lambda score: (score.state in UNKNOWN_STATES, -score.value))
    rows = [
        IntervalRow(
            label=target_label(words, score.target),
            score=score.value,
            low=score.low or 0.0,
            high=score.high or 0.0,
            state=score.state,
            likely=is_likely(strain, score.target),
            cut=is_cut(strain, score),
        )
        for score in known
    ]
    with canvas.drawing():
        top = 0.55
        sheet = canvas.Sheet.blank(top + (rows_height(rows, words) if strain.units else 0.7) + canvas.FOOTER_IN)
        sheet.title(words.intervals_title, strain.strain)
        axes = sheet.canvas_axes()
        if strain.units:
            draw_rows(sheet, axes, rows, words, top)
        else:
            marks.note(sheet, words.no_toxin, top + 0.3)
        sheet.footer(footer)
        files = canvas.save(sheet, stem, title=words.intervals_title, description=footer)
    names = ("strain", "target", "score", "low", "high", "state", "tier", "evidence_grade", "assessment",
             "genes_behind")  # fmt: skip
    table = [
        (strain.strain, score.target, score.score, score.low, score.high, score.state, score.tier, score.grade,
         strain.conclusion.of(score.target).assessment, genes_behind_cell(strain, score))
        for score in known
    ]  # fmt: skip
    return (*files, write_table(stem.with_name(plot_table(stem.name)), names, table))
