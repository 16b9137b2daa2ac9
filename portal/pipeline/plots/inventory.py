"""Draw which strain carries which toxins: a matrix for up to 8 strains, above that the combinations of families."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.table import write_table
from portal.pipeline.plots.words import Words
from portal.results.gene_state import MARKED, Damage, GeneCondition, damage_of
from portal.results.names import plot_table
from portal.results.scores import ScoredHit, StrainScores

MATRIX_UP_TO = 8
TOXINS_SHOWN = 70
FAMILIES_SHOWN = 20
COMBINATIONS_SHOWN = 22
ROW_IN = 0.2
BARS_IN = 1.1
BAR_COLOUR = "#31446b"
EMPTY_COLOUR = "#e3e6ea"


def best_hits(strain: StrainScores) -> dict[str, tuple[ScoredHit, int]]:
    """Return by toxin name the best hit and the number of genes, for scored hits."""
    found: dict[str, list[ScoredHit]] = {}
    for hit in strain.hits:
        if hit.kept:
            found.setdefault(hit.name, []).append(hit)
    copies = {unit.unit_id: unit.copies for unit in strain.units}
    return {
        name: (max(hits, key=lambda one: one.identity_percent or 0.0), _genes(hits, copies))
        for name, hits in found.items()
    }


def _genes(hits: Sequence[ScoredHit], copies: Mapping[str, int]) -> int:
    """Return how many genes these rows are: pieces of one gene are one, copies of a gene as many as there are."""
    rows = Counter(hit.unit_id for hit in hits)
    return sum(min(number, copies.get(unit or "", number)) for unit, number in rows.items())


def _damage(strain: StrainScores, name: str) -> Damage:
    """Return how many of the genes of one toxin are broken, cut or altered."""
    return damage_of(hit.flags for hit in strain.hits if hit.kept and hit.name == name)


def _states(strain: StrainScores, name: str) -> frozenset[GeneCondition]:
    """Return in which of the states that are marked any gene of one toxin is."""
    damage = _damage(strain, name)
    return frozenset(state for state in MARKED if damage.of(state))


def draw_inventory(strains: Sequence[StrainScores], stem: Path, *, words: Words, footer: str) -> tuple[str, ...]:
    """Draw the inventory; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names."""
    found = [best_hits(strain) for strain in strains]
    with canvas.drawing():
        if not any(found):
            sheet = canvas.Sheet.blank(1.6)
            sheet.title(words.inventory_title)
            marks.note(sheet, words.no_toxin, 0.85)
        elif len(strains) <= MATRIX_UP_TO:
            sheet = _matrix(strains, found, words)
        else:
            sheet = _combinations(strains, words)
        sheet.footer(footer)
        files = canvas.save(sheet, stem, title=words.inventory_title, description=footer)
    names = (
        "strain", "toxin", "toxin_1998", "genes", "identity_percent", "coverage_percent", "rank",
        *(f"genes_{state}" for state in MARKED),
    )  # fmt: skip
    rows = [
        (strain.strain, name, hit.name_1998, number, hit.identity_percent, hit.coverage_percent, hit.rank,
         *map(_damage(strain, name).of, MARKED))
        for strain, toxins in zip(strains, found, strict=True)
        for name, (hit, number) in sorted(toxins.items())
    ]  # fmt: skip
    return (*files, write_table(stem.with_name(plot_table(stem.name)), names, rows))


def _matrix(
    strains: Sequence[StrainScores], found: Sequence[Mapping[str, tuple[ScoredHit, int]]], words: Words
) -> canvas.Sheet:
    toxins = sorted({name for toxins in found for name in toxins})
    shown, more = toxins[:TOXINS_SHOWN], max(0, len(toxins) - TOXINS_SHOWN)
    label = min(1.5, max(lettering.text_width(name, canvas.TEXT_PT) for name in shown)) + 0.1
    left = canvas.MARGIN_IN + label
    width = min(0.8, (canvas.WIDTH_IN - left - canvas.MARGIN_IN) / len(strains))
    header = (
        0.26
        if len(strains) == 1
        else 0.72 * min(1.4, max(lettering.text_width(s.strain, canvas.TEXT_PT) for s in strains)) + 0.16
    )
    top = 0.42 + header
    bottom = top + ROW_IN * len(shown)
    states = {(place, name): _states(strain, name) for place, strain in enumerate(strains) for name in found[place]}
    marked = {state for (_, name), each in states.items() if name in shown for state in each}
    names = [marks.ONE_OF[state] for state in marked]
    key = marks.key_rows(words, (), canvas.WIDTH_IN - 2 * canvas.MARGIN_IN, likely=False, genes=names)
    key_height = len(key) * marks.KEY_ROW_IN
    sheet = canvas.Sheet.blank(bottom + (0.2 if more else 0.05) + 0.46 + key_height + canvas.FOOTER_IN)
    sheet.title(words.inventory_title)
    axes, cells = sheet.canvas_axes(), marks.Cells()
    for place, strain in enumerate(strains):
        _column_name(sheet, strain.strain, left + place * width, width, top, slanted=len(strains) > 1)
    for index, name in enumerate(shown):
        y = top + index * ROW_IN
        sheet.text(left - 0.07, y + ROW_IN / 2, lettering.shorten(name, label, canvas.TEXT_PT), ha="right", va="center")
        for place, toxins_of_strain in enumerate(found):
            box = (left + place * width, y, width, ROW_IN)
            _cell(sheet, axes, cells, toxins_of_strain.get(name), box, states.get((place, name), ()))
    cells.draw(axes)
    if more:
        sheet.text(canvas.MARGIN_IN, bottom + 0.04, words.more_left_out.format(count=more), size=canvas.SMALL_PT)
    bar = bottom + (0.3 if more else 0.15)
    marks.colour_bar(sheet, words.identity, canvas.MARGIN_IN, bar, 2.9, percent=True)
    marks.draw_key(sheet, axes, words, key, canvas.MARGIN_IN, bar + 0.3)
    return sheet


def _column_name(sheet: canvas.Sheet, name: str, left: float, width: float, top: float, *, slanted: bool) -> None:
    if slanted:
        x, name = left + width / 2 - 0.03, lettering.shorten(name, 1.4, canvas.TEXT_PT)
        sheet.text(x, top - 0.04, name, rotation=45, rotation_mode="anchor", va="bottom", ha="left")
    else:
        sheet.text(
            left,
            top - 0.05,
            lettering.shorten(name, canvas.WIDTH_IN - left - canvas.MARGIN_IN, canvas.TEXT_PT),
            va="bottom",
            weight="bold",
        )


def _cell(
    sheet: canvas.Sheet,
    axes: Axes,
    cells: marks.Cells,
    found: tuple[ScoredHit, int] | None,
    box: marks.Box,
    states: Collection[GeneCondition],
) -> None:
    left, top, width, height = box
    if found is None:
        axes.plot([left + width / 2], [top + height / 2], "o", markersize=2, color=EMPTY_COLOUR)
        return
    hit, number = found
    share = (hit.identity_percent or 0.0) / 100
    if hit.identity_percent is None:
        axes.add_artist(Rectangle((left, top), width, height, facecolor=EMPTY_COLOUR, edgecolor="white", linewidth=0.8))
    else:
        cells.add(box, share, "tested")
    text = (
        "HMM"
        if hit.identity_percent is None
        else f"{hit.identity_percent:.0f}"
        if hit.identity_percent >= 99.95
        else f"{hit.identity_percent:.1f}"
    )
    text += f" ×{number}" if number > 1 else ""
    colour = canvas.INK if hit.identity_percent is None else marks.ink_on(share)
    cells.add_flaws(box, states, colour, share=0.38)
    size = canvas.SMALL_PT if width > 0.5 else 5.6
    sheet.text(left + width / 2, top + height / 2, text, size=size, color=colour, ha="center", va="center")


def _combinations(strains: Sequence[StrainScores], words: Words) -> canvas.Sheet:
    """Draw an UpSet plot (Lex et al. 2014, doi:10.1109/TVCG.2014.2346248) of toxin families."""
    sets = [frozenset(unit.family for unit in strain.units) for strain in strains]
    totals = Counter(family for families in sets for family in families)
    families = [family for family, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))][:FAMILIES_SHOWN]
    kept = frozenset(families)
    counts = Counter(frozenset(one & kept) for one in sets)
    combinations = sorted(counts.items(), key=lambda item: (-item[1], sorted(item[0])))
    shown, more = combinations[:COMBINATIONS_SHOWN], max(0, len(combinations) - COMBINATIONS_SHOWN)
    label = max(lettering.text_width(f"{family} ({totals[family]})", canvas.TEXT_PT) for family in families) + 0.12
    left, top = canvas.MARGIN_IN + label, 0.7
    width = min(0.24, (canvas.WIDTH_IN - left - canvas.MARGIN_IN) / len(shown))
    grid = top + BARS_IN + 0.12
    damaged = any(strain.damage.of(state) for strain in strains for state in MARKED)
    sheet = canvas.Sheet.blank(
        grid + ROW_IN * len(families) + (0.2 if more else 0.06) + (0.14 if damaged else 0) + canvas.FOOTER_IN
    )
    sheet.title(words.inventory_title)
    axes = sheet.canvas_axes()
    sheet.text(left - 0.1, top + BARS_IN / 2, words.strain_count, ha="right", va="center", color=canvas.MUTED)
    for index, family in enumerate(families):
        y = grid + (index + 0.5) * ROW_IN
        sheet.text(left - 0.1, y, f"{family} ({totals[family]})", ha="right", va="center")
        if index % 2:
            band = Rectangle((left, y - ROW_IN / 2), width * len(shown), ROW_IN, facecolor="#f4f5f7", linewidth=0)
            axes.add_artist(band)
    tallest = shown[0][1]
    for place, (members, count) in enumerate(shown):
        x = left + (place + 0.5) * width
        height = BARS_IN * count / tallest
        bar = Rectangle((x - 0.35 * width, top + BARS_IN - height), 0.7 * width, height, facecolor=BAR_COLOUR)
        axes.add_artist(bar)
        sheet.text(x, top + BARS_IN - height - 0.02, str(count), size=canvas.SMALL_PT, ha="center", va="bottom")
        _dots(axes, families, members, x, grid)
    if more:
        y = grid + ROW_IN * len(families) + 0.04
        sheet.text(canvas.MARGIN_IN, y, words.more_left_out.format(count=more), size=canvas.SMALL_PT)
    if damaged:
        y = sheet.height - canvas.FOOTER_IN - 0.13
        sheet.text(canvas.MARGIN_IN, y, words.damage_counts, size=canvas.SMALL_PT)
    return sheet


def _dots(axes: Axes, families: Sequence[str], members: frozenset[str], x: float, grid: float) -> None:
    heights = [grid + (index + 0.5) * ROW_IN for index in range(len(families))]
    filled = [y for y, family in zip(heights, families, strict=True) if family in members]
    empty = [y for y, family in zip(heights, families, strict=True) if family not in members]
    axes.plot([x] * len(empty), empty, "o", markersize=4, color=EMPTY_COLOUR, zorder=2)
    if filled:
        axes.plot([x, x], [filled[0], filled[-1]], color=BAR_COLOUR, linewidth=1.2, zorder=3)
        axes.plot([x] * len(filled), filled, "o", markersize=4.5, color=BAR_COLOUR, zorder=4)
