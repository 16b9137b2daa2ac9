"""Which targets stand apart: what a biologist would name first when asked what the strain acts on.

A published effect says that something was seen, on one species and at whatever dose. One such test beside a dozen on
another order (Cry1Ab on a psyllid at 120 ug/ml, in a strain full of toxins against moths) does not make a target that
anybody would spray against: breadth and dose decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portal.pipeline.shoter.assays import effect
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import TargetScore
from portal.results.targets import PANELS

# A second species or a second toxin says that the first effect was no accident.
SEVERAL = 2
# An order with less than this part of what the best one has is not what the strain is known for.
_BESIDE = 0.2


def effects_shown(score: TargetScore, parameters: ShoterParameters) -> list[float]:
    """Return the effects that speak for a target, one per toxin and species, each as strong as its dose makes it.

    Only direct tests of the strain's own toxins count whose source was read; both halves of a pair tell of one test.
    """
    found: dict[tuple[frozenset[str], str], float] = {}
    for entry in score.units:
        if entry.state != "tested" or entry.contribution <= 0.0:
            continue
        for fact in entry.probability.own:
            if fact.activity == "positive" and fact.is_read_test:
                key = frozenset({fact.toxin, fact.partner or fact.toxin}), fact.species or fact.species_text
                found[key] = max(found.get(key, 0.0), effect(fact, parameters))
    return list(found.values())


def settle_tiers(scores: Sequence[TargetScore], parameters: ShoterParameters) -> tuple[TargetScore, ...]:
    """Return one strain's scores; a primary target yields to those of its panel that have several times as much."""
    effects = {score.target: effects_shown(score, parameters) for score in scores if score.tier == "primary"}
    best: dict[str, list[float]] = {}
    for target, found in effects.items():
        best[PANELS[target]] = max(best.get(PANELS[target], []), found, key=sum)
    return tuple(
        replace(score, tier="secondary")
        if score.tier == "primary" and _yields(effects[score.target], best[PANELS[score.target]])
        else score
        for score in scores
    )


def _yields(found: Sequence[float], best: Sequence[float]) -> bool:
    is_single = len(found) < SEVERAL <= len(best)
    return is_single or sum(found) < _BESIDE * sum(best)
