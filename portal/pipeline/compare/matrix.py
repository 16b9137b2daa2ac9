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
from portal.results.gene_state import MARKED, GeneCondition, state_of
from portal.results.scores import StrainScores
from portal.results.strain_genes import third_rank

COLUMNS_SHOWN = 40
LARGE_FROM = 40


@dataclass(frozen=True)
class ToxinColumn:
    """A toxin of the third rank (Cry1Ac): by strain index, the highest identity in percent and the genes' states."""

    name: str
    identities: Mapping[int, float | None]
    states: Mapping[int, frozenset[GeneCondition]]


def toxin_columns(strains: Sequence[StrainScores]) -> list[ToxinColumn]:
    """Return the toxins of all strains, the most common first."""
    found: dict[str, dict[int, float | None]] = {}
    states: dict[str, dict[int, frozenset[GeneCondition]]] = {}
    for index, strain in enumerate(strains):
        for name, (hit, _) in best_hits(strain).items():
            column = found.setdefault(third_rank(name), {})
            column[index] = max(column.get(index) or 0.0, hit.identity_percent or 0.0) or None
        for hit in strain.hits:
            if hit.kept:
                of_toxin = states.setdefault(third_rank(hit.name), {})
                of_toxin[index] = of_toxin.get(index, frozenset()) | {state_of(hit.flags)}
    common = Counter({name: len(identities) for name, identities in found.items()})
    ordered = sorted(common, key=lambda name: (-common[name], natural_key(name)))
    return [ToxinColumn(name, found[name], states.get(name, {})) for name in ordered]


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
    marked = {state for column in columns for states in column.states.values() for state in states if state in MARKED}
    key = marks.key_rows(
        words,
        (),
        canvas.WIDTH_IN - 2 * canvas.MARGIN_IN,
        likely=False,
        genes=[marks.ONE_OF[state] for state in marked],
    )
    sheet = canvas.Sheet.blank(bottom + 0.66 + len(key) * marks.KEY_ROW_IN + canvas.FOOTER_IN)
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
                box, share = (left + place * width, y, width, row), (column.identities[index] or 0.0) / 100
                cells.add(box, share, "tested")
                cells.add_flaws(box, column.states.get(index, ()), marks.ink_on(share), share=0.5)
    cells.draw(axes)
    marks.colour_bar(sheet, words.identity, canvas.MARGIN_IN, bottom + 0.15, 2.9, percent=True)
    marks.draw_key(sheet, axes, words, key, canvas.MARGIN_IN, bottom + 0.45)
    return sheet
