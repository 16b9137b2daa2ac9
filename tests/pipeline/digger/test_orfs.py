"""Reading frames: against a plain implementation, letter by letter."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.pipeline.digger.orfs import MIN_LENGTH_AA, find_orfs
from tests.pipeline.digger.digger_builders import reverse_complement

_BASES = "TCAG"
_AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_CODE = {
    a + b + c: _AMINO[16 * i + 4 * j + k]
    for i, a in enumerate(_BASES)
    for j, b in enumerate(_BASES)
    for k, c in enumerate(_BASES)
}


def plain_orfs(sequence: str) -> list[tuple[int, int, int, str]]:
    """Return (frame, start, end, protein) in the order -1 -2 -3 +1 +2 +3; for sequences without long gaps."""
    found = []
    for frame in (-1, -2, -3, 1, 2, 3):
        strand = reverse_complement(sequence) if frame < 0 else sequence
        offset = abs(frame) - 1
        amino = "".join(_CODE.get(strand[i : i + 3], "X") for i in range(offset, len(strand) - 2, 3))
        position = 0
        for piece in amino.split("*"):
            if len(piece) >= MIN_LENGTH_AA:
                start, end = offset + 3 * position + 1, offset + 3 * (position + len(piece))
                if frame < 0:
                    start, end = len(sequence) - end + 1, len(sequence) - start + 1
                found.append((frame, start, end, piece))
            position += len(piece) + 1
    return found


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    length=st.integers(0, 2500),
    letters=st.sampled_from(["ACGT", "ACCGGT", "ACGTN", "ACGTRYK"]),
)
def test_frames_are_those_of_a_plain_six_frame_translation(seed: int, length: int, letters: str) -> None:
    weights = [20 if letter in "ACGT" else 1 for letter in letters]
    sequence = "".join(random.Random(seed).choices(letters, weights=weights, k=length))
    found = [(orf.frame, orf.start, orf.end, orf.protein) for orf in find_orfs(sequence.encode())]
    assert found == plain_orfs(sequence)
    assert [orf.number for orf in find_orfs(sequence.encode())] == list(range(1, len(found) + 1))


def test_lower_case_and_u_are_read_as_dna() -> None:
    dna = "GCA" * 90 + "TAA" + "ACGTTGCA" * 20
    plain = [(o.frame, o.start, o.protein) for o in find_orfs(dna.encode())]
    assert [(o.frame, o.start, o.protein) for o in find_orfs(dna.lower().replace("t", "u").encode())] == plain


def test_a_long_gap_ends_a_frame_and_leaves_coordinates_true() -> None:
    sequence = "GCA" * 80 + "N" * 300 + "GCA" * 80
    pieces = [(o.start, o.end, o.open_start, o.open_end) for o in find_orfs(sequence.encode()) if o.frame == 1]
    assert pieces == [(1, 240, True, True), (541, 780, True, True)]


def test_a_short_gap_is_read_through_as_unknown() -> None:
    sequence = "GCA" * 40 + "N" * 99 + "GCA" * 40
    (orf,) = (o for o in find_orfs(sequence.encode()) if o.frame == 1)
    assert orf.protein == "A" * 40 + "X" * 33 + "A" * 40


def test_nothing_but_gaps_or_too_short_has_no_frames() -> None:
    assert list(find_orfs(b"N" * 100_000)) == []
    assert list(find_orfs(b"GCA" * 74)) == []
    assert list(find_orfs(b"")) == []
