"""Hand-computed examples of points 3 and 4 of docs/science/method.md."""

from __future__ import annotations

import math
from typing import Any

import pytest

from portal.pipeline.shoter.evidence import EvidenceIndex, inheritance, summarise
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


def test_positives_combine_and_negatives_add_up() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", strength="A", number=1),
        fact("Cry1Ac", "Lepidoptera", strength="B", number=2),
        fact("Cry1Ac", "Lepidoptera", "weak", "C", number=3),
        fact("Cry1Ac", "Lepidoptera", "negative", "B", number=4),
        fact("Cry1Ac", "Lepidoptera", "negative", "A", number=5),
    ]
    found = summarise(facts, P)
    assert found.positive == pytest.approx(1 - 0.05 * 0.20 * (1 - 0.5 * 0.4))
    assert found.negative == pytest.approx(0.80 + 0.95)


def test_a_record_whose_source_was_not_read_counts_as_c() -> None:
    found = summarise([fact("Cry1Ac", "Lepidoptera", strength="A", seen="recalled")], P)
    assert found.positive == pytest.approx(0.5)


def test_direct_evidence_leaves_half_of_the_rest_to_the_relatives() -> None:
    # No relatives: p1 = p2 = 0, so D = S.
    found = probability([fact("Cry1Ac", "Lepidoptera")], "Cry1Ac1", 100.0)
    assert found.value == pytest.approx(0.95)
    assert found.state == "tested"


def test_relatives_of_rank_2_lean_on_those_of_rank_1() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", "positive", "B", number=1),
        fact("Cry1Ab", "Lepidoptera", "positive", "A", number=2),
        fact("Cry1Ca", "Lepidoptera", "negative", "A", number=3),
    ]
    # Without Cry1Ac itself: a1 = .95, b1 = .05 + min(1, .95/2) = .525; a2 = .95, b2 = .05; k = .7
    p1 = 0.95 / (0.95 + 0.525 + 0.7)
    p2 = (0.95 + 0.7 * p1) / (0.95 + 0.05 + 0.7)
    assert probability(facts, "Cry1Ac1", 100.0).value == pytest.approx(0.80 + 0.20 * p2 / 2)
    assert probability(facts, "Cry1Ac1", 100.0, left_out=True).value == pytest.approx(p2)


def test_a_toxin_with_negatives_alone_falls_below_its_relatives() -> None:
    facts = [
        fact("Vip3Aa", "Lepidoptera", number=1),
        fact("Vip3Ad", "Lepidoptera", "negative", number=2),
    ]
    p1 = 0.95 / (0.95 + 0.05 + 0.7)
    p2 = (0.95 + 0.7 * p1) / (0.95 + 0.05 + 0.7)
    found = probability(facts, "Vip3Ad1", 100.0)
    assert found.value == pytest.approx(p2 * math.exp(-0.95))
    assert found.state == "negative_only"


def test_a_negative_in_one_species_does_not_cancel_a_positive_in_another() -> None:
    facts = [
        fact("Cry9Ca", "Lepidoptera", species="Plutella xylostella", number=1),
        fact("Cry9Ca", "Lepidoptera", "negative", species="Agrotis segetum", number=2),
    ]
    assert probability(facts, "Cry9Ca1", 100.0).value == pytest.approx(0.95)


def test_between_the_limits_own_and_inherited_evidence_mix() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry1Ca", "Lepidoptera", "negative", number=2)]
    # 85.5 %: lam3 = .5, lam2 = 1. The new toxin is a relative of Cry1Ac, which counts as its sibling.
    p1_without = 0.0
    p2_without = 0.7 * p1_without / 0.7
    direct = 0.95 + 0.05 * p2_without / 2
    p1 = 0.95 / (0.95 + 0.05 + 0.475 + 0.7)
    p2 = (0.95 + 0.7 * p1) / (0.95 + 0.05 + 0.7)
    found = probability(facts, "Cry1Ac1", 85.5)
    assert found.value == pytest.approx(0.5 * direct + 0.5 * p2)
    assert found.state == "inherited"


def test_at_the_family_limit_only_the_family_speaks() -> None:
    facts = [fact("Cry1Ac", "Lepidoptera", number=1), fact("Cry1Ca", "Lepidoptera", "negative", number=2)]
    assert probability(facts, "Cry1Ac1", 45.0).value == pytest.approx(0.95 / (0.95 + 0.05 + 0.475 + 0.7))
    assert probability(facts, "Cry1Ac1", 44.9).state == "no_evidence"


def test_a_relative_known_elsewhere_and_never_tested_here_counts_against() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", number=1),
        fact("Cry1Ba", "Coleoptera", number=2),
        fact("Cry1Ca", "Lepidoptera", number=3),
    ]
    # For Cry1Xx on Coleoptera: Cry1Ba counts 0.95 / 0.05, Cry1Ac and Cry1Ca eta = 0.6 each.
    assert probability(facts, "Cry1Xx1", 100.0, "Coleoptera").value == pytest.approx(0.95 / (0.95 + 0.05 + 1.2 + 0.7))


def test_a_weakly_active_relative_counts_in_full_against() -> None:
    facts = [fact("Cyt1Aa", "Diptera", "weak", "A")]
    s = 0.95 * 0.4
    assert probability(facts, "Cyt1Ba1", 100.0, "Diptera").value == pytest.approx(s / (s + (1 - s) + 0.7))


def test_a_family_record_counts_as_one_more_member() -> None:
    facts = [fact("Vpb1", "Coleoptera", strength="B")]
    p1 = 0.8 / (0.8 + 0.2 + 0.7)
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
    assert probability(facts, "Cry1A.105", 100.0).value == pytest.approx(0.95)
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
