"""Draw toxin genes on contigs, to scale: genes within 20 kb of each other share a line, with 10 kb on either side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.table import write_table
from portal.pipeline.plots.words import Words
from portal.results.loci import LociDocument, Locus
from portal.results.locus_words import state_word
from portal.results.names import plot_table
from portal.results.toxin_table import GENE_COLUMNS, gene_cells
from portal.results.toxins import FoundToxin, ToxinsDocument

FLANK_BP = 10_000
LEVEL_IN = 0.15
ARROW_IN = 0.16
HEAD_IN = 0.09
TRACK_IN = 0.52
# Further stretches are in the table; a picture with a hundred lines is not useful.
TRACKS_SHOWN = 40
NO_IDENTITY_COLOUR = "#d7dbe1"


Genes: TypeAlias = Mapping[str, tuple[Locus, ...]]


@dataclass(frozen=True)
class DrawnStretch:
    """A piece of a contig and the toxin genes on it; coordinates are 1-based and inclusive."""

    contig: str
    contig_length: int
    start: int
    end: int
    toxins: tuple[FoundToxin, ...]


def stretches_of(toxins: Sequence[FoundToxin]) -> list[DrawnStretch]:
    """Group neighbouring genes, with up to 10 kb of contig on either side."""
    found: list[DrawnStretch] = []
    for toxin in sorted(toxins, key=lambda toxin: (toxin.contig, toxin.start, toxin.end)):
        start, end = max(1, toxin.start - FLANK_BP), min(toxin.contig_length, toxin.end + FLANK_BP)
        last = found[-1] if found else None
        if last and last.contig == toxin.contig and start <= last.end:
            found[-1] = DrawnStretch(
                last.contig, last.contig_length, last.start, max(last.end, end), (*last.toxins, toxin)
            )
        else:
            found.append(DrawnStretch(toxin.contig, toxin.contig_length, start, end, (toxin,)))
    return sorted(found, key=lambda stretch: (-len(stretch.toxins), stretch.contig, stretch.start))


def draw_gene_neighbourhood(
    inventory: ToxinsDocument, stem: Path, *, words: Words, footer: str, loci: LociDocument | None = None
) -> tuple[str, ...]:
    """Draw the genes; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names.

    Genes that are not whole are labelled with their verdict.
    """
    genes = loci.by_row() if loci else {}
    toxins = [toxin for toxin in inventory.toxins if not toxin.accessory]
    stretches = stretches_of(toxins)
    with canvas.drawing():
        sheet = _sheet(inventory, stretches, words, genes)
        sheet.footer(footer)
        files = canvas.save(sheet, stem, title=words.genes_title, description=footer)
    names = (
        "strain", "contig", "contig_length", "start", "end", "strand", "protein_id", "toxin", "identity_percent",
        *GENE_COLUMNS,
    )  # fmt: skip
    rows = [
        (
            inventory.strain, toxin.contig, toxin.contig_length, toxin.start, toxin.end, toxin.strand,
            toxin.protein_id, toxin.name, toxin.identity_percent, *gene_cells(genes.get(toxin.protein_id, ())).values(),
        )
        for stretch in stretches
        for toxin in stretch.toxins
    ]  # fmt: skip
    return (*files, write_table(stem.with_name(plot_table(stem.name)), names, rows))


def _sheet(inventory: ToxinsDocument, stretches: Sequence[DrawnStretch], words: Words, genes: Genes) -> canvas.Sheet:
    if not stretches:
        sheet = canvas.Sheet.blank(1.6)
        sheet.title(words.genes_title, inventory.strain)
        marks.note(sheet, words.no_toxin, 0.85)
        return sheet
    shown = stretches[:TRACKS_SHOWN]
    room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN
    scale = room / max(stretch.end - stretch.start + 1 for stretch in shown)
    labels = {toxin.protein_id: _label(toxin, genes, words) for stretch in shown for toxin in stretch.toxins}
    levels = [_label_levels(stretch, labels, scale) for stretch in shown]
    heights = [TRACK_IN + LEVEL_IN * (1 + max(place for _, place in level)) for level in levels]
    more = len(stretches) - len(shown)
    sheet = canvas.Sheet.blank(0.5 + sum(heights) + 0.42 + (0.16 if more else 0) + canvas.FOOTER_IN)
    sheet.title(words.genes_title, inventory.strain)
    axes = sheet.canvas_axes()
    y = 0.5
    for stretch, level, height in zip(shown, levels, heights, strict=True):
        _draw_stretch(sheet, axes, stretch, (labels, level), scale, y + height)
        y += height
    if more:
        sheet.text(canvas.MARGIN_IN, y + 0.04, words.more_left_out.format(count=more), size=canvas.SMALL_PT)
        y += 0.16
    marks.colour_bar(sheet, words.identity, canvas.MARGIN_IN, y + 0.08, 2.4, percent=True)
    _scale_bar(sheet, axes, scale, y + 0.13)
    return sheet


def _label(toxin: FoundToxin, genes: Genes, words: Words) -> str:
    broken = [locus for locus in genes.get(toxin.protein_id, ()) if not locus.is_whole]
    if not broken:
        return toxin.name
    return f"{toxin.name} ({', '.join(state_word(locus).word(words.lang) for locus in broken)})"


def _label_levels(stretch: DrawnStretch, labels: Mapping[str, str], scale: float) -> list[tuple[float, int]]:
    """Return for each gene the centre of its label in inches and a level without overlap."""
    ends: list[float] = []
    placed = []
    for toxin in stretch.toxins:
        width = lettering.text_width(labels[toxin.protein_id], canvas.SMALL_PT) + 0.06
        middle = canvas.MARGIN_IN + scale * ((toxin.start + toxin.end) / 2 - stretch.start)
        centre = min(max(middle, canvas.MARGIN_IN + width / 2), canvas.WIDTH_IN - canvas.MARGIN_IN - width / 2)
        left = centre - width / 2
        level = next((index for index, end in enumerate(ends) if end <= left), len(ends))
        ends[level : level + 1] = [centre + width / 2]
        placed.append((centre, level))
    return placed


def _draw_stretch(
    sheet: canvas.Sheet,
    axes: Axes,
    stretch: DrawnStretch,
    lettered: tuple[Mapping[str, str], Sequence[tuple[float, int]]],
    scale: float,
    bottom: float,
) -> None:
    labels, levels = lettered
    line = bottom - 0.28
    right = canvas.MARGIN_IN + scale * (stretch.end - stretch.start + 1)
    axes.plot([canvas.MARGIN_IN, right], [line, line], color=canvas.MUTED, linewidth=0.9, zorder=1)
    for x, at_end in ((canvas.MARGIN_IN, stretch.start == 1), (right, stretch.end == stretch.contig_length)):
        if at_end:  # the contig ends here; the rest is unknown
            axes.plot([x, x], [line - 0.08, line + 0.08], color=canvas.INK, linewidth=1.4, zorder=1)
    place = f"{stretch.start:,}–{stretch.end:,}"
    room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN - lettering.text_width(place, canvas.SMALL_PT) - 0.1
    name = lettering.shorten(stretch.contig, room, canvas.SMALL_PT)
    sheet.text(canvas.MARGIN_IN, line + 0.1, f"{name}  {place}", size=canvas.SMALL_PT, color=canvas.MUTED)
    for toxin, (centre, level) in zip(stretch.toxins, levels, strict=True):
        left = canvas.MARGIN_IN + scale * (toxin.start - stretch.start)
        width = scale * (toxin.end - toxin.start + 1)
        _arrow(axes, toxin, (left, width, line), dashed=labels[toxin.protein_id] != toxin.name)
        label_y = line - ARROW_IN / 2 - 0.04 - level * LEVEL_IN
        if level:
            axes.plot([left + width / 2, centre], [line - 0.1, label_y], color="#c9ced6", linewidth=0.4, zorder=0)
        sheet.text(centre, label_y, labels[toxin.protein_id], size=canvas.SMALL_PT, ha="center", va="bottom")


def _arrow(axes: Axes, toxin: FoundToxin, place: tuple[float, float, float], *, dashed: bool) -> None:
    left, width, middle = place
    half = ARROW_IN / 2
    head = min(HEAD_IN, width)
    tip, neck, tail = left + width, left + width - head, left
    if toxin.strand == "-":
        tip, neck, tail = left, left + head, left + width
    outline = [
        (tail, middle - half),
        (neck, middle - half),
        (tip, middle),
        (neck, middle + half),
        (tail, middle + half),
    ]
    face = NO_IDENTITY_COLOUR if toxin.identity_percent is None else marks.colours()(toxin.identity_percent / 100)
    style = "--" if dashed or toxin.partial or toxin.contig_edge else "-"
    axes.add_artist(Polygon(outline, closed=True, facecolor=face, edgecolor=canvas.INK, linewidth=0.6, linestyle=style))


def _scale_bar(sheet: canvas.Sheet, axes: Axes, scale: float, y: float) -> None:
    length = next((size for size in (10_000, 5_000, 2_000, 1_000, 500) if size * scale <= 1.6), 500)
    right = canvas.WIDTH_IN - canvas.MARGIN_IN
    axes.plot([right - length * scale, right], [y, y], color=canvas.INK, linewidth=1.4)
    label = f"{length // 1000} kb" if length >= 1000 else f"{length} bp"
    sheet.text(right - length * scale / 2, y + 0.03, label, size=canvas.TEXT_PT, ha="center")
