"""The strain x toxin matrix: which strain carries which toxin, for up to hundreds of strains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.domain.natural_order import natural_key
from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.inventory import best_hits
from portal.pipeline.plots.words import Words
from portal.results.scores import StrainScores
from portal.results.strain_genes import third_rank

COLUMNS_SHOWN = 40
LARGE_FROM = 40


@dataclass(frozen=True)
class ToxinColumn:
    """A toxin of the third rank (Cry1Ac) and, by strain index, the highest identity in percent."""

    name: str
    identities: Mapping[int, float | None]


def toxin_columns(strains: Sequence[StrainScores]) -> list[ToxinColumn]:
    """Return the toxins of all strains, the most common first."""
    found: dict[str, dict[int, float | None]] = {}
    for index, strain in enumerate(strains):
        for name, (hit, _) in best_hits(strain).items():
            column = found.setdefault(third_rank(name), {})
            column[index] = max(column.get(index) or 0.0, hit.identity_percent or 0.0) or None
    common = Counter({name: len(identities) for name, identities in found.items()})
    ordered = sorted(common, key=lambda name: (-common[name], natural_key(name)))
    return [ToxinColumn(name, found[name]) for name in ordered]


def draw_toxin_matrix(
    strains: Sequence[StrainScores], columns: Sequence[ToxinColumn], stem: Path, *, words: Words, footer: str
) -> tuple[str, str]:
    """Draw the most common toxins of all strains; write `<stem>.svg` and `.png` and return their names."""
    with canvas.drawing():
        sheet = _sheet(strains, sorted(columns[:COLUMNS_SHOWN], key=lambda column: natural_key(column.name)), words)
        more = len(columns) - COLUMNS_SHOWN
        if more > 0:
            y = sheet.height - canvas.FOOTER_IN - 0.16
            sheet.text(canvas.MARGIN_IN, y, words.more_left_out.format(count=more), size=canvas.SMALL_PT)
        sheet.footer(footer)
        return canvas.save(sheet, stem, title=words.matrix_title, description=footer)


def _sheet(strains: Sequence[StrainScores], columns: Sequence[ToxinColumn], words: Words) -> canvas.Sheet:
    if not columns:
        sheet = canvas.Sheet.blank(1.6)
        sheet.title(words.matrix_title)
        marks.note(sheet, words.no_toxin, 0.85)
        return sheet
    row, size = (0.115, 5.8) if len(strains) > LARGE_FROM else (0.2, canvas.TEXT_PT)
    label = min(1.6, max(lettering.text_width(strain.strain, size) for strain in strains)) + 0.1
    header = max(lettering.text_width(column.name, canvas.SMALL_PT) for column in columns) + 0.1
    left, top = canvas.MARGIN_IN + label, 0.42 + header
    width = min(0.24, (canvas.WIDTH_IN - left - canvas.MARGIN_IN) / len(columns))
    name_size = canvas.SMALL_PT if width >= 0.11 else 5.0
    bottom = top + row * len(strains)
    sheet = canvas.Sheet.blank(bottom + 0.66 + canvas.FOOTER_IN)
    sheet.title(words.matrix_title)
    axes, cells = sheet.canvas_axes(), marks.Cells()
    for place, column in enumerate(columns):
        x = left + (place + 0.5) * width
        sheet.text(x, top - 0.05, column.name, size=name_size, rotation=90, ha="center", va="bottom")
    for index, strain in enumerate(strains):
        y = top + index * row
        sheet.text(
            left - 0.07, y + row / 2, lettering.shorten(strain.strain, label, size), size=size, ha="right", va="center"
        )
        axes.plot([left, left + width * len(columns)], [y + row / 2] * 2, color="#eceef1", linewidth=0.4, zorder=0)
        for place, column in enumerate(columns):
            if index in column.identities:
                cells.add((left + place * width, y, width, row), (column.identities[index] or 0.0) / 100, "tested")
    cells.draw(axes)
    marks.colour_bar(sheet, words.identity, canvas.MARGIN_IN, bottom + 0.15, 2.9, percent=True)
    return sheet
