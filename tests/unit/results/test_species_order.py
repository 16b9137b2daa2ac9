"""Species of several strains: a pest on which one of them acts comes before all on which none does."""

from __future__ import annotations

from portal.results.species_order import SpeciesPlace, order_of_all


def place(assessment: int, score: float, *, own: float = 0.0, **flags: bool) -> SpeciesPlace:
    no_evidence, without_effect, no_pest = (flags.get(name, False) for name in SpeciesPlace._fields[:3])
    return SpeciesPlace(no_evidence, without_effect, no_pest, assessment, -own, -score, -score, 0, 0)


LIKELY_PEST = place(0, 0.9, own=0.9)
WEAK_PEST = place(2, 0.1)
LIKELY_OTHER = place(0, 0.99, own=3.0, no_pest=True)
WITHOUT_EFFECT = place(0, 0.0, without_effect=True)
NO_EVIDENCE = place(4, 0.0, no_evidence=True)


def test_the_best_place_in_any_strain_counts_pests_first_then_the_name() -> None:
    first = [("Apis mellifera", LIKELY_OTHER), ("Acyrthosiphon pisum", WEAK_PEST), ("Plutella xylostella", NO_EVIDENCE)]
    second = [("Plutella xylostella", LIKELY_PEST), ("Aedes aegypti", WEAK_PEST), ("Apis mellifera", LIKELY_OTHER)]
    expected = ["Plutella xylostella", "Acyrthosiphon pisum", "Aedes aegypti", "Apis mellifera"]
    assert order_of_all([*first, *second]) == order_of_all([*second, *first]) == expected


def test_what_was_tested_without_effect_comes_after_all_with_support_in_any_strain() -> None:
    one = [("Aedes aegypti", WITHOUT_EFFECT), ("Apis mellifera", LIKELY_OTHER), ("Plutella xylostella", WITHOUT_EFFECT)]
    assert order_of_all(one) == ["Apis mellifera", "Aedes aegypti", "Plutella xylostella"]
    other = [("Plutella xylostella", WEAK_PEST), ("Culex pipiens", NO_EVIDENCE)]
    assert order_of_all([*one, *other]) == ["Plutella xylostella", "Apis mellifera", "Aedes aegypti", "Culex pipiens"]
