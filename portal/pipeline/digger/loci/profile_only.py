"""Loci of proteins that only a family's profile finds: no entry is close enough to assess them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from portal.pipeline.digger.calls import Toxin
from portal.results.loci import Locus, Piece


def with_reading(loci: Sequence[Locus], other: Locus) -> list[Locus]:
    """Return the loci with one that only a profile found.

    Its reading frame may contain a piece of a gene, too short for an alignment: then its row is that of the piece.
    """
    (row,) = other.pieces
    for at, locus in enumerate(loci):
        for number, piece in enumerate(locus.pieces):
            if piece.protein_id is None and _reads(row, piece):
                named = (*locus.pieces[:number], replace(piece, protein_id=row.protein_id), *locus.pieces[number + 1 :])
                return [*loci[:at], replace(locus, pieces=named), *loci[at + 1 :]]
    return [*loci, other]


def _reads(row: Piece, piece: Piece) -> bool:
    """Return whether a reading frame contains a piece in its own frame."""
    same = (row.contig, row.strand) == (piece.contig, piece.strand) and (row.start - piece.start) % 3 == 0
    return same and row.start <= piece.start and piece.end <= row.end


def unaligned_locus(toxin: Toxin) -> Locus:
    """Return the locus of a protein found by a profile only: no entry is close enough to assess it."""
    orf = toxin.query.orf
    piece = Piece(
        protein_id=toxin.query.protein_id,
        contig=toxin.query.source.name,
        start=orf.start,
        end=orf.end,
        strand="-" if orf.frame < 0 else "+",
        reading=1,
        reference_start=None,
        reference_end=None,
        identity_percent=None,
    )
    return Locus(
        locus_id="",
        name=toxin.toxin_class,
        equal_to=(),
        reference=None,
        reference_1998=None,
        reference_length=None,
        verdict=None,
        hmm=True,
        identity_percent=None,
        coverage_percent=None,
        accessory=toxin.accessory,
        pieces=(piece,),
        events=(),
        domains=(),
        domain_calls=dict(toxin.domains),
        protein=orf.protein,
    )
