"""Determine why a strain failed: a missing fact, or a formula that underrates the existing facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.message import Message
from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.names import ranks_of, toxin_key
from portal.pipeline.shoter.scoring import unit_probability
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.units import Unit
from portal.pipeline.shoter.validation.strains import KnownStrain

FACTS, FORMULA = "facts", "formula"
CAUSES = {FACTS: Message("validation.for_want_of_facts"), FORMULA: Message("validation.by_the_formula")}


@dataclass(frozen=True)
class FailureCause:
    """What a strain failed for: `facts` or `formula`, with a short explanation."""

    kind: str
    why: Message


def cause_of_failure(strain: KnownStrain, units: Sequence[Unit], order: str, index: EvidenceIndex) -> FailureCause:
    """Return the cause of the failure of a strain on an order.

    A documented order fails for lack of facts if no toxin of the strain has its own positive record on it: the formula
    cannot know. A control fails for lack of facts if its toxins were never found inactive there.
    """
    own = [fact for toxin in strain.toxins for fact in _own(toxin, order, index)]
    if strain.is_control:
        negative = sum(fact.activity == "negative" for fact in own)
        if negative:
            return FailureCause(FORMULA, Message("validation.own_negative", order=order, count=negative))
        return FailureCause(FACTS, Message("validation.no_negative", order=order))
    positive = sum(fact.activity != "negative" for fact in own)
    if positive:
        return FailureCause(FORMULA, Message("validation.own_positive", order=order, count=positive))
    states = {unit_probability(unit, index, order).state for unit in units}
    if "inherited" in states:
        return FailureCause(FACTS, Message("validation.only_relatives", order=order))
    return FailureCause(FACTS, Message("validation.nothing_known", order=order))


def _own(toxin: str, order: str, index: EvidenceIndex) -> Sequence[Fact]:
    found = index.own(toxin_key(toxin, ranks_of(toxin)), order)
    return found.facts if found else ()
