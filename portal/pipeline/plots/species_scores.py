"""Draw species scores: dots with intervals for one strain, a heat map for several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.genes_behind import genes_behind_cell, is_cut
from portal.pipeline.plots.interval_rows import IntervalRow, draw_rows, rows_height
from portal.pipeline.plots.table import write_table
from portal.pipeline.plots.words import Words, target_label
from portal.results.gene_state import GeneCondition
from portal.results.names import plot_table
from portal.results.scores import SpeciesScore, StrainScores, StrainSpecies

# A picture is not legible with more rows; the table has them all.
SHOWN = 60
SHOWN_OF_MANY = 28


def draw_species(
    strains: Sequence[StrainSpecies],
    stem: Path,
    *,
    words: Words,
    footer: str,
    scores: Sequence[StrainScores],
    order: Sequence[str],
) -> tuple[str, ...]:
    """Draw the species' scores; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names.

    `scores`: those of the same strains by order, with the genes behind the species.
    `order`: the species of several strains, in their order.
    """
    of_strain = {each.strain: each for each in scores}
    any_toxin = any(each.units for each in scores)
    with canvas.drawing():
        if not any(strain.species for strain in strains):
            sheet = _note_sheet(words.no_species if any_toxin else words.no_toxin, words)
        elif len(strains) == 1:
            sheet = _one_strain(strains[0], of_strain.get(strains[0].strain), words)
        else:
            sheet = _many_strains(strains, of_strain, words, order)
        sheet.footer(footer)
        files = canvas.save(sheet, stem, title=words.species_title, description=footer)
    names = ("strain", "target", "species", "score", "low", "high", "state", "evidence_grade", "genes_behind")
    rows = [
        (strain.strain, row.target, row.species, row.score, row.low, row.high, row.state, row.grade,
         genes_behind_cell(of_strain[strain.strain], row) if strain.strain in of_strain else None)
        for strain in strains
        for row in strain.species
    ]  # fmt: skip
    return (*files, write_table(stem.with_name(plot_table(stem.name)), names, rows))


def _note_sheet(note: str, words: Words) -> canvas.Sheet:
    sheet = canvas.Sheet.blank(1.6)
    sheet.title(words.species_title)
    marks.note(sheet, note, 0.8)
    return sheet


def _one_strain(strain: StrainSpecies, scores: StrainScores | None, words: Words) -> canvas.Sheet:
    shown = strain.species[:SHOWN]
    rows: list[IntervalRow] = []
    for target in dict.fromkeys(row.target for row in shown):
        rows.append(IntervalRow(target_label(words, target), 0, 0, 0, "group"))
        rows += [_row(row, scores) for row in shown if row.target == target]
    more = len(strain.species) - len(shown)
    top = 0.55
    sheet = canvas.Sheet.blank(top + rows_height(rows, words) + (0.16 if more else 0) + canvas.FOOTER_IN)
    sheet.title(words.species_title, strain.strain)
    draw_rows(sheet, sheet.canvas_axes(), rows, words, top)
    if more:
        left_out = words.more_left_out.format(count=more)
        sheet.text(canvas.MARGIN_IN, top + rows_height(rows, words), left_out, size=canvas.SMALL_PT)
    return sheet


def _row(row: SpeciesScore, scores: StrainScores | None) -> IntervalRow:
    cut = scores is not None and is_cut(scores, row)
    return IntervalRow(row.species, row.value, row.low or 0.0, row.high or 0.0, row.state, italic=True, cut=cut)


def _many_strains(
    strains: Sequence[StrainSpecies], scores: Mapping[str, StrainScores], words: Words, order: Sequence[str]
) -> canvas.Sheet:
    known = {(row.target, row.species) for strain in strains for row in strain.species}
    places = {species: place for place, species in enumerate(order)}
    shown = sorted(known, key=lambda key: (places.get(key[1], len(places)), key))[:SHOWN_OF_MANY]
    many = len(strains) > 40
    row_height, size = (0.115, 5.8) if many else (0.2, canvas.TEXT_PT)
    label = min(1.6, max(lettering.text_width(strain.strain, size) for strain in strains)) + 0.1
    header = max(lettering.text_width(species, canvas.SMALL_PT, "italic") for _, species in shown) + 0.1
    left, top = canvas.MARGIN_IN + label, 0.42 + header
    width = min(0.3, (canvas.WIDTH_IN - left - canvas.MARGIN_IN) / len(shown))
    below = top + row_height * len(strains) + 0.14
    states = {row.state for strain in strains for row in strain.species} | {"no_evidence"}
    cut = {
        (strain.strain, row.target, row.species)
        for strain in strains
        for row in strain.species
        if strain.strain in scores and is_cut(scores[strain.strain], row)
    }
    is_marked = any(key[1:] in shown for key in cut)
    room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN
    legend = marks.key_rows(words, states, room, likely=False, genes=[marks.GENES_CUT] if is_marked else [])
    sheet = canvas.Sheet.blank(below + 0.3 + len(legend) * marks.KEY_ROW_IN + canvas.FOOTER_IN)
    sheet.title(words.species_title)
    axes, cells = sheet.canvas_axes(), marks.Cells()
    for place, (_, species) in enumerate(shown):
        x = left + (place + 0.5) * width
        sheet.text(x, top - 0.05, species, size=canvas.SMALL_PT, style="italic", rotation=90, ha="center", va="bottom")
    for index, strain in enumerate(strains):
        y = top + index * row_height
        name = lettering.shorten(strain.strain, label, size)
        sheet.text(left - 0.07, y + row_height / 2, name, size=size, ha="right", va="center")
        found = {(row.target, row.species): row for row in strain.species}
        for place, species_key in enumerate(shown):
            score = found.get(species_key)
            box = (left + place * width, y, width, row_height)
            cells.add(box, score.value if score else 0.0, score.state if score else "no_evidence")
            if score and (strain.strain, *species_key) in cut:
                cells.add_flaws(box, [GeneCondition.CUT], marks.ink_on(score.value), share=0.5)
    cells.draw(axes)
    marks.colour_bar(sheet, f"{words.score} ({words.rank_only})", canvas.MARGIN_IN, below, 2.9)
    marks.draw_key(sheet, axes, words, legend, canvas.MARGIN_IN, below + 0.3)
    return sheet
