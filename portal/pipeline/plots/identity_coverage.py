"""Draw identity against coverage of each hit to its closest named toxin, with the limits of the nomenclature.

The names are in a column beside the dots, each with a line to its dot, so that they stay legible even for sixty hits
with 100 % identity and 100 % coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.table import Cell, write_table
from portal.pipeline.plots.words import Words
from portal.results.names import plot_table
from portal.results.scores import ScoredHit, StrainScores

# Ranks of the nomenclature: identity to the nearest named toxin, in percent.
RANK_LIMITS = (45.0, 76.0, 95.0)
PLOT_LEFT_IN = 0.55
PLOT_WIDTH_IN = 3.3
NAME_LEFT_IN = PLOT_LEFT_IN + PLOT_WIDTH_IN + 0.42
NAME_ROW_IN = 0.15
LOWEST_IDENTITY = 20.0
COVERAGE_TO = 110.0


def draw_identity_coverage(strain: StrainScores, stem: Path, *, words: Words, footer: str) -> tuple[str, ...]:
    """Draw the scatter; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names."""
    placed = sorted(
        (hit for hit in strain.hits if hit.identity_percent is not None and hit.coverage_percent is not None),
        key=lambda hit: (-(hit.identity_percent or 0), -(hit.coverage_percent or 0), hit.name, hit.protein_id),
    )
    with canvas.drawing():
        sheet = _sheet(strain, placed, words)
        sheet.footer(footer)
        files = canvas.save(sheet, stem, title=words.identity_title, description=footer)
    rows: list[list[Cell]] = [
        [
            strain.strain,
            hit.protein_id,
            hit.name,
            hit.name_1998,
            hit.identity_percent,
            hit.coverage_percent,
            hit.rank,
            hit.kept,
        ]
        for hit in strain.hits
    ]
    names = ("strain", "protein_id", "toxin", "toxin_1998", "identity_percent", "coverage_percent", "rank", "kept")
    return (*files, write_table(stem.with_name(plot_table(stem.name)), names, rows))


def _sheet(strain: StrainScores, placed: list[ScoredHit], words: Words) -> canvas.Sheet:
    if not placed:
        sheet = canvas.Sheet.blank(1.6)
        sheet.title(words.identity_title, strain.strain)
        marks.note(sheet, words.hmm_only if strain.hits else words.no_toxin, 0.85)
        return sheet
    height = max(2.9, NAME_ROW_IN * len(placed) + 0.1)
    top, plot_height = 0.6, min(height, 3.6)
    sheet = canvas.Sheet.blank(top + max(height, plot_height) + 0.5 + canvas.FOOTER_IN)
    sheet.title(words.identity_title, strain.strain)
    axes = sheet.canvas_axes()
    _frame(sheet, axes, words, top, plot_height)
    places = [_position(hit, top, plot_height) for hit in placed]
    heights = spread([y for _, y in places], NAME_ROW_IN, top + 0.05, top + height)
    for hit, (x, y), name_y in zip(placed, places, heights, strict=True):
        colour = canvas.INK if hit.kept else canvas.MUTED
        bend = PLOT_LEFT_IN + PLOT_WIDTH_IN + 0.08
        axes.plot([x, bend, NAME_LEFT_IN - 0.06], [y, y, name_y], color=canvas.RULE, linewidth=0.5, zorder=1)
        face = "white" if not hit.kept else marks.colours()(min(1.0, (hit.identity_percent or 0) / 100))
        axes.plot([x], [y], "o", markersize=5, markerfacecolor=face, markeredgecolor=colour, markeredgewidth=0.7)
        name = lettering.shorten(hit.name, sheet.width - NAME_LEFT_IN - canvas.MARGIN_IN, canvas.TEXT_PT)
        sheet.text(NAME_LEFT_IN, name_y, name, va="center", color=colour)
    return sheet


def _position(hit: ScoredHit, top: float, height: float) -> tuple[float, float]:
    coverage = min(COVERAGE_TO, max(0.0, hit.coverage_percent or 0.0))
    identity = min(100.0, max(LOWEST_IDENTITY, hit.identity_percent or 0.0))
    x = PLOT_LEFT_IN + PLOT_WIDTH_IN * coverage / COVERAGE_TO
    return x, top + height * (100 - identity) / (100 - LOWEST_IDENTITY)


def spread(wanted: Sequence[float], step: float, top: float, bottom: float) -> list[float]:
    """Spread ascending positions at least `step` apart between `top` and `bottom`, moving each only a little."""
    placed: list[float] = []
    for position in wanted:
        placed.append(max(position, placed[-1] + step if placed else top))
    limit = bottom
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - step
    return placed


def _frame(sheet: canvas.Sheet, axes: Axes, words: Words, top: float, height: float) -> None:
    bottom, right = top + height, PLOT_LEFT_IN + PLOT_WIDTH_IN
    axes.plot([PLOT_LEFT_IN, PLOT_LEFT_IN, right], [top, bottom, bottom], color=canvas.MUTED, linewidth=0.6)
    for coverage in (0, 25, 50, 75, 100):
        x = PLOT_LEFT_IN + PLOT_WIDTH_IN * coverage / COVERAGE_TO
        axes.plot([x, x], [bottom, bottom + 0.04], color=canvas.MUTED, linewidth=0.6)
        sheet.text(x, bottom + 0.06, f"{coverage}", size=canvas.SMALL_PT, ha="center")
    for identity in (20, 40, 60, 80, 100):
        y = top + height * (100 - identity) / (100 - LOWEST_IDENTITY)
        axes.plot([PLOT_LEFT_IN - 0.04, PLOT_LEFT_IN], [y, y], color=canvas.MUTED, linewidth=0.6)
        sheet.text(PLOT_LEFT_IN - 0.07, y, f"{identity}", size=canvas.SMALL_PT, ha="right", va="center")
    for limit, label in zip(RANK_LIMITS, (words.rank_family, words.rank_subfamily, words.rank_toxin), strict=True):
        y = top + height * (100 - limit) / (100 - LOWEST_IDENTITY)
        axes.plot([PLOT_LEFT_IN, right], [y, y], color=canvas.MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0)
        sheet.text(PLOT_LEFT_IN + 0.05, y - 0.02, label, size=canvas.SMALL_PT, va="bottom", color=canvas.MUTED)
    sheet.text(PLOT_LEFT_IN + PLOT_WIDTH_IN / 2, bottom + 0.2, words.coverage, ha="center")
    sheet.text(canvas.MARGIN_IN, top + height / 2, words.identity, rotation=90, ha="left", va="center")
