"""The short cut for clear members of a family: taken for them, not for others, and without another answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyhmmer.easel import DigitalSequence, DigitalSequenceBlock
from pyhmmer.plan7 import Background, Pipeline

from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.native.profiles import ALPHABET
from portal.pipeline.digger.native.ungapped import CLEAR_P, UngappedSearch, exact_scores
from tests.pipeline.digger.digger_builders import mutated, protein, reference_proteins


def digital(letters: str) -> DigitalSequence[Any]:
    return DigitalSequence(ALPHABET, name=b"q", sequence=encode_protein(letters.encode()))


@pytest.mark.parametrize("name", ["Cry1Ab1", "Vip3Aa1", "Cyt1Aa1"])
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_a_clear_member_gets_the_profile_that_the_full_search_finds_best(index: Index, name: str, share: float) -> None:
    letters = mutated(reference_proteins()[name], share, 3)
    clear = UngappedSearch(index.profiles).clear_hits([digital(letters)])[0]
    best = min(clear, key=lambda hit: (hit[1], -hit[2]))
    full = {}
    for number, profile in enumerate(index.profiles):
        for hit in Pipeline(ALPHABET, Z=1).search_hmm(profile.hmm, DigitalSequenceBlock(ALPHABET, [digital(letters)])):
            full[number] = (hit.pvalue, -hit.score)
    assert best[0] == min(full, key=lambda number: full[number])
    assert best[1] <= CLEAR_P
    assert full[best[0]][0] <= CLEAR_P


def test_strangers_and_short_pieces_are_left_to_the_full_search(index: Index) -> None:
    ungapped = UngappedSearch(index.profiles)
    assert ungapped.clear_hits([digital(protein(991, 600))]) == [[]]
    assert ungapped.clear_hits([digital(reference_proteins()["Cry2Aa1"][100:120])]) == [[]]


def test_many_at_once_score_as_hmmer_scores_each(index: Index) -> None:
    background = Background(ALPHABET)
    exact = [profile.hmm.to_profile(background) for profile in index.profiles]
    emissions = [np.ascontiguousarray(np.asarray(profile.emission_scores)[:, 2::2]) for profile in exact]
    pairs = [(number, digital(letters)) for number in range(len(exact)) for letters in reference_proteins().values()]
    scores = exact_scores([emissions[n] for n, _ in pairs], [np.asarray(one.sequence) for _, one in pairs])
    for (number, one), score in zip(pairs, scores, strict=True):
        exact[number].L = len(one)  # type: ignore[attr-defined]
        assert score == pytest.approx(exact[number].msv_filter(one), abs=1e-3)


def test_familiar_are_proteins_that_share_words_with_the_reference(index: Index) -> None:
    whole = encode_protein(reference_proteins()["Cry2Aa1"].encode())
    stranger, tiny = encode_protein(protein(991, 300).encode()), encode_protein(b"MKL")
    masked = encode_protein(b"X" * 80)
    shares = index.kmers.words([stranger, whole, tiny, masked]).known_shares()
    assert shares[1] == 1.0
    assert shares[0] < 0.05
    assert shares[2] == shares[3] == 0.0
    assert index.kmers.words([tiny]).known_shares().tolist() == [0.0]
