"""Species of several strains: a pest on which one of them acts comes before all on which none does."""

from __future__ import annotations

from portal.results.bioassays import Place, order_of_all

# No evidence, no pest, the assessment of its order, minus score, minus sum.
LIKELY_PEST: Place = (False, False, 0, -0.9, -1.2)
WEAK_PEST: Place = (False, False, 4, 0.0, 0.0)
LIKELY_OTHER: Place = (False, True, 0, -0.99, -3.0)
NO_EVIDENCE: Place = (True, False, 4, 0.0, 0.0)


def test_the_best_place_in_any_strain_counts_pests_first_then_the_name() -> None:
    first = [("Apis mellifera", LIKELY_OTHER), ("Acyrthosiphon pisum", WEAK_PEST), ("Plutella xylostella", NO_EVIDENCE)]
    second = [("Plutella xylostella", LIKELY_PEST), ("Aedes aegypti", WEAK_PEST), ("Apis mellifera", LIKELY_OTHER)]
    expected = ["Plutella xylostella", "Acyrthosiphon pisum", "Aedes aegypti", "Apis mellifera"]
    assert order_of_all([*first, *second]) == order_of_all([*second, *first]) == expected
