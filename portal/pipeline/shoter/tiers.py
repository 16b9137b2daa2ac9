"""Decide which targets are primary: those that a biologist would name first for the strain.

A published effect means that something was observed on one species at some dose. One such test next to a dozen on
another order (Cry1Ab on a psyllid at 120 ug/ml, in a strain full of toxins against moths) does not make a target that
anyone would spray against: breadth and dose decide. But far more moths than mosquitoes have been tested with anything:
what a toxin of the strain is known for above all stays primary, whatever else the strain makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from portal.pipeline.shoter.assays import effect
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import TargetScore
from portal.results.targets import PANELS

# A second species or toxin shows that the first effect was not an accident.
SEVERAL = 2
# An order with less than this fraction of the best one's effects is not what the strain is known for.
_BESIDE = 0.2

# A toxin, or both halves of a pair, and a species: its effect, weighted by dose.
Effects = Mapping[tuple[frozenset[str], str], float]


def effects_shown(score: TargetScore, parameters: ShoterParameters) -> Effects:
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
    return found


def settle_tiers(scores: Sequence[TargetScore], parameters: ShoterParameters) -> tuple[TargetScore, ...]:
    """Return one strain's scores; a primary target is demoted if others of its panel have several times its effects.

    It is not if a toxin of the strain is known for it above all.
    """
    effects = {score.target: effects_shown(score, parameters) for score in scores if score.tier == "primary"}
    best: dict[str, Effects] = {}
    for target, found in effects.items():
        best[PANELS[target]] = max(best.get(PANELS[target], {}), found, key=_sum)
    known = _known_for(effects)
    return tuple(
        replace(score, tier="secondary")
        if score.tier == "primary"
        and score.target not in known
        and _yields(effects[score.target], best[PANELS[score.target]])
        else score
        for score in scores
    )


def _known_for(effects: Mapping[str, Effects]) -> Collection[str]:
    """Return the targets on which a toxin shows several effects, and on no other of the panel more."""
    by_toxin: dict[tuple[str, frozenset[str]], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for target, found in effects.items():
        for (toxin, _), shown in found.items():
            by_toxin[PANELS[target], toxin][target].append(shown)
    known: set[str] = set()
    for shown_on in by_toxin.values():
        most = max(map(sum, shown_on.values()))
        known.update(target for target, tests in shown_on.items() if len(tests) >= SEVERAL and sum(tests) == most)
    return known


def _yields(found: Effects, best: Effects) -> bool:
    is_single = len(found) < SEVERAL <= len(best)
    return is_single or _sum(found) < _BESIDE * _sum(best)


def _sum(effects: Effects) -> float:
    return sum(effects.values())
