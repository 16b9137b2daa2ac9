"""Draw strain x order: the orders that each strain is likely to act on, and the evidence for each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.genes_behind import genes_behind_cell, is_cut
from portal.pipeline.plots.table import write_table
from portal.pipeline.plots.words import Words, target_label
from portal.results.conclusion import Assessment
from portal.results.gene_state import GeneCondition
from portal.results.names import plot_table
from portal.results.scores import OrderScore, StrainScores
from portal.results.targets import UNKNOWN_STATES, Panel

PANEL_GAP_IN = 0.14
LABEL_MAX_IN = 1.7
# From this number of strains on, cells are too low to hold numbers.
NUMBERS_UP_TO = 40


@dataclass(frozen=True)
class Column:
    """A target and the left edge of its cells, in inches from the left of the grid."""

    target: str
    panel: str
    left: float


def is_likely(strain: StrainScores, target: str) -> bool:
    """Tell whether the strain's conclusion calls a target likely: its cell is framed, its number bold."""
    return strain.conclusion.of(target).assessment is Assessment.LIKELY


def target_order(strains: Sequence[StrainScores]) -> list[tuple[str, Panel]]:
    """Return (target, panel) of all strains in the order of their columns: pests first."""
    seen: dict[str, Panel] = {}
    for strain in strains:
        for score in strain.targets:
            seen.setdefault(score.target, score.panel)
    return sorted(seen.items(), key=lambda item: item[1] != "pest")


def columns_of(targets: Sequence[tuple[str, str]], room: float, widest: float = 0.62) -> tuple[list[Column], float]:
    """Distribute the targets over `room` inches, with a gap between panels; return them and the cell width."""
    gaps = PANEL_GAP_IN if len({panel for _, panel in targets}) > 1 else 0.0
    width = min(widest, (room - gaps) / max(1, len(targets)))
    columns, left, panel = [], 0.0, targets[0][1] if targets else ""
    for target, own_panel in targets:
        if own_panel != panel:
            left, panel = left + PANEL_GAP_IN, own_panel
        columns.append(Column(target, own_panel, left))
        left += width
    return columns, width


def header_height(words: Words, targets: Sequence[tuple[str, str]]) -> float:
    """Return the height that the slanted column names need."""
    widest = max(
        (lettering.text_width(target_label(words, target), canvas.TEXT_PT) for target, _ in targets), default=0.0
    )
    return 0.72 * widest + 0.16


def header_overhang(words: Words, targets: Sequence[tuple[str, str]]) -> float:
    """Return roughly how far the last slanted name extends beyond the grid."""
    return 0.72 * lettering.text_width(target_label(words, targets[-1][0]), canvas.TEXT_PT) if targets else 0.0


def draw_header(
    sheet: canvas.Sheet, words: Words, columns: Sequence[Column], cell_width: float, left: float, base: float
) -> None:
    """Write the targets' names, slanted upwards to the right, above the grid that begins at `base`."""
    for column in columns:
        x = left + column.left + cell_width / 2
        sheet.text(
            x - 0.03,
            base - 0.04,
            target_label(words, column.target),
            rotation=45,
            rotation_mode="anchor",
            va="bottom",
            ha="left",
            color=canvas.MUTED if column.panel != "pest" else "#1f2328",
        )


def draw_target_heatmap(strains: Sequence[StrainScores], stem: Path, *, words: Words, footer: str) -> tuple[str, ...]:
    """Draw the heat map of one or many strains; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names."""
    targets = target_order(strains)
    with canvas.drawing():
        sheet = _sheet(strains, targets, words, footer)
        files = canvas.save(sheet, stem, title=words.targets_title, description=footer)
    return (*files, _table(strains, stem))


def _sheet(
    strains: Sequence[StrainScores], targets: Sequence[tuple[str, str]], words: Words, footer: str
) -> canvas.Sheet:
    many = len(strains) > NUMBERS_UP_TO
    row = 0.115 if many else 0.27 if len(strains) > 1 else 0.4
    size = 5.8 if many else canvas.TEXT_PT
    widest = max((lettering.text_width(strain.strain, size) for strain in strains), default=0.0)
    label = min(LABEL_MAX_IN, widest) + 0.1
    header = header_height(words, targets)
    left = canvas.MARGIN_IN + label
    columns, width = columns_of(targets, canvas.WIDTH_IN - left - header_overhang(words, targets))
    states = [score.state for strain in strains for score in strain.targets]
    likely = not many and any(is_likely(strain, score.target) for strain in strains for score in strain.targets)
    cut = any(is_cut(strain, score) for strain in strains for score in strain.targets)
    room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN
    key = marks.key_rows(words, states, room, likely=likely, genes=[marks.GENES_CUT] if cut else [])
    top = 0.42 + header
    below = top + row * len(strains) + 0.14
    sheet = canvas.Sheet.blank(below + 0.3 + len(key) * marks.KEY_ROW_IN + canvas.FOOTER_IN)
    sheet.title(words.targets_title)
    axes = sheet.canvas_axes()
    draw_header(sheet, words, columns, width, left, top)
    cells = marks.Cells()
    for index, strain in enumerate(strains):
        y = top + index * row
        sheet.text(
            left - 0.07, y + row / 2, lettering.shorten(strain.strain, label, size), size=size, ha="right", va="center"
        )
        _draw_row(sheet, cells, strain, columns, (left, y, width, row), numbers=not many)
    cells.draw(axes)
    marks.colour_bar(sheet, f"{words.score} ({words.rank_only})", canvas.MARGIN_IN, below, 2.9)
    marks.draw_key(sheet, axes, words, key, canvas.MARGIN_IN, below + 0.3)
    sheet.footer(footer)
    return sheet


def _draw_row(
    sheet: canvas.Sheet,
    cells: marks.Cells,
    strain: StrainScores,
    columns: Sequence[Column],
    row: marks.Box,
    *,
    numbers: bool,
) -> None:
    left, top, width, height = row
    by_target = {score.target: score for score in strain.targets}
    for column in columns:
        score = by_target.get(column.target)
        box = (left + column.left, top, width, height)
        cells.add(box, score.value if score else 0.0, score.state if score else "no_evidence")
        if score is not None and is_cut(strain, score):
            cells.add_flaws(box, [GeneCondition.CUT], marks.ink_on(score.value), share=0.3 if numbers else 0.5)
        if score is None or score.state in UNKNOWN_STATES or not numbers:
            continue
        likely = is_likely(strain, score.target)
        if likely:
            cells.add_frame(box)
        sheet.text(
            box[0] + width / 2,
            top + height / 2,
            marks.number(score.value),
            size=canvas.TEXT_PT if width > 0.36 else canvas.SMALL_PT,
            color=marks.ink_on(score.value),
            ha="center",
            va="center",
            weight="bold" if likely else "normal",
        )


def _table(strains: Sequence[StrainScores], stem: Path) -> str:
    rows = [_table_row(strain, score) for strain in strains for score in strain.targets]
    names = ("strain", "target", "panel", "score", "low", "high", "state", "tier", "evidence_grade", "unverified_share",
             "assessment", "genes_behind")  # fmt: skip
    return write_table(stem.with_name(plot_table(stem.name)), names, rows)


def _table_row(strain: StrainScores, score: OrderScore) -> tuple[str | float | None, ...]:
    numbers = (None, None, None) if score.state in UNKNOWN_STATES else (score.score, score.low, score.high)
    assessment = strain.conclusion.of(score.target).assessment
    return (
        strain.strain, score.target, score.panel, *numbers, score.state, score.tier, score.grade,
        score.unverified_share, assessment, genes_behind_cell(strain, score),
    )  # fmt: skip
