"""Gene positions for annotation formats, where a feature has one contig and strand but a gene may have several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.pipeline.digger.calls import Toxin
from portal.results.loci import Locus, Piece


@dataclass(frozen=True)
class GeneRegion:
    """The part of a gene on one stretch of a contig: `number` of `count`; positions are 1-based and inclusive.

    `pieces` are numbered within the gene, from 1; `rows` are the hits that read this part.
    """

    locus: Locus
    number: int
    count: int
    contig: str
    strand: str
    start: int
    end: int
    pieces: tuple[tuple[int, Piece], ...]
    rows: tuple[str, ...]

    @property
    def feature_id(self) -> str:
        """Return the name of the feature: that of the gene, with a part number if there are several."""
        return self.locus.locus_id if self.count == 1 else f"{self.locus.locus_id}.{self.number}"


def gene_regions(loci: Iterable[Locus], toxins: Iterable[Toxin]) -> list[GeneRegion]:
    """Return the features of all genes in their order; each spans its pieces and the hits that read them.

    An uploaded protein has no position on a contig, and no gene feature.
    """
    by_id = {toxin.query.protein_id: toxin for toxin in toxins}
    return [region for locus in loci if locus.pieces[0].strand != "." for region in _regions(locus, by_id)]


def _regions(locus: Locus, toxins: Mapping[str, Toxin]) -> list[GeneRegion]:
    runs: list[list[tuple[int, Piece]]] = []
    for numbered in enumerate(locus.pieces, start=1):
        if runs and _goes_on(runs[-1][-1][1], numbered[1]):
            runs[-1].append(numbered)
        else:
            runs.append([numbered])
    return [_region(locus, number, len(runs), run, toxins) for number, run in enumerate(runs, start=1)]


def _goes_on(before: Piece, piece: Piece) -> bool:
    """Return whether a piece follows another on the same strand; across an origin it does not."""
    if (before.contig, before.strand) != (piece.contig, piece.strand):
        return False
    return piece.start < before.start if piece.strand == "-" else piece.start > before.start


def _region(
    locus: Locus, number: int, count: int, run: list[tuple[int, Piece]], toxins: Mapping[str, Toxin]
) -> GeneRegion:
    pieces = [piece for _, piece in run]
    first, last = min(piece.start for piece in pieces), max(piece.end for piece in pieces)
    named = [piece.protein_id for piece in pieces if piece.protein_id]
    others = [row for row in locus.other_rows if row in toxins and _meets(toxins[row], pieces[0].contig, first, last)]
    rows = tuple(dict.fromkeys((*named, *others)))
    frames = [toxins[row].query.orf for row in rows if row in toxins]
    return GeneRegion(
        locus=locus,
        number=number,
        count=count,
        contig=pieces[0].contig,
        strand=pieces[0].strand,
        start=min([first, *(frame.start for frame in frames)]),
        end=max([last, *(frame.end for frame in frames)]),
        pieces=tuple(run),
        rows=rows,
    )


def _meets(toxin: Toxin, contig: str, first: int, last: int) -> bool:
    orf = toxin.query.orf
    return toxin.query.source.name == contig and orf.start <= last and orf.end >= first
