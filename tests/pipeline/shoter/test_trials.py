"""What may be said of a target on which no toxin of a strain acted."""

from __future__ import annotations

import pytest

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import Scorer, TargetScore
from portal.pipeline.shoter.specificity.facts import Fact
from tests.pipeline.shoter.scored import BIN, other_fold, units_of
from tests.pipeline.shoter.shoter_builders import fact, row

P = ShoterParameters(draws=100)
AC, AB = row("Cry1Ac1", 1), row("Cry1Ab1", 2)


def negative(toxin: str, number: int = 1, **changes: str) -> Fact:
    return fact(toxin, "Diptera", "negative", changes.pop("strength", "A"), number=number, **changes)


def scored(facts: list[Fact], *rows: dict[str, str]) -> TargetScore:
    return Scorer.build(facts, P).score("S1", units_of(*rows), "Diptera")


def test_every_toxin_found_inactive_by_a_source_that_was_read_says_so() -> None:
    score = scored([negative("Cry1Ac", 1), negative("Cry1Ab", 2, strength="B")], AC, AB)
    assert (score.state, score.score) == ("negative_only", 0.0)
    assert (score.trials.toxins, score.trials.tried, score.trials.read) == (2, 2, 2)


@pytest.mark.parametrize(
    "second",
    [
        negative("Cry1Ab", 2, seen="recalled"),
        negative("Cry1Ab", 2, seen="title_only"),
        negative("Cry1Ab", 2, seen="seen_strain_or_crystal_level", strength="C"),
        negative("Cry1Ab", 2, strength="C"),  # a patent, or spores and crystals
        negative("Cry1Fa", 2),  # another toxin of the family
    ],
)
def test_one_toxin_that_was_not_tested_so_leaves_it_open(second: Fact) -> None:
    score = scored([negative("Cry1Ac", 1), second], AC, AB)
    assert (score.state, score.score, score.low, score.high) == ("inconclusive", 0.0, 0.0, 1.0)
    assert (score.trials.toxins, score.trials.read) == (2, 1)


def test_one_unread_record_of_one_of_six_toxins_says_next_to_nothing() -> None:
    names = ("Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry2Aa1", "Cry2Ab1", "Cry1Ia1")
    rows = [row(name, place) for place, name in enumerate(names, 1)]
    score = scored([negative("Cry1Ab37", seen="recalled")], *rows)
    assert (score.state, score.low, score.high) == ("inconclusive", 0.0, 1.0)
    assert (score.trials.toxins, score.trials.tried, score.trials.read) == (6, 1, 0)


def test_a_toxin_below_95_percent_is_another_one_and_was_not_tested() -> None:
    score = scored([negative("Cry1Ac")], row("Cry1Ac1", Identity="94"))
    assert score.state == "inconclusive"
    assert score.trials.tried == 0


def test_a_positive_relative_speaks_against_a_test_that_nobody_has_read() -> None:
    facts = [negative("Cry1Ac", seen="recalled"), fact("Cry1Ab", "Diptera", number=2)]
    score = scored(facts, AC)
    assert score.state == "inherited"
    assert score.score > 0
    assert scored([negative("Cry1Ac"), facts[1]], AC).state == "negative_only"


def test_a_lone_half_was_not_tested_by_tests_of_the_pair() -> None:
    pair = [negative("Tpp1Aa", 1, partner="Tpp2Aa"), negative("Tpp2Aa", 2, partner="Tpp1Aa")]
    both = (other_fold("Tpp1Aa1", 1), other_fold("Tpp2Aa1", 2))
    assert scored(pair, *both).state == "negative_only"
    alone = scored(pair, both[0])
    assert (alone.state, alone.trials.tried) == ("inconclusive", 0)
    assert scored([negative("Tpp1Aa")], both[0]).state == "negative_only"
    assert scored(BIN, both[0]).state == "partner_missing"


def test_a_gene_without_weight_is_no_toxin_of_the_strain() -> None:
    svm_only = row("Cry1Ab1", 2, BLAST="NO", HMM="NO", SVM="YES")
    assert scored([negative("Cry1Ac")], AC, svm_only).trials.toxins == 1
