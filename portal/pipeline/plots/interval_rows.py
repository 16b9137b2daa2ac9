"""Draw rows of dots with 5-95 % intervals on a fixed axis from 0 to 1; unknown scores are hatched strips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.words import Words
from portal.results.gene_state import GeneCondition

ROW_IN = 0.22
GROUP_IN = 0.26
AXIS_IN = 0.36
NUMBER_IN = 0.42
# Shape and fill show the evidence, also in black and white.
MARKERS = {"tested": "o", "inherited": "o", "partner_missing": "D", "broken": "X", "negative_only": "s"}


@dataclass(frozen=True)
class IntervalRow:
    """One score; a row without one is a heading (`state` "group") or a hatched strip (`no_evidence`)."""

    label: str
    score: float
    low: float
    high: float
    state: str
    likely: bool = False
    italic: bool = False
    cut: bool = False  # of all genes behind it only parts were seen

    @property
    def height(self) -> float:
        return GROUP_IN if self.state == "group" else ROW_IN


def rows_height(rows: Sequence[IntervalRow], words: Words) -> float:
    """Return the height of the rows with axis and legend, in inches."""
    return sum(row.height for row in rows) + AXIS_IN + len(_key(rows, words)) * marks.KEY_ROW_IN + 0.02


def _key(rows: Sequence[IntervalRow], words: Words) -> list[list[str]]:
    genes = [marks.GENES_CUT] if any(row.cut for row in rows) else []
    room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN
    return marks.key_rows(words, {row.state for row in rows}, room, likely=False, genes=genes)


def draw_rows(sheet: canvas.Sheet, axes: Axes, rows: Sequence[IntervalRow], words: Words, top: float) -> None:
    """Draw the rows from `top` downwards, with axis and legend below them."""
    widest = max((lettering.text_width(row.label, canvas.TEXT_PT) for row in rows), default=0.5)
    left = canvas.MARGIN_IN + min(2.0, widest) + 0.1
    width = sheet.width - left - canvas.MARGIN_IN - NUMBER_IN
    bottom = top + sum(row.height for row in rows)
    for tick in (0, 0.25, 0.5, 0.75, 1):
        axes.plot([left + tick * width] * 2, [top, bottom], color=canvas.RULE, linewidth=0.5, zorder=0)
        sheet.text(
            left + tick * width, bottom + 0.03, f"{tick:g}", size=canvas.SMALL_PT, ha="center", color=canvas.MUTED
        )
    sheet.text(
        left + width / 2, bottom + 0.17, f"{words.score} ({words.rank_only}), {words.interval}",
        size=canvas.SMALL_PT, ha="center", color=canvas.MUTED,
    )  # fmt: skip
    y = top
    for row in rows:
        if row.state == "group":
            sheet.text(canvas.MARGIN_IN, y + row.height - 0.05, row.label, weight="bold", va="bottom")
        else:
            _draw_row(sheet, axes, row, (left, y, width, row.height))
        y += row.height
    _draw_key(sheet, axes, words, _key(rows, words), bottom + AXIS_IN + 0.04)


def _draw_row(sheet: canvas.Sheet, axes: Axes, row: IntervalRow, box: marks.Box) -> None:
    left, top, width, height = box
    middle = top + height / 2
    style = "italic" if row.italic else "normal"
    label = lettering.shorten(row.label, left - canvas.MARGIN_IN - 0.08, canvas.TEXT_PT)
    sheet.text(left - 0.08, middle, label, ha="right", va="center", style=style)
    if row.state in marks.HATCHES:
        axes.add_artist(
            Rectangle(
                (left, middle - 0.05), width, 0.1, facecolor="white", edgecolor=marks.HATCH_COLOUR,
                hatch=marks.HATCHES[row.state], linewidth=0,
            )
        )  # fmt: skip
        return
    axes.plot(
        [left + row.low * width, left + row.high * width], [middle] * 2, color=canvas.INK, linewidth=1.1, zorder=2
    )
    draw_dot(axes, left + row.score * width, middle, row.score, row.state)
    if row.cut:
        _draw_cut(axes, left + width + 0.02, middle)
    weight = "bold" if row.likely else "normal"
    sheet.text(left + width + NUMBER_IN, middle, marks.number(row.score), ha="right", va="center", weight=weight)


def _draw_cut(axes: Axes, x: float, y: float) -> None:
    """Draw, before a number or in the legend, the mark of a score whose genes were seen only in part."""
    cells = marks.Cells()
    cells.add_flaws((x, y - 0.07, 0.14, 0.14), [GeneCondition.CUT], canvas.INK, share=0.7)
    cells.draw(axes)


def draw_dot(axes: Axes, x: float, y: float, score: float, state: str) -> None:
    """Draw the dot of a score: filled for direct evidence, hollow for inherited, other shapes for the rest."""
    hollow = state == "inherited"
    face = "white" if hollow else marks.colours()(score)
    axes.plot(
        [x], [y], MARKERS.get(state, "o"), markersize=5.5, markerfacecolor=face, markeredgecolor=canvas.INK,
        markeredgewidth=1.1 if hollow else 0.7, zorder=3,
    )  # fmt: skip


def _draw_key(sheet: canvas.Sheet, axes: Axes, words: Words, rows: Sequence[Sequence[str]], top: float) -> None:
    for index, row in enumerate(rows):
        x, y = canvas.MARGIN_IN, top + index * marks.KEY_ROW_IN
        for state in row:
            if state in marks.HATCHES:
                box = Rectangle((x, y - 0.045), 0.2, 0.09, facecolor="white", edgecolor=marks.HATCH_COLOUR, linewidth=0)
                box.set_hatch(marks.HATCHES[state])
                axes.add_artist(box)
            elif state == marks.GENES_CUT:
                _draw_cut(axes, x + 0.05, y)
            else:
                draw_dot(axes, x + 0.1, y, 0.75, state)
            label = marks.key_label(words, state)
            sheet.text(x + 0.25, y, label, size=canvas.SMALL_PT, va="center")
            x += 0.42 + lettering.text_width(label, canvas.SMALL_PT)
