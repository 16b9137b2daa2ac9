"""Alignments: numbers that can be known, and that leaving entries out loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from portal.pipeline.digger.align import Aligner, expected, length_adjustment
from portal.pipeline.digger.composition import LETTERS, SCALE, adjusted_scores, composition
from portal.pipeline.digger.index import Index, encode_protein
from portal.pipeline.digger.lowcomplexity import low_complexity, mask
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


def test_expected_number_falls_with_score_and_grows_with_the_reference() -> None:
    assert expected(300, 500, 1_000_000, 1000) < expected(200, 500, 1_000_000, 1000)
    assert expected(200, 500, 1_000_000, 1000) < expected(200, 500, 4_000_000, 4000)
    cut = length_adjustment(500, 1_000_000, 1000)
    assert 50 < cut < 150


def test_scores_of_the_standard_composition_are_blosum62() -> None:
    standard = encode_protein((LETTERS * 1).encode())
    flat = composition(np.repeat(standard, 0))  # no letters: pseudocounts only, the composition behind the matrix
    scores = adjusted_scores(flat, flat[None])[0] / SCALE
    assert np.allclose(scores, scores.T)
    expected_scores = {("W", "W"): 11, ("C", "C"): 9, ("L", "I"): 2, ("A", "A"): 4, ("W", "N"): -4, ("E", "D"): 2}
    for (a, b), score in expected_scores.items():
        assert abs(scores[LETTERS.index(a), LETTERS.index(b)] - score) < 0.75


def test_a_letter_that_is_common_in_both_counts_less() -> None:
    rich = composition(encode_protein(("L" * 200 + LETTERS * 20).encode()))
    flat = composition(encode_protein((LETTERS * 30).encode()))
    at = LETTERS.index("L")
    common, usual = adjusted_scores(rich, np.array([rich, flat]))
    assert common[at, at] < usual[at, at]


def test_low_complexity_is_masked_and_nothing_else() -> None:
    plain = "MKWVTFISLLFLFSSAYSRGVFRRDAHKSEVAHRFKDLGE"
    codes = encode_protein((plain + "NNTNNSNNTNNN" + plain).encode())
    ((first, last),) = low_complexity(codes)
    assert 38 <= first <= 42
    assert 50 <= last <= 54
    assert decode_protein(mask(codes)).strip("X").count("X") == last - first
    assert low_complexity(encode_protein(plain.encode())) == []
    assert low_complexity(encode_protein(b"MKW")) == []
