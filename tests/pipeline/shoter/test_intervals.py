"""No interval is of zero width: a finite number of tests makes nothing certain, in the files and as shown."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.pipeline.shoter.genes import find_genes
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.intervals import least_interval
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import Scorer, TargetScore
from portal.pipeline.shoter.specificity.table import load_table
from portal.pipeline.shoter.units import build_units
from portal.results.ranking import score_text, shown_limits
from tests.pipeline.shoter.shoter_builders import fact, hits_of, row

FAST = ShoterParameters(draws=100)  # fewer draws are not wider: the least width does not depend on them
KURSTAKI = ("Cry1Aa", "Cry1Ab", "Cry1Ac", "Cry1Ia", "Cry2Aa", "Cry2Ab", "Vip3Aa")


def hits(toxins: Iterable[tuple[str, float]]) -> list[Hit]:
    return hits_of([row(name, place, Identity=f"{identity:g}") for place, (name, identity) in enumerate(toxins, 1)])


def known_scores(
    scorer: Scorer, toxins: Iterable[tuple[str, float]], targets: Iterable[str] | None = None
) -> Iterator[TargetScore]:
    """Yield the scores of an inventory on the targets, by default all, on which anything is known about it."""
    units = build_units(find_genes(hits(toxins), scorer.parameters), scorer.parameters)
    for target in targets or scorer.index.targets:
        found = scorer.score("S1", units, target)
        if found.state != "no_evidence":
            yield found


def has_width(score: TargetScore) -> bool:
    """Tell whether an interval has a width as stored (four decimals) and as shown (two)."""
    stored = round(score.low, 4), round(score.high, 4)
    low, high = shown_limits(*stored)
    return stored[0] < stored[1] and score_text(low) != score_text(high) and score.low <= score.score <= score.high


@pytest.fixture(scope="module", params=[True, False], ids=["species", "orders"])
def scorer(request: pytest.FixtureRequest) -> Scorer:
    return Scorer.build(load_table().facts, FAST, by_species=request.param)


def test_500_random_inventories_have_no_interval_without_width(scorer: Scorer) -> None:
    draw = random.Random(20261126)
    names = sorted({fact.toxin for fact in load_table().facts if fact.ranks and fact.ranks.r3})
    targets = scorer.index.targets
    seen: dict[str, int] = {}
    asked: set[str] = set()
    for _ in range(500):
        chosen = draw.sample(names, draw.randint(1, 6))
        toxins = [(name, draw.choice((100.0, 100.0, 97.0, 85.0, 60.0))) for name in chosen]
        some = draw.sample(targets, min(30, len(targets)))
        asked.update(some)
        for score in known_scores(scorer, toxins, some):
            assert has_width(score), (toxins, score.target, score.low, score.high)
            seen[score.state] = seen.get(score.state, 0) + 1
    assert asked == set(targets)
    assert {"tested", "inherited", "negative_only", "inconclusive"} <= set(seen), seen


def test_every_toxin_alone_has_no_interval_without_width(scorer: Scorer) -> None:
    names = sorted({fact.toxin for fact in load_table().facts if fact.ranks and fact.ranks.r3})
    narrow = [
        (name, score.target)
        for name in names
        for score in known_scores(scorer, [(name, 100.0)])
        if not has_width(score)
    ]
    assert narrow == []


def test_a_kurstaki_strain_on_the_two_moths_that_looked_certain() -> None:
    """Six or seven toxins that always acted: the draws alone gave 0.998 to 1."""
    scorer = Scorer.build(load_table().facts, ShoterParameters(), by_species=True)
    scores = {score.target: score for score in known_scores(scorer, [(name, 100.0) for name in KURSTAKI])}
    for species in ("Helicoverpa zea", "Spodoptera exigua"):
        assert scores[species].low < 0.98 < scores[species].score
        assert has_width(scores[species])


def test_one_test_without_effect_leaves_much_open_and_many_leave_little() -> None:
    def high(tests: int) -> float:
        facts = [fact("Cry1Ac", "Diptera", "negative", number=number, species=f"Aedes s{chr(96 + number)}")
                 for number in range(1, tests + 1)]  # fmt: skip
        (score,) = known_scores(Scorer.build(facts, FAST), [("Cry1Ac1", 100.0)])
        assert (score.state, score.score, score.low) == ("negative_only", 0.0, 0.0)
        return score.high

    assert 0.5 < high(1) < 0.8
    assert 0.05 < high(20) < 0.15


def test_the_least_interval_is_that_of_a_proportion() -> None:
    # Wilson 1927: nothing of ten, half of twenty, and all of ten.
    assert least_interval(0.0, [10.0]) == pytest.approx((0.0, 0.2130), abs=1e-4)
    assert least_interval(0.5, [12.0, 8.0]) == pytest.approx((0.3274, 0.6726), abs=1e-4)
    assert least_interval(1.0, [10.0]) == pytest.approx((0.7870, 1.0), abs=1e-4)


LIMIT = st.floats(0.0, 1.0).map(lambda value: round(value, 4))


@given(LIMIT, LIMIT)
def test_limits_that_differ_are_shown_as_texts_that_differ(one: float, other: float) -> None:
    low, high = sorted((one, other))
    shown = shown_limits(low, high)
    if low == high:
        assert shown == (low, high)
        return
    assert score_text(shown[0]) != score_text(shown[1])
    if shown != (low, high):
        assert shown[0] <= low < high <= shown[1]


def test_a_score_of_a_table_with_a_thousand_tests_is_still_not_certain() -> None:
    facts = [
        replace(fact("Cry1Ac", "Lepidoptera", number=number), species=f"Moth number{number}")
        for number in range(1, 1001)
    ]
    (score,) = known_scores(Scorer.build(facts, FAST), [("Cry1Ac1", 100.0)])
    assert score.low > 0.99
    assert has_width(score)
