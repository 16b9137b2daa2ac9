"""Which targets stand apart: what a biologist would name first when asked what the strain acts on.

Grade A says that an effect was measured, on one species and at whatever dose. One such measurement beside a dozen on
another order (Cry1Ab on a psyllid at 120 ug/ml, in a strain full of toxins against moths) does not make a target
that anybody would spray against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portal.pipeline.shoter.scoring import TargetScore
from portal.results.targets import PANELS

# A second species or a second toxin says that the first measurement was no accident.
SEVERAL = 2


def measurements(score: TargetScore) -> int:
    """Return how many different measurements speak for a target: positive records of grade A by toxin and species.

    Only records of the strain's own toxins count. Both halves of a pair tell of one experiment.
    """
    found = {
        (frozenset({fact.toxin, fact.partner or fact.toxin}), fact.species_text)
        for entry in score.units
        if entry.state == "tested" and entry.contribution > 0.0
        for fact in entry.probability.own
        if fact.activity == "positive" and fact.grade == "A"
    }
    return len(found)


def settle_tiers(scores: Sequence[TargetScore]) -> tuple[TargetScore, ...]:
    """Return one strain's scores; a primary target with one measurement yields to those of its panel with several."""
    numbers = {score.target: measurements(score) for score in scores if score.tier == "primary"}
    settled = {_panel(target) for target, number in numbers.items() if number >= SEVERAL}
    return tuple(
        replace(score, tier="secondary")
        if score.tier == "primary" and numbers[score.target] < SEVERAL and _panel(score.target) in settled
        else score
        for score in scores
    )


def _panel(target: str) -> str:
    return PANELS[target]
