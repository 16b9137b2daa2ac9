"""Summarise the published tests of one toxin on one target, by species: active, weakly active, inactive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.dose import potency
from portal.pipeline.shoter.specificity.facts import Fact


@dataclass(frozen=True)
class Assays:
    """Records of one toxin (or of a family as a whole) on one target.

    `active`, `weakly` and `inactive` count species, each weighted by the certainty of its records and divided by their
    outcomes; twenty papers on one moth are one species.
    """

    active: float
    weakly: float
    inactive: float
    sureness: float  # 1 - prod(1 - e) over all records
    weight: float  # sum of e over all records
    facts: tuple[Fact, ...]


def effect(fact: Fact, parameters: ShoterParameters) -> float:
    """Return the strength of the effect in a record: 1 at a potent dose or without a dose, less at a high dose."""
    if fact.activity == "negative":
        return 0.0
    if fact.activity == "weak":
        return parameters.weak_factor
    share = potency(fact.dose) if fact.dose else 1.0
    return parameters.weak_factor + (1.0 - parameters.weak_factor) * share


def summarise(facts: Sequence[Fact], parameters: ShoterParameters) -> Assays:
    """Summarise the records of one toxin on one target.

    A record has weight e by its grade. Contradicting records of a species share its weight: with one of grade A for and
    one against, half counts for each. The shortfall of a weak effect is not a negative result but no effect.
    """
    by_species: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_species[(fact.species or fact.species_text).lower()].append(fact)
    active = weakly = inactive = 0.0
    for records in by_species.values():
        strengths = [parameters.strength(fact.grade) for fact in records]
        effects = [effect(fact, parameters) for fact in records]
        share = _sureness(strengths) / sum(strengths) if sum(strengths) else 0.0
        for fact, strength, found in zip(records, strengths, effects, strict=True):
            active += share * strength * found
            if fact.activity == "negative":
                inactive += share * strength
            else:
                weakly += share * strength * (1.0 - found)
    strengths = [parameters.strength(fact.grade) for fact in facts]
    return Assays(active, weakly, inactive, _sureness(strengths), sum(strengths), tuple(facts))


def _sureness(strengths: Sequence[float]) -> float:
    miss = 1.0
    for strength in strengths:
        miss *= 1.0 - strength
    return 1.0 - miss
