"""Lay out the map of a whole genome: contigs to one scale, toxin genes where they lie. Pure.

Names and contigs may come from an upload, so nothing here is markup. Lengths in the drawing are percentages of its
width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from portal.domain.message import Message
from portal.domain.natural_order import natural_key
from portal.results.loci import LociDocument, Locus, Verdict
from portal.results.locus_words import state_word
from portal.results.toxin_core import is_altered_behind_core
from portal.results.toxin_lookup import ToxinGene, genes_of
from portal.results.toxins import FoundToxin, ToxinsDocument

_MOST_CONTIGS, _MOST_GENES = 100, 500  # the files contain all
_NAMES = 6  # of the genes of a contig beside its name
_APART = 20_000  # bases between two pieces of one gene that are drawn apart, as over the origin of a plasmid
_STRANDS = ("+", "-")


class GeneShape(StrEnum):
    """The form in which a gene is drawn, which tells its state without colour."""

    WHOLE = "whole"
    PIECE = "piece"
    BROKEN = "broken"
    ALTERED = "altered"
    CUT = "cut"
    REMNANT = "remnant"
    UNJUDGED = "unjudged"


_SHAPES = {
    Verdict.INTACT: GeneShape.WHOLE,
    Verdict.SPLIT: GeneShape.WHOLE,
    Verdict.FRAMESHIFT: GeneShape.BROKEN,
    Verdict.PREMATURE_STOP: GeneShape.BROKEN,
    Verdict.INSERTION: GeneShape.BROKEN,
    Verdict.EDGE: GeneShape.CUT,
    Verdict.REMNANT: GeneShape.REMNANT,
}


@dataclass(frozen=True)
class MappedGene:
    """A gene, or the part of it that lies in one place: bases of the contig, 1-based, and its middle in percent."""

    key: str
    name: str
    start: int
    end: int
    strand: str
    shape: GeneShape
    verdict: Message
    piece: tuple[int, int] | None = None  # its number among the places of the gene, and theirs
    is_on_one_contig: bool = True
    x: float = 0.0


@dataclass(frozen=True)
class MappedContig:
    """A contig with toxin genes; `length` is the least possible if `is_length_known` is false."""

    name: str
    length: int
    width: float
    is_circular: bool
    is_length_known: bool
    genes: tuple[MappedGene, ...]

    @property
    def toxin_genes(self) -> int:
        """Return the number of genes that this contig has alone, each once."""
        return len({gene.key for gene in self.genes if gene.is_on_one_contig})

    @property
    def pieces(self) -> int:
        """Return the number of genes of which other contigs have a piece as well."""
        return len({gene.key for gene in self.genes if not gene.is_on_one_contig})

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the first genes, each once."""
        return tuple(dict.fromkeys(gene.name for gene in self.genes))[:_NAMES]

    @property
    def has_more_names(self) -> bool:
        return len({gene.name for gene in self.genes}) > _NAMES


@dataclass(frozen=True)
class ContigSum:
    """Contigs that are counted, not drawn one by one."""

    contigs: int
    bases: int


@dataclass(frozen=True)
class GenomeMap:
    """The map; `without` are the contigs without toxin genes, `more` those with some for which there is no room."""

    contigs: tuple[MappedContig, ...]
    without: ContigSum | None
    more: ContigSum | None
    longest: int

    @property
    def genes(self) -> int:
        """Return the number of genes, each once, on however many contigs it lies."""
        return len({gene.key for contig in self.contigs for gene in contig.genes})

    @property
    def richest(self) -> MappedContig:
        """Return the contig with the most genes, of several the longest."""
        return max(self.contigs, key=lambda contig: len(contig.genes))

    @property
    def shapes(self) -> tuple[GeneShape, ...]:
        """Return the shapes that occur, in the order of the key."""
        found = {gene.shape for contig in self.contigs for gene in contig.genes}
        return tuple(shape for shape in GeneShape if shape in found)

    @property
    def without_width(self) -> float:
        """Return the width of the contigs without toxins; 100 if they are longer than the longest that is drawn."""
        return min(100.0, round((self.without.bases if self.without else 0) / self.longest * 100, 3))

    @property
    def is_without_cut(self) -> bool:
        return self.without is not None and self.without.bases > self.longest


def map_genome(toxins: ToxinsDocument, loci: LociDocument | None) -> GenomeMap | None:
    """Return the map, longest contigs first; None for a genome without toxin genes and for files without contigs."""
    if toxins.sequences.kind not in (None, "nucl"):
        return None
    places: dict[str, list[MappedGene]] = {}
    for gene in genes_of(toxins, loci):
        for contig, placed in _places(gene):
            places.setdefault(contig, []).append(placed)
    if not places:
        return None
    known = {hit.contig: hit.contig_length for hit in toxins.toxins}
    lengths = {contig: known.get(contig) or max(gene.end for gene in genes) for contig, genes in places.items()}
    in_order = sorted(places, key=lambda contig: (-lengths[contig], natural_key(contig)))
    shown = list(_with_room(in_order, places))
    longest = lengths[in_order[0]]
    circular = frozenset(toxins.circular_contigs)
    return GenomeMap(
        contigs=tuple(_contig(name, lengths[name], longest, places[name], circular, known) for name in shown),
        without=_sum_of(toxins.sequences.contigs - len(places), toxins.sequences.bases - sum(lengths.values())),
        more=_sum_of(len(in_order) - len(shown), sum(lengths[name] for name in in_order[len(shown) :])),
        longest=longest,
    )


def _with_room(contigs: Iterable[str], places: Mapping[str, list[MappedGene]]) -> Iterator[str]:
    """Yield contigs up to the most that are drawn; the first one always, however many genes it has."""
    drawn = 0
    for number, contig in enumerate(contigs):
        drawn += len(places[contig])
        if number and (number >= _MOST_CONTIGS or drawn > _MOST_GENES):
            return
        yield contig


def _sum_of(contigs: int, bases: int) -> ContigSum | None:
    return ContigSum(contigs, max(0, bases)) if contigs > 0 else None


def _contig(
    name: str,
    length: int,
    longest: int,
    genes: Iterable[MappedGene],
    circular: frozenset[str],
    known: Mapping[str, int],
) -> MappedContig:
    in_order = sorted(genes, key=lambda gene: (gene.start, gene.end, gene.key))[:_MOST_GENES]
    return MappedContig(
        name=name,
        length=length,
        width=round(length / longest * 100, 3),
        is_circular=name in circular,
        is_length_known=name in known,
        genes=tuple(_at(gene, longest) for gene in in_order),
    )


def _at(gene: MappedGene, longest: int) -> MappedGene:
    middle = round((gene.start + gene.end) / 2 / longest * 100, 3)
    return replace(gene, x=middle)


def _places(gene: ToxinGene) -> Iterator[tuple[str, MappedGene]]:
    """Yield contig and place of each part of a toxin gene that lies by itself; nothing for other genes."""
    if gene.locus is None:
        for hit in gene.hits:
            if not hit.accessory and hit.strand in _STRANDS and hit.frame:
                yield hit.contig, _mapped(gene, hit.start, hit.end, hit.strand)
        return
    if gene.locus.accessory:
        return
    places = _places_of_locus(gene, gene.locus)
    is_on_one_contig = len({contig for contig, _ in places}) == 1
    for number, (contig, place) in enumerate(places, start=1):
        piece = (number, len(places)) if len(places) > 1 else None
        shape = GeneShape.PIECE if piece and gene.locus.is_whole else place.shape
        yield contig, replace(place, piece=piece, shape=shape, is_on_one_contig=is_on_one_contig)


def _places_of_locus(gene: ToxinGene, locus: Locus) -> list[tuple[str, MappedGene]]:
    """Return contig and place of each part of a gene that lies by itself, in the order of the gene."""
    pieces = sorted(
        (piece for piece in locus.pieces if piece.strand in _STRANDS), key=lambda p: (p.contig, p.strand, p.start)
    )
    places = [
        (contig, _mapped(gene, start, end, strand))
        for (contig, strand), group in groupby(pieces, key=lambda piece: (piece.contig, piece.strand))
        for start, end in _joined((piece.start, piece.end) for piece in group)
    ]

    def first_piece(place: tuple[str, MappedGene]) -> int:
        contig, mapped = place
        inside = (
            number
            for number, piece in enumerate(locus.pieces)
            if (piece.contig, piece.strand) == (contig, mapped.strand) and mapped.start <= piece.start <= mapped.end
        )
        return next(inside)

    return sorted(places, key=first_piece)


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if joined and start - joined[-1][1] <= _APART:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _mapped(gene: ToxinGene, start: int, end: int, strand: str) -> MappedGene:
    shape = _shape(gene.locus) if gene.locus else _shape_of_row(gene.hits[0])
    return MappedGene(gene.key, gene.name, start, end, strand, shape, state_word(gene.locus))


def _shape(locus: Locus) -> GeneShape:
    if is_altered_behind_core(locus):
        return GeneShape.ALTERED
    return _SHAPES[locus.verdict] if locus.verdict else GeneShape.UNJUDGED


def _shape_of_row(hit: FoundToxin) -> GeneShape:
    """Return what a row by itself tells of its gene, where the engine judges none."""
    return GeneShape.CUT if hit.contig_edge or hit.partial else GeneShape.UNJUDGED
