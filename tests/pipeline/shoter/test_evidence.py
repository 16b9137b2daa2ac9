"""Hand-computed examples of points 3 and 4 of docs/science/method.md."""

from __future__ import annotations

import math
from typing import Any

import pytest

from portal.pipeline.shoter.assays import effect, summarise
from portal.pipeline.shoter.evidence import EvidenceIndex, inheritance
from portal.pipeline.shoter.names import ranks_of
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.facts import Fact
from portal.results.targets import parse_genera
from tests.pipeline.shoter.shoter_builders import fact

P = ShoterParameters()


def probability(facts: list[Fact], name: str, identity: float, target: str = "Lepidoptera", *, left_out: bool = False):  # type: ignore[no-untyped-def]
    return EvidenceIndex(facts, P).probability(name, ranks_of(name), identity, target, left_out)


@pytest.mark.parametrize(
    ("identity", "lam3", "lam2"),
    [(100, 1, 1), (95, 1, 1), (85.5, 0.5, 1), (76, 0, 1), (60.5, 0, 0.5), (45, 0, 0), (30, 0, 0)],
)
def test_inheritance_follows_the_limits_of_the_nomenclature(identity: float, lam3: float, lam2: float) -> None:
    assert inheritance(identity) == pytest.approx((lam3, lam2))


def test_species_count_once_and_share_what_contradicts() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", strength="A", species="Plutella xylostella", number=1),
        fact("Cry1Ac", "Lepidoptera", strength="B", species="Plutella xylostella", number=2),
        fact("Cry1Ac", "Lepidoptera", "weak", "C", species="Bombyx mori", number=3),
        fact("Cry1Ac", "Lepidoptera", "negative", "B", species="Manduca sexta", number=4),
        fact("Cry1Ac", "Lepidoptera", "positive", "A", species="Manduca sexta", number=5),
    ]
    found = summarise(facts, P)
    plutella = 1 - 0.05 * 0.20
    manduca = (1 - 0.20 * 0.05) / (0.80 + 0.95)
    assert found.active == pytest.approx(plutella + 0.5 * 0.4 + manduca * 0.95)
    assert found.weakly == pytest.approx(0.5 * 0.6)
    assert found.inactive == pytest.approx(manduca * 0.80)
    assert found.sureness == pytest.approx(1 - 0.05 * 0.20 * 0.5 * 0.20 * 0.05)


@pytest.mark.parametrize(
    ("dose", "found"),
    [("", 1.0), ("0.1", 1.0), ("10", 1.0), ("31.6228", 0.7), ("100", 0.4), ("2000", 0.4), ("<5", 1.0), ("5-20", 1.0)],
)
def test_an_effect_at_a_high_dose_is_a_smaller_one(dose: str, found: float) -> None:
    assert effect(fact("Cry1Ac", "Lepidoptera", dose=dose), P) == pytest.approx(found, abs=1e-4)
    assert effect(fact("Cry1Ac", "Lepidoptera", "weak", dose=dose), P) == P.weak_factor
    assert effect(fact("Cry1Ac", "Lepidoptera", "negative", dose=dose), P) == 0.0


def test_a_record_whose_source_was_not_read_counts_as_c() -> None:
    found = summarise([fact("Cry1Ac", "Lepidoptera", strength="A", seen="recalled")], P)
    assert found.active == pytest.approx(0.5)


def acts(strength: float, against: float = 0.0) -> float:
    """Return a / (a + against + k): one species of this strength."""
    return strength / (strength + against + 0.7)


def test_one_test_leaves_the_rest_to_the_relatives() -> None:
    found = probability([fact("Cry1Ac", "Lepidoptera")], "Cry1Ac1", 100.0)
    assert found.value == pytest.approx(acts(0.95))  # no relatives: p1 = p2 = 0
    assert found.state == "tested"


def test_breadth_makes_sure() -> None:
    moths = ("Plutella xylostella", "Bombyx mori", "Manduca sexta", "Ostrinia nubilalis")
    facts = [fact("Cry1Ac", "Lepidoptera", species=name, number=place) for place, name in enumerate(moths, 1)]
    assert probability(facts, "Cry1Ac1", 100.0).value == pytest.approx(4 * 0.95 / (4 * 0.95 + 0.7))
    twice = [fact("Cry1Ac", "Lepidoptera", species="Bombyx mori", number=place) for place in (1, 2, 3, 4)]
    assert probability(twice, "Cry1Ac1", 100.0).value == pytest.approx(acts(1 - 0.05**4))


def test_relatives_of_rank_2_lean_on_those_of_rank_1() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", "positive", "B", number=1),
        fact("Cry1Ab", "Lepidoptera", "positive", "A", number=2),
        fact("Cry1Ca", "Lepidoptera", "negative", "A", number=3),
    ]
    # Without Cry1Ac itself: Cry1Ab acts with .95/1.65; Cry1Ca does not, with 1.9/2.6. k = .7
    ab, ca = acts(0.95), 1.9 / (1.9 + 0.7)
    p1 = ab / (ab + ca + 0.7)
    p2 = (ab + 0.7 * p1) / (ab + 0.7)
    assert probability(facts, "Cry1Ac1", 100.0).value == pytest.approx(acts(0.80) + (1 - acts(0.80)) * p2)
    assert probability(facts, "Cry1Ac1", 100.0, left_out=True).value == pytest.approx(p2)


def test_a_toxin_with_negatives_alone_falls_below_its_relatives() -> None:
    facts = [
        fact("Vip3Aa", "Lepidoptera", number=1),
        fact("Vip3Ad", "Lepidoptera", "negative", number=2),
    ]
    p1 = acts(0.95) / (acts(0.95) + 0.7)
    p2 = (acts(0.95) + 0.7 * p1) / (acts(0.95) + 0.7)
    found = probability(facts, "Vip3Ad1", 100.0)
    assert found.value == pytest.approx(p2 * 0.7 / (1.9 + 0.7))
    assert found.state == "negative_only"


def test_a_negative_in_one_species_lowers_the_order_and_not_the_other_species() -> None:
    facts = [
        fact("Cry9Ca", "Lepidoptera", species="Plutella xylostella", number=1),
        fact("Cry9Ca", "Lepidoptera", "negative", species="Agrotis segetum", number=2),
    ]
    assert probability(facts, "Cry9Ca1", 100.0).value == pytest.approx(acts(0.95, 2 * 0.95))
    species = EvidenceIndex(facts, P, by_species=True)
    asked = [species.probability("Cry9Ca1", ranks_of("Cry9Ca1"), 100.0, target).value for target in species.targets]
    assert asked == pytest.approx([0.0, 0.95])


def test_a_species_with_tests_for_and_against_is_open() -> None:
    facts = [
        fact("Cry9Ca", "Lepidoptera", species="Plutella xylostella", number=1),
        fact("Cry9Ca", "Lepidoptera", "negative", species="Plutella xylostella", number=2),
    ]
    index = EvidenceIndex(facts, P, by_species=True)
    found = index.probability("Cry9Ca1", ranks_of("Cry9Ca1"), 100.0, "Plutella xylostella")
    assert found.value == pytest.approx((1 - 0.05**2) / 3)  # one for, one against that counts twice


def test_between_the_limits_own_and_inherited_evidence_mix() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry1Ca", "Lepidoptera", "negative", number=2)]
    # 85.5 %: lam3 = .5, lam2 = 1. The new toxin is a relative of Cry1Ac, which counts as its sibling.
    ac, ca = acts(0.95), 1.9 / (1.9 + 0.7)
    direct = ac  # of its relatives without Cry1Ac itself none acts
    p1 = ac / (ac + ca + 0.7)
    p2 = (ac + 0.7 * p1) / (ac + 0.7)
    found = probability(facts, "Cry1Ac1", 85.5)
    assert found.value == pytest.approx(0.5 * direct + 0.5 * p2)
    assert found.state == "inherited"


def test_at_the_family_limit_only_the_family_speaks() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry1Ca", "Lepidoptera", "negative", number=2)]
    ac, ca = acts(0.95), 1.9 / (1.9 + 0.7)
    assert probability(facts, "Cry1Ac1", 45.0).value == pytest.approx(ac / (ac + ca + 0.7))
    assert probability(facts, "Cry1Ac1", 44.9).state == "no_evidence"


def test_the_silence_on_a_well_known_toxin_counts_against_it() -> None:
    moths = ("Plutella xylostella", "Bombyx mori", "Manduca sexta", "Ostrinia nubilalis")
    facts = [fact("Cry1Ac", "Lepidoptera", species=name, number=place) for place, name in enumerate(moths, 1)]
    beetle = fact("Cry1Ac", "Coleoptera", species="Tenebrio molitor", number=9)
    silence = 0.5 * math.log1p(4 * 0.95)
    found = probability([*facts, beetle], "Cry1Ac1", 100.0, "Coleoptera")
    assert found.value == pytest.approx(acts(0.95, silence))
    alone = probability([beetle], "Cry1Ac1", 100.0, "Coleoptera")
    assert alone.value == pytest.approx(acts(0.95))


def test_a_relative_known_elsewhere_and_never_tested_here_counts_against() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", number=1),
        fact("Cry1Ba", "Coleoptera", number=2),
        fact("Cry1Ca", "Lepidoptera", number=3),
    ]
    silence = 0.5 * math.log1p(0.95)
    silent = silence / (silence + 0.7)
    # For Cry1Xx on Coleoptera: Cry1Ba acts, Cry1Ac and Cry1Ca are known from moths and silent here.
    expected = acts(0.95) / (acts(0.95) + 2 * silent + 0.7)
    assert probability(facts, "Cry1Xx1", 100.0, "Coleoptera").value == pytest.approx(expected)


def test_a_weak_effect_counts_for_and_against() -> None:
    facts = [fact("Cyt1Aa", "Diptera", "weak", "A")]
    active, weakly = 0.95 * 0.4, 0.95 * 0.6
    whole = active + weakly + 0.7
    expected = (active / whole) / (active / whole + weakly / whole + 0.7)
    assert probability(facts, "Cyt1Ba1", 100.0, "Diptera").value == pytest.approx(expected)


def test_a_family_record_counts_as_one_more_member() -> None:
    facts = [fact("Vpb1", "Coleoptera", strength="B")]
    p1 = acts(0.8) / (acts(0.8) + 0.7)
    assert probability(facts, "Vpb1Aa1", 100.0, "Coleoptera").value == pytest.approx(0.7 * p1 / 0.7)


def test_no_evidence_is_zero_with_a_state_of_its_own() -> None:
    found = probability([fact("Cry1Ac", "Lepidoptera")], "Cry1Ac1", 100.0, "Nematoda")
    assert (found.value, found.state) == (0.0, "no_evidence")


def test_relatives_with_negatives_alone_are_no_positive_evidence() -> None:
    found = probability([fact("Cry2Ab", "Diptera", "negative")], "Cry2Ad1", 100.0, "Diptera")
    assert (found.value, found.state) == (0.0, "inconclusive")


def test_records_of_an_allele_speak_for_its_toxin() -> None:
    found = probability([fact("Cry2Ab29", "Lepidoptera")], "Cry2Ab1", 99.0)
    assert found.state == "tested"
    assert [record.toxin for record in found.own] == ["Cry2Ab29"]


def test_a_chimera_has_its_own_records_and_no_relatives() -> None:
    facts = [fact("Cry1A.105", "Lepidoptera"), fact("Cry1Ac", "Lepidoptera", number=2)]
    assert probability(facts, "Cry1A.105", 100.0).value == pytest.approx(acts(0.95))
    assert probability(facts, "Cry1A.105", 70.0).state == "no_evidence"


def test_species_are_targets_of_their_own() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", species="Plutella xylostella (larva)", number=1),
        fact("Cry1Ac", "Lepidoptera", species="mosquito larvae", number=2),
    ]
    index = EvidenceIndex(facts, P, by_species=True)
    assert index.targets == ("Plutella xylostella",)
    assert index.probability("Cry1Ac1", ranks_of("Cry1Ac1"), 100.0, "Plutella xylostella").value == pytest.approx(0.95)


def test_a_record_of_genera_speaks_for_their_species_one_grade_lower() -> None:
    facts = [
        fact("Cry4Ba", "Diptera", species="Aedes/Anopheles", number=1),
        fact("Cry11Ba", "Diptera", species="Aedes aegypti", number=2),
        fact("Cry11Ba", "Diptera", species="Culex pipiens", number=3),
        fact("Cry10Aa", "Diptera", "positive", "B", species="mosquito larvae", number=4),
        fact("Cry48Aa", "Diptera", "negative", species="Aedes and Anopheles", number=5),
    ]
    index = EvidenceIndex(facts, P, by_species=True)

    def asked(name: str, species: str) -> tuple[str, Any]:
        found = index.probability(name, ranks_of(name), 100.0, species)
        return found.state, found.value

    assert index.targets == ("Aedes aegypti", "Culex pipiens")
    # S = 0.80 (A counts as B); of its one relative on that species, none: p2 = p1 = 0.
    assert asked("Cry4Ba1", "Aedes aegypti") == ("tested", pytest.approx(0.80))
    assert asked("Cry4Ba1", "Culex pipiens")[0] == "no_evidence"
    assert asked("Cry10Aa1", "Culex pipiens") == ("tested", pytest.approx(0.50))
    assert asked("Cry11Ba1", "Aedes aegypti") == ("tested", pytest.approx(0.95))
    assert asked("Cry48Aa1", "Aedes aegypti")[0] == "negative_only"


@pytest.mark.parametrize(
    ("text", "genera"),
    [
        ("Aedes/Culex/Anopheles", ("Aedes", "Culex", "Anopheles")),
        ("Culex and Anopheles", ("Culex", "Anopheles")),
        ("Aedes spp.", ("Aedes",)),
        ("mosquito larvae", ("Aedes", "Anopheles", "Culex")),
        ("Aedes aegypti", ()),
        ("(Bti crystal)", ()),
        ("HL-60, HepG2", ()),
        ("", ()),
    ],
)
def test_genera_are_read_only_where_nothing_else_is_said(text: str, genera: tuple[str, ...]) -> None:
    assert parse_genera(text) == genera
