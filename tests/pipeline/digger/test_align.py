"""Alignments: numbers that can be known, and that leaving entries out loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from portal.pipeline.digger.native.align import Aligner
from portal.pipeline.digger.native.composition import AMINO_ACIDS, LETTERS, SCALE, adjusted_scores, composition
from portal.pipeline.digger.native.evalue import expected
from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.native.lowcomplexity import low_complexity, mask
from portal.pipeline.digger.native.pairwise import Rows
from portal.pipeline.digger.orfs import decode_protein
from tests.pipeline.digger.digger_builders import mutated, protein, reference_proteins


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.25, 0.45])
def test_leaving_far_entries_out_changes_no_answer(index: Index, share: float) -> None:
    some, every = Aligner(index), Aligner(index, exhaustive=True)
    for seed, letters in enumerate(reference_proteins().values()):
        query = encode_protein(mutated(letters, share, seed).encode())
        assert some.best(query) == every.best(query)


def test_a_part_of_an_entry_is_placed_in_it(index: Index) -> None:
    whole = reference_proteins()["Cry2Aa1"]
    hit = Aligner(index).best(encode_protein(whole[99:400].encode()))
    assert hit is not None
    assert index.proteins[hit.entry].name == "Cry2Aa1"
    assert (hit.hit_start, hit.hit_end, hit.query_start, hit.identity) == (100, 400, 1, 100.0)
    assert hit.query_row == hit.hit_row == whole[99:400]


def test_strangers_have_no_alignment(index: Index) -> None:
    assert Aligner(index).best(encode_protein(protein(4711, 500).encode())) is None


@pytest.mark.parametrize(
    ("score", "query", "hit", "evalue"),
    [(326, 963, 1168, 1.37e-31), (379, 239, 1177, 1.25e-42), (669, 388, 719, 4.14e-82), (1335, 1172, 1150, 1.00e-165)],
)
def test_e_values_are_those_of_blastp(score: int, query: int, hit: int, evalue: float) -> None:
    """What blastp 2.12 says of a reference of 996,456 letters; the score that it prints is rounded."""
    assert expected(score + 0.5, query, hit, 996_456) <= evalue <= expected(score - 0.5, query, hit, 996_456)


def test_scores_of_the_standard_composition_are_blosum62() -> None:
    standard = encode_protein(AMINO_ACIDS.encode())
    flat = composition(np.repeat(standard, 0))  # no letters: pseudocounts only, the composition behind the matrix
    scores = adjusted_scores(flat, flat[None])[0] / SCALE
    assert np.allclose(scores, scores.T)
    expected_scores = {("W", "W"): 11, ("C", "C"): 9, ("L", "I"): 2, ("A", "A"): 4, ("W", "N"): -4, ("E", "D"): 2}
    for (a, b), score in expected_scores.items():
        assert abs(scores[LETTERS.index(a), LETTERS.index(b)] - score) < 0.75


def test_a_letter_that_is_common_in_both_counts_less() -> None:
    rich = composition(encode_protein(("L" * 200 + AMINO_ACIDS * 20).encode()))
    flat = composition(encode_protein((AMINO_ACIDS * 30).encode()))
    at = LETTERS.index("L")
    common, usual = adjusted_scores(rich, np.array([rich, flat]))
    assert common[at, at] < usual[at, at]


def test_x_scores_what_the_other_letters_give_on_average() -> None:
    one, other = composition(encode_protein(b"MKWVTFISLLFLF")), composition(encode_protein(b"NNQTGSDPYAAKELR"))
    scores = adjusted_scores(one, other[None])[0]
    assert np.allclose(scores[:-1, -1], np.minimum(scores[:-1, :-1] @ other, -1), atol=1)
    assert np.allclose(scores[-1, :-1], np.minimum(one @ scores[:-1, :-1], -1), atol=1)


@pytest.mark.parametrize(("inserted", "crossed"), [(30, True), (120, False)])
def test_an_alignment_ends_at_a_gap_that_blastp_does_not_cross(index: Index, inserted: int, crossed: bool) -> None:
    whole = reference_proteins()["Cry2Aa1"]
    hit = Aligner(index).best(encode_protein((whole[:350] + protein(5, inserted) + whole[350:]).encode()))
    assert hit is not None
    assert index.proteins[hit.entry].name == "Cry2Aa1"
    if crossed:
        assert (hit.query_start, hit.query_end) == (1, len(whole) + inserted)
        assert (hit.hit_start, hit.hit_end, hit.columns) == (1, len(whole), len(whole) + inserted)
    else:
        assert (hit.query_start, hit.hit_start) == (1, 1)
        assert 350 <= hit.query_end < 350 + inserted
        assert hit.identical >= 350


@pytest.mark.parametrize(("every", "same"), [(40, True), (20, False)])
def test_proteins_are_nearly_the_same_from_96_percent_on(every: int, same: bool) -> None:
    entry = protein(1, 600)
    query = "".join(("W" if x != "W" else "G") if at % every == 2 else x for at, x in enumerate(entry))
    assert Rows(1, 600, 1, 600, query, entry).nearly_identical is same


def test_low_complexity_is_masked_and_nothing_else() -> None:
    plain = "MKWVTFISLLFLFSSAYSRGVFRRDAHKSEVAHRFKDLGE"
    codes = encode_protein((plain + "NNTNNSNNTNNN" + plain).encode())
    ((first, last),) = low_complexity(codes)
    assert 38 <= first <= 42
    assert 50 <= last <= 54
    assert decode_protein(mask(codes)).strip("X").count("X") == last - first
    assert low_complexity(encode_protein(plain.encode())) == []
    assert low_complexity(encode_protein(b"MKW")) == []


@pytest.mark.parametrize(
    ("letters", "ranges"),
    [
        ("EAVHYVILMPNNPWMKSNNKNNNKKRFHYMMAKNAPPCP", [(17, 25)]),  # shorter than a window
        ("GGERLHITCREDPTTNQNKNNKNRGGNITGLWIKCTHS", [(13, 23), (17, 27)]),
        ("IASPCVPCANNELFDKNKNKNNNKQYVKYICCCVVMCCCH", [(15, 24), (30, 39)]),
        ("YEYEWPRIVNSWHNQNNNNKNTRHNMQLPCNQYIET", [(13, 19), (13, 21), (15, 21)]),
    ],
)
def test_low_complexity_is_trimmed_as_by_seg(letters: str, ranges: list[tuple[int, int]]) -> None:
    """What segmasker 2.12 says with a window of 10, 1.8 and 2.1 bits."""
    assert low_complexity(encode_protein(letters.encode())) == ranges
