"""Hand-computed examples of points 5 to 7: pairs, families, tiers, intervals, the unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from portal.pipeline.shoter.genes import find_genes
from portal.pipeline.shoter.intervals import quantiles, score_interval
from portal.pipeline.shoter.scoring import Scorer, combine, unknown_target
from portal.pipeline.shoter.units import build_units
from tests.pipeline.shoter.scored import BIN, P, other_fold, units_of
from tests.pipeline.shoter.shoter_builders import fact, hits_of, hmm_only, row


def test_a_pair_acts_as_one_unit_of_the_smaller_weight() -> None:
    units = units_of(other_fold("Tpp1Aa1", 1, HMM="NO"), other_fold("Tpp2Aa1", 2))
    assert len(units) == 1
    assert units[0].kind == "pair"
    assert units[0].family == "Tpp1+Tpp2"
    full = 1 / (1 + pytest.approx(0.006738, rel=1e-3).expected)  # completeness at 100 % coverage
    assert units[0].weight == pytest.approx(0.95 * full, rel=1e-4)


def test_half_a_pair_keeps_a_tenth() -> None:
    units = units_of(other_fold("Tpp1Aa1", 1))
    assert units[0].partner_missing == "Tpp2"
    assert "partner_missing:Tpp2" in units[0].flags
    score = Scorer.build(BIN, P).score("S1", units, "Diptera")
    assert score.score == pytest.approx(0.95 / 1.65 * 0.1, rel=0.01)  # one species of grade A: a / (a + k)
    assert score.state == "partner_missing"
    assert score.tier == "none"


def test_partners_on_two_contigs_lose_a_tenth() -> None:
    together = units_of(other_fold("Tpp1Aa1", 1), other_fold("Tpp2Aa1", 2))
    apart = units_of(other_fold("Tpp1Aa1", 1), other_fold("Tpp2Aa1", 2, Protein_id="contig9_00002"))
    assert apart[0].weight == pytest.approx(0.9 * together[0].weight)
    assert "other_contig" in apart[0].flags


def test_only_two_members_of_family_64_are_a_pair() -> None:
    units = units_of(other_fold("Mpp64Aa1", 1))
    assert units[0].partner_missing is None
    assert units_of(other_fold("Mpp64Ba1", 1))[0].partner_missing == "Mpp64Ca"


def test_a_second_toxin_of_a_family_counts_with_exponent_one_half() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry1Fa", "Lepidoptera", strength="B", number=2)]
    score = Scorer.build(facts, P).score("S1", units_of(row("Cry1Ac1", 1), row("Cry1Fa1", 2)), "Lepidoptera")
    ac, fa = (entry.probability.value for entry in score.units)
    assert ac > fa
    assert [entry.rho for entry in score.units] == [1.0, 0.5]
    assert score.score == pytest.approx(1 - (1 - ac) * (1 - fa) ** 0.5)
    assert score.score == pytest.approx(combine(entry.contribution for entry in score.units))


def test_families_are_independent() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry2Ab", "Lepidoptera", strength="B", number=2)]
    score = Scorer.build(facts, P).score("S1", units_of(row("Cry1Ac1", 1), row("Cry2Ab1", 2)), "Lepidoptera")
    assert score.score == pytest.approx(1 - (1 - 0.95 / 1.65) * (1 - 0.80 / 1.50))


def test_primary_needs_a_direct_test_of_a_toxin_of_the_strain() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry1Ac", "Coleoptera", strength="C", number=2)]
    scorer = Scorer.build(facts, P)
    units = units_of(row("Cry1Ac1"))
    assert scorer.score("S1", units, "Lepidoptera").tier == "primary"
    assert scorer.score("S1", units, "Coleoptera").tier == "secondary"
    relative = units_of(row("Cry1Ab1", Identity="100"))
    assert scorer.score("S1", relative, "Lepidoptera").tier == "secondary"
    assert scorer.score("S1", relative, "Lepidoptera").state == "inherited"


def test_the_share_of_unverified_records_is_what_goes_without_them() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", strength="B", number=1),
        fact("Cry1Ac", "Lepidoptera", strength="A", seen="recalled", number=2),
    ]
    score = Scorer.build(facts, P).score("S1", units_of(row("Cry1Ac1")), "Lepidoptera")
    assert score.score == pytest.approx(0.9 / 1.6)
    assert score.unverified_share == pytest.approx((0.9 / 1.6 - 0.8 / 1.5) / (0.9 / 1.6))


def test_hits_without_evidence_make_the_unknown_target() -> None:
    index = Scorer.build([fact("Cry1Ac", "Lepidoptera")], P).index
    units = units_of(row("Cry1Ac1", 1), row("Cry99Aa1", 2), hmm_only(3))
    score, silent = unknown_target(units, index, ["Lepidoptera"])
    assert {unit.name for unit in silent} == {"Cry99Aa1", "Vpa (HMM only)"}
    assert score == pytest.approx(1 - (1 - 1.0) * (1 - 0.2))


def test_a_distant_hit_inherits_nothing_and_is_unknown() -> None:
    index = Scorer.build([fact("Cry1Ac", "Lepidoptera")], P).index
    score, silent = unknown_target(units_of(row("Cry1Ac1", Identity="30")), index, ["Lepidoptera"])
    assert len(silent) == 1
    assert score == pytest.approx(1.0)


def test_intervals_hold_the_score_and_are_seeded() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", strength="B")]
    scorer = Scorer.build(facts, P)
    units = units_of(row("Cry1Ac1", HMM="NO"))
    one = scorer.score("S1", units, "Lepidoptera")
    assert one.low <= one.score <= one.high
    assert one == scorer.score("S1", units, "Lepidoptera")
    other = scorer.score("S2", units, "Lepidoptera")
    assert (other.low, other.high) != (one.low, one.high)


def test_more_observations_narrow_an_interval() -> None:
    def width(support: float) -> float:
        low, high = score_interval([1.0], [0.5], [support], [1.0], draws=2000, seed=(1, "S", "T"))
        return high - low

    assert width(100.0) < 0.25 < width(1.0)


def test_the_weight_is_drawn_as_there_or_not() -> None:
    low, high = score_interval([0.5], [0.9], [1e6], [1.0], draws=2000, seed=(1, "S", "T"))
    assert low == pytest.approx(0.0)
    assert high == pytest.approx(0.9, abs=0.01)


def test_more_units_than_are_drawn_count_with_their_mean() -> None:
    low, high = score_interval([0.001] * 600, [0.5] * 600, [50.0] * 600, [1.0] * 600, draws=500, seed=(1, "S", "T"))
    mean_of_the_others = 1 - (1 - 0.0005) ** 500
    assert low == pytest.approx(mean_of_the_others)
    assert mean_of_the_others < 0.26 < high < 0.8  # 0.26 = 1 - (1 - 0.0005)^600, the score


def test_of_toxins_that_are_as_close_the_least_likely_one_counts() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry2Aa", "Lepidoptera", number=2, activity="negative")]
    (hit,) = hits_of([row("Cry1Ac1", 1)])

    def score(*ties: str) -> float:
        genes = find_genes([replace(hit, ties=ties)], P)
        return Scorer.build(facts, P).score("S1", build_units(genes, P), "Lepidoptera").score

    alone = score()
    assert alone > 0.5
    assert score("Cry1Ac7", "Cry1Ac9") == alone, "alleles of one toxin say the same"
    assert score("not-a-toxin") == alone
    assert score("Cry1Ac7", "Cry2Aa1") < 0.1


@pytest.mark.parametrize("number", [2, 3, 100, 101, 2000, 2001])
@pytest.mark.parametrize("fractions", [(0.05, 0.95), (0.0, 1.0), (0.3, 0.5)])
def test_quantiles_are_those_of_numpy_to_the_last_bit(number: int, fractions: tuple[float, float]) -> None:
    values = np.random.default_rng(number).beta(0.7, 2.0, size=number)
    assert quantiles(values, *fractions) == tuple(map(float, np.quantile(values, fractions)))
    assert quantiles(np.round(values, 1), *fractions) == tuple(map(float, np.quantile(np.round(values, 1), fractions)))
