"""Primary targets: what was measured, and more than once where the strain has that to offer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import Scorer, TargetScore
from portal.pipeline.shoter.specificity.dose import parse_dose
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.specificity.table import load_table
from portal.pipeline.shoter.strain import score_strain
from portal.pipeline.shoter.tiers import SEVERAL, effects_shown
from tests.pipeline.shoter.scored import other_fold
from tests.pipeline.shoter.shoter_builders import fact, hits_of, row

P = ShoterParameters(draws=100)
MOTHS = [
    fact("Cry1Ab", "Lepidoptera", species="Ostrinia nubilalis", number=1),
    fact("Cry1Ab", "Lepidoptera", species="Plutella xylostella", number=2),
]
PSYLLID = fact("Cry1Ab", "Hemiptera", species="Diaphorina citri", number=3)


def tiers(facts: list[Fact], rows: list[dict[str, str]]) -> dict[str, str]:
    targets = sorted({item.order for item in facts})
    orders, species = Scorer.build(facts, P), Scorer.build(facts, P, by_species=True)
    found = score_strain("S1", hits_of(rows), orders, species, targets, P)
    return {score.target: score.tier for score in found.orders}


def test_one_measurement_yields_to_an_order_with_several() -> None:
    assert tiers([*MOTHS, PSYLLID], [row("Cry1Ab1")]) == {"Lepidoptera": "primary", "Hemiptera": "secondary"}


def test_a_single_measurement_is_primary_where_there_is_no_better() -> None:
    assert tiers([PSYLLID], [row("Cry1Ab1")]) == {"Hemiptera": "primary"}
    assert tiers([MOTHS[0], PSYLLID], [row("Cry1Ab1")]) == {"Lepidoptera": "primary", "Hemiptera": "primary"}


@pytest.mark.parametrize(
    "second",
    [
        fact("Cry1Ab", "Hemiptera", species="Acyrthosiphon pisum", number=4),
        fact("Cry2Aa", "Hemiptera", species="Diaphorina citri", number=4),
    ],
)
def test_a_second_species_or_toxin_makes_several(second: Fact) -> None:
    found = tiers([*MOTHS, PSYLLID, second], [row("Cry1Ab1", 1), row("Cry2Aa1", 2)])
    assert found["Hemiptera"] == "primary"


@pytest.mark.parametrize(
    "second",
    [
        fact("Cry1Ab", "Hemiptera", "weak", species="Acyrthosiphon pisum", number=4),
        fact("Cry1Ab", "Hemiptera", strength="C", species="Acyrthosiphon pisum", number=4),
        fact("Cry1Ab", "Hemiptera", species="Acyrthosiphon pisum", seen="recalled", number=4),
        fact("Cry1Ab", "Hemiptera", species="Diaphorina citri", number=4),
    ],
)
def test_weak_indirect_unread_and_repeated_records_do_not(second: Fact) -> None:
    assert tiers([*MOTHS, PSYLLID, second], [row("Cry1Ab1")])["Hemiptera"] == "secondary"


def test_both_halves_of_a_pair_tell_of_one_experiment() -> None:
    facts = [
        fact("Mpp64Ba", "Hemiptera", species="Laodelphax striatellus", partner="Mpp64Ca", number=1),
        fact("Mpp64Ca", "Hemiptera", species="Laodelphax striatellus", partner="Mpp64Ba", number=2),
    ]
    orders = Scorer.build(facts, P)
    rows = [other_fold("Mpp64Ba1", 1), other_fold("Mpp64Ca1", 2)]
    found = score_strain("S1", hits_of(rows), orders, Scorer.build(facts, P, by_species=True), ["Hemiptera"], P)
    assert len(effects_shown(found.orders[0], P)) == 1


def several(order: str, names: str, start: int) -> list[Fact]:
    return [
        fact("Cry1Ab", order, species=f"Genus species{name}", number=start + place) for place, name in enumerate(names)
    ]


def test_an_order_with_less_than_a_fifth_of_the_best_is_secondary() -> None:
    moths, flies = several("Lepidoptera", "abcdefghijkl", 10), several("Diptera", "mno", 40)
    assert tiers([*moths, *flies], [row("Cry1Ab1")])["Diptera"] == "primary"
    assert tiers([*moths, *flies[:2]], [row("Cry1Ab1")])["Diptera"] == "secondary"
    at_high_doses = [replace(item, dose=parse_dose("LC50", "90", "ug/ml")) for item in flies]
    assert tiers([*moths, *at_high_doses], [row("Cry1Ab1")])["Diptera"] == "secondary"


def test_the_textbook_strains_with_the_shipped_table() -> None:
    facts = list(load_table().facts)
    kurstaki = ["Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry2Aa1", "Cry2Ab1"]
    found = tiers(facts, [row(name, place) for place, name in enumerate(kurstaki, 1)])
    assert found["Lepidoptera"] == "primary"
    assert found["Hemiptera"] == "secondary"
    israelensis = ["Cry4Aa1", "Cry4Ba1", "Cry11Aa1"]
    found = tiers(facts, [row(name, place) for place, name in enumerate(israelensis, 1)])
    assert (found["Diptera"], found["Hemiptera"]) == ("primary", "secondary")
    assert tiers(facts, [other_fold("Mpp51Aa2", 1)])["Hemiptera"] == "primary"


def test_what_a_toxin_is_known_for_stays_primary_beside_many_tests_of_others() -> None:
    moths = several("Lepidoptera", "abcdefghijkl", 10)
    flies = [replace(item, toxin="Cry4Ba") for item in several("Diptera", "mn", 40)]
    both = [row("Cry1Ab1", 1), row("Cry4Ba1", 2)]
    assert tiers([*moths, *flies], both) == {"Lepidoptera": "primary", "Diptera": "primary"}
    assert tiers([*moths, flies[0]], both)["Diptera"] == "secondary", "one effect may be an accident"
    own_moths = [replace(item, toxin="Cry4Ba") for item in several("Lepidoptera", "opq", 50)]
    assert tiers([*moths, *flies, *own_moths], both)["Diptera"] == "secondary", "it acts on moths above all"


def test_no_whole_toxin_of_a_strain_takes_the_best_target_from_another() -> None:
    """Every toxin with several effects, alone and beside the genes of a kurstaki, with the shipped table."""
    facts = list(load_table().facts)
    orders, species = Scorer.build(facts, P), Scorer.build(facts, P, by_species=True)
    targets = sorted(orders.index.order_of)
    kurstaki = ["Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry2Aa1", "Cry2Ab1"]

    def found(*names: str) -> dict[str, TargetScore]:
        rows = [row(name, place) for place, name in enumerate(names, 1)]
        return {one.target: one for one in score_strain("S1", hits_of(rows), orders, species, targets, P).orders}

    toxins = sorted(
        {item.toxin for item in facts if not item.partner and item.toxin.startswith(("Cry", "Vip3", "Cyt"))}
    )
    held = 0
    for toxin in (name for name in toxins if f"{name}1" not in kurstaki):
        alone = found(f"{toxin}1")
        effects = {name: effects_shown(score, P) for name, score in alone.items() if score.tier == "primary"}
        best = max(effects, key=lambda name: sum(effects[name].values()), default=None)
        if best is None or len(effects[best]) < SEVERAL:
            continue
        held += 1
        assert found(*kurstaki, f"{toxin}1")[best].tier == "primary", (toxin, best)
    assert held > 20
