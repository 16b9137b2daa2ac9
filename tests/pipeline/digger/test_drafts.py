"""Pieces of one gene, however they overlap: each residue belongs to one piece, and none of them ends the search."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.pipeline.digger.loci.drafts import Draft, of_chain, realigned, settled
from portal.pipeline.digger.loci.fragments import Fragment, aligned
from portal.pipeline.digger.loci.strands import Strand, Stretch
from portal.pipeline.digger.reader import FastaRecord

AMINO = "ACDEFGHIKLMNPQRSTVWY"
CODONS = "GCTTGTGATGAATTTGGTCATATTAAATTAATGAATCCTCAACGTTCTACTGTTTGGTAT"
CODON = {letter: CODONS[3 * place : 3 * place + 3] for place, letter in enumerate(AMINO)}
RESIDUES = 120

Window = tuple[int, int]
windows = st.lists(
    st.tuples(st.integers(0, RESIDUES - 10), st.integers(8, RESIDUES)).map(
        lambda pair: (pair[0], min(RESIDUES, pair[0] + pair[1]))
    ),
    min_size=1,
    max_size=4,
)


def protein(seed: int) -> str:
    return "".join(random.Random(seed).choices(AMINO, k=RESIDUES))


def changed(reference: str, seed: int, share: float) -> str:
    dice = random.Random(seed)
    return "".join(dice.choice(AMINO) if dice.random() < share else letter for letter in reference)


def pieces_of(reference: str, parts: list[Window], *, spacer: int, share: float) -> tuple[Fragment, ...]:
    """Return the parts of a gene, one after the other on a contig with bases between them, in their order on it."""
    sequence, places = "", []
    for number, (first, last) in enumerate(parts):
        sequence += "G" * spacer
        places.append(len(sequence))
        sequence += "".join(CODON[letter] for letter in changed(reference[first:last], number, share))
    strand = Strand(FastaRecord("c", "", sequence.encode()), 1)
    found = []
    for place, (first, last) in zip(places, parts, strict=True):
        end = place + 3 * (last - first)
        piece = aligned(strand, Stretch(place, end, strand.amino(place, end)), reference)
        if piece is not None:
            found.append(piece)
    return tuple(found)


def share_nothing(pieces: tuple[Fragment, ...]) -> bool:
    return all(one.reference_end <= other.reference_start for one, other in pairwise(pieces))


def in_order(pieces: tuple[Fragment, ...]) -> tuple[Fragment, ...]:
    """Return the pieces that a chain may have: each begins and ends behind the one before."""
    kept: list[Fragment] = []
    for piece in sorted(pieces, key=lambda each: (each.reference_start, each.reference_end)):
        if not kept or (
            piece.reference_start > kept[-1].reference_start and piece.reference_end > kept[-1].reference_end
        ):
            kept.append(piece)
    return tuple(kept)


@settings(max_examples=150, deadline=None)
@given(parts=windows, spacer=st.integers(0, 60), share=st.sampled_from([0.0, 0.2, 0.5]), seed=st.integers(0, 5))
def test_each_residue_belongs_to_one_piece(parts: list[Window], spacer: int, share: float, seed: int) -> None:
    reference = protein(seed)
    given_pieces = in_order(pieces_of(reference, sorted(parts), spacer=spacer, share=share))
    if not given_pieces:
        return
    done = settled(given_pieces, reference)
    assert done
    assert share_nothing(done)
    assert all(piece.query_row and len(piece.query_row) == len(piece.reference_row) for piece in done)
    draft = of_chain(0, given_pieces, reference)
    assert len(draft.joints) == len(draft.pieces) - 1


@settings(max_examples=150, deadline=None)
@given(parts=windows, spacer=st.integers(0, 60), seed=st.integers(0, 5), share=st.sampled_from([0.1, 0.4, 0.9]))
def test_another_entry_explains_all_pieces_in_order_or_is_refused(
    parts: list[Window], spacer: int, seed: int, share: float
) -> None:
    reference = protein(seed)
    given_pieces = in_order(pieces_of(reference, sorted(parts), spacer=spacer, share=0.1))
    if not given_pieces:
        return
    draft: Draft = of_chain(0, given_pieces, reference)
    other = realigned(draft, 1, changed(reference, 99, share))
    if other is not None:
        assert len(other.pieces) == len(draft.pieces)
        assert share_nothing(other.pieces)


def test_a_piece_does_not_move_to_another_copy_in_its_frame() -> None:
    reference = protein(7)
    near, far = changed(reference, 1, 0.05), changed(reference, 2, 0.4)
    strand = Strand(FastaRecord("c", "", "".join(CODON[letter] for letter in far + near).encode()), 1)
    half = 3 * RESIDUES
    piece = aligned(strand, Stretch(0, half, strand.amino(0, half)), far)
    assert piece is not None
    draft = Draft(0, (Fragment(**{**vars(piece), "stretch": (0, 2 * half)}),))
    other = realigned(draft, 1, reference)
    assert other is None or other.first.end <= half
