"""Decide which targets are primary: those that a biologist would name first for the strain.

A published effect means that something was observed on one species at some dose. One such test next to a dozen on
another order (Cry1Ab on a psyllid at 120 ug/ml, in a strain full of toxins against moths) does not make a target that
anyone would spray against: breadth and dose decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portal.pipeline.shoter.assays import effect
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import TargetScore
from portal.results.targets import PANELS

# A second species or toxin shows that the first effect was not an accident.
SEVERAL = 2
# An order with less than this fraction of the best one's effects is not what the strain is known for.
_BESIDE = 0.2


def effects_shown(score: TargetScore, parameters: ShoterParameters) -> list[float]:
    """Return the effects shown on a target, one per toxin and species, weighted by dose.

    Only direct tests of the strain's own toxins with a read source count; both halves of a pair count as one test.
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
    """Return one strain's scores; a primary target is demoted if others of its panel have several times its effects."""
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
