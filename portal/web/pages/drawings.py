"""Compute the layout of gene maps and domain drawings on the results page. Pure: takes the toxin table, returns values.

Horizontal lengths are percentages of a drawing's width, so that shapes scale with the page while text keeps its size;
heights are pixels. All maps share one scale, and so do all proteins.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from portal.results.toxins import Span
from portal.web.pages.toxin_view import ToxinList, ToxinRow

_GAP = 20_000  # bases without a toxin gene that separate two maps of one contig
_MARGIN = 5_000  # bases shown on either side
_MOST_MAPS, _MOST_PROTEINS = 40, 60  # the files contain all
_NARROWEST_PX = 256  # width of a drawing on a page of 320 pixels
_LETTER_PX = 7.6
_LABEL_LETTERS = 14  # less than half of the narrowest drawing, so that a name fits on one side of its gene's start
_LANE_PX, _GENE_PX = 18, 20
_HEAD = 2.4  # length of an arrow's head, percent of the drawing
_LEAST = 0.8  # width of the smallest gene, percent of the drawing
_WRITTEN_FROM = 8.0  # percent: a domain as wide as this holds its label


@dataclass(frozen=True)
class DrawnGene:
    """A gene arrow: its position, its points within a box of 100 x 20, and the position of its name."""

    row: ToxinRow
    x: float
    width: float
    points: str
    label: str
    label_x: float
    label_y: float
    anchor: str
    lane: int

    @property
    def lifted(self) -> bool:
        """Return whether the name is raised above its gene, so that a line connects them."""
        return self.lane > 0

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class GeneMap:
    """A piece of a contig in 1-based bases; `width` is its length in the drawing."""

    contig: str
    contig_length: int
    start: int
    end: int
    width: float
    height: int
    gene_y: int
    genes: tuple[DrawnGene, ...]

    @property
    def starts(self) -> bool:
        """Return whether the contig begins here."""
        return self.start == 1

    @property
    def ends(self) -> bool:
        """Return whether the contig ends here."""
        return self.end == self.contig_length

    @property
    def toxin_genes(self) -> int:
        """Return the number of toxin genes: one in several rows counts once, one on several contigs not at all."""
        return len(self._keys(are_pieces=False))

    @property
    def pieces(self) -> int:
        """Return the number of genes of which other contigs have a piece as well."""
        return len(self._keys(are_pieces=True))

    def _keys(self, *, are_pieces: bool) -> set[str]:
        rows = [gene.row for gene in self.genes if not gene.row.accessory and bool(gene.row.piece) == are_pieces]
        return {key for row in rows for key in ([locus.locus_id for locus in row.loci] or [row.protein_id])}


@dataclass(frozen=True)
class DrawnPiece:
    """A domain in a drawing; `written` if there is room for its name."""

    domain: Span
    x: float
    width: float
    written: bool


@dataclass(frozen=True)
class DrawnProtein:
    """A protein, its domains, and the part aligned to the closest known toxin (x, width)."""

    row: ToxinRow
    width: float
    pieces: tuple[DrawnPiece, ...]
    aligned: tuple[float, float] | None


@dataclass(frozen=True)
class Drawings:
    """All drawings of a genome; `ruler` is a round number of bases and its length in the maps."""

    maps: tuple[GeneMap, ...]
    ruler: tuple[int, float]
    proteins: tuple[DrawnProtein, ...]
    domain_names: tuple[str, ...]
    left_out: int

    @property
    def mapped(self) -> frozenset[int]:
        """Return the numbers of the rows shown in a map."""
        return frozenset(gene.row.number for each in self.maps for gene in each.genes if not gene.row.accessory)


def draw(inventory: ToxinList) -> Drawings:
    """Return the drawings of a toxin table; maps only for genes with a position on a contig."""
    placed = [row for row in inventory.toxins if _has_place(row)]
    pieces = list(_pieces(placed))
    shown = pieces[:_MOST_MAPS]
    longest = max((end - start + 1 for _, start, end in shown), default=1)
    nearby = [*placed, *(row for row in inventory.accessory if _has_place(row))]
    proteins = inventory.toxins[:_MOST_PROTEINS]
    scale = 100 / max((row.length_aa for row in proteins), default=1)
    names = dict.fromkeys(domain.name for row in proteins for domain in row.domains)
    return Drawings(
        maps=tuple(_map(contig, start, end, nearby, longest) for contig, start, end in shown),
        ruler=_ruler(longest),
        proteins=tuple(_protein(row, scale) for row in proteins),
        domain_names=tuple(names),
        left_out=max(len(pieces) - len(shown), len(inventory.toxins) - len(proteins)),
    )


def draw_gene(inventory: ToxinList, protein_ids: Collection[str]) -> Drawings:
    """Return the drawings of the rows of one gene: where each lies among its neighbours, and their domains."""
    rows = [*inventory.toxins, *inventory.accessory]
    own = [row for row in rows if row.protein_id in protein_ids]
    placed = [row for row in rows if _has_place(row) and (not row.accessory or row in own)]
    near = [row for row in placed if row.contig in {each.contig for each in own}]
    inside = [
        (contig, start, end)
        for contig, start, end in _pieces(near)
        if any(row.contig == contig and start <= row.start <= end for row in own)
    ]
    longest = max((end - start + 1 for _, start, end in inside), default=1)
    nearby = [row for row in rows if _has_place(row)]
    scale = 100 / max((row.length_aa for row in own), default=1)
    return Drawings(
        maps=tuple(_map(contig, start, end, nearby, longest) for contig, start, end in inside),
        ruler=_ruler(longest),
        proteins=tuple(_protein(row, scale) for row in own),
        domain_names=tuple(dict.fromkeys(domain.name for row in own for domain in row.domains)),
        left_out=0,
    )


def _has_place(row: ToxinRow) -> bool:
    """Return whether a row has a position on a contig, which uploaded proteins do not."""
    return bool(row.contig) and row.start > 0 and row.end - row.start + 1 >= 2 * row.length_aa > 0


def _pieces(rows: Iterable[ToxinRow]) -> Iterator[tuple[str, int, int]]:
    """Yield contig, start and end of each region to draw, with contigs in the order of the table."""
    order = {contig: place for place, contig in enumerate(dict.fromkeys(row.contig for row in rows))}
    in_order = sorted(rows, key=lambda row: (order[row.contig], row.start))
    for contig, genes in groupby(in_order, key=lambda row: row.contig):
        islands: list[list[ToxinRow]] = []
        for gene in genes:
            if islands and gene.start - max(row.end for row in islands[-1]) <= _GAP:
                islands[-1].append(gene)
            else:
                islands.append([gene])
        for island in islands:
            end = max(row.end for row in island)
            length = max(end, *(row.contig_length for row in island))
            yield contig, max(1, island[0].start - _MARGIN), min(length, end + _MARGIN)


def _map(contig: str, start: int, end: int, rows: Iterable[ToxinRow], longest: int) -> GeneMap:
    inside = sorted(
        (row for row in rows if row.contig == contig and row.start >= start and row.end <= end),
        key=lambda row: (row.start, row.end),
    )
    lanes: list[float] = []  # the position from which each lane of names is free again
    places = [_label_place(row, start, longest, lanes) for row in inside]
    gene_y = len(lanes) * _LANE_PX + 4
    return GeneMap(
        contig=contig,
        contig_length=max(end, *(row.contig_length for row in inside)),
        start=start,
        end=end,
        width=round((end - start + 1) / longest * 100, 2),
        height=gene_y + _GENE_PX + 4,
        gene_y=gene_y,
        genes=tuple(_gene(row, start, longest, place, gene_y) for row, place in zip(inside, places, strict=True)),
    )


def _extent(row: ToxinRow, start: int, longest: int) -> tuple[float, float]:
    width = max((row.end - row.start + 1) / longest * 100, _LEAST)
    return round(min((row.start - start) / longest * 100, 100 - width), 2), round(width, 2)


def _label_place(row: ToxinRow, start: int, longest: int, lanes: list[float]) -> tuple[int, float, str]:
    """Return lane (0 is next to the genes), position and anchor of a name; names never overlap, even at 320 pixels."""
    x, gene_width = _extent(row, start, longest)
    width = (len(_label(row)) * _LETTER_PX + 8) / _NARROWEST_PX * 100
    left = x if x + width <= 100 else x + gene_width - width
    lane = next((number for number, free in enumerate(lanes) if free <= left), len(lanes))
    if lane == len(lanes):
        lanes.append(0.0)
    lanes[lane] = left + width
    return (lane, x, "start") if left == x else (lane, round(x + gene_width, 2), "end")


def _label(row: ToxinRow) -> str:
    piece = f" {row.piece[0]}/{row.piece[1]}" if row.piece else ""
    room = _LABEL_LETTERS - len(piece)
    return (row.name if len(row.name) <= room else f"{row.name[: room - 1]}…") + piece


def _gene(row: ToxinRow, start: int, longest: int, place: tuple[int, float, str], gene_y: int) -> DrawnGene:
    x, width = _extent(row, start, longest)
    lane, label_x, anchor = place
    return DrawnGene(
        row, x, width, _arrow(row.strand, width), _label(row), label_x, gene_y - 6 - lane * _LANE_PX, anchor, lane
    )


def _arrow(strand: str, width: float) -> str:
    """Return the points of an arrow in a 100 x 20 box that is stretched to `width` percent of the drawing."""
    neck = 100 - min(60.0, _HEAD / width * 100)
    points = [(0, 4), (neck, 4), (neck, 0), (100, 10), (neck, 20), (neck, 16), (0, 16)]
    return " ".join(f"{100 - x if strand == '-' else x:.1f},{y}" for x, y in points)


def _ruler(longest: int) -> tuple[int, float]:
    """Return the largest of 1, 2, 5, 10 ... bases that takes at most three tenths of the drawing."""
    power = 10 ** math.floor(math.log10(max(1.0, longest * 0.3)))
    length = max(power * step for step in (1, 2, 5) if power * step <= max(1.0, longest * 0.3))
    return length, round(length / longest * 100, 2)


def _protein(row: ToxinRow, scale: float) -> DrawnProtein:
    aligned = _stretch(*row.aligned, scale) if row.aligned else None
    return DrawnProtein(row, round(row.length_aa * scale, 2), _domains(row.domains, scale), aligned)


def _domains(domains: Sequence[Span], scale: float) -> tuple[DrawnPiece, ...]:
    stretches = [(domain, *_stretch(domain.start, domain.end, scale)) for domain in domains]
    return tuple(DrawnPiece(domain, x, width, width >= _WRITTEN_FROM) for domain, x, width in stretches)


def _stretch(start: int, end: int, scale: float) -> tuple[float, float]:
    return round((start - 1) * scale, 2), round((end - start + 1) * scale, 2)
