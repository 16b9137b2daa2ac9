"""Determine why a strain failed: a missing fact, or a formula that underrates the existing facts."""

from __future__ import annotations

from collections.abc import Sequence

from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.names import ranks_of, toxin_key
from portal.pipeline.shoter.scoring import unit_probability
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.units import Unit
from portal.pipeline.shoter.validation.strains import KnownStrain

FACTS, FORMULA = "facts", "formula"


def cause_of_failure(strain: KnownStrain, units: Sequence[Unit], order: str, index: EvidenceIndex) -> tuple[str, str]:
    """Return `facts` or `formula`, with a short explanation, for the order on which a strain failed.

    A documented order fails for lack of facts if no toxin of the strain has its own positive record on it: the formula
    cannot know. A control fails for lack of facts if its toxins were never found inactive there.
    """
    own = [fact for toxin in strain.toxins for fact in _own(toxin, order, index)]
    if strain.is_control:
        negative = sum(fact.activity == "negative" for fact in own)
        if negative:
            return FORMULA, f"its own negative records on {order}: {negative}"
        return FACTS, f"no negative record of its own on {order}"
    positive = sum(fact.activity != "negative" for fact in own)
    if positive:
        return FORMULA, f"its own positive records on {order}: {positive}"
    states = {unit_probability(unit, index, order).state for unit in units}
    if "inherited" in states:
        return FACTS, f"no positive record of its own on {order}, only of relatives"
    return FACTS, f"no positive record on {order} within reach"


def _own(toxin: str, order: str, index: EvidenceIndex) -> Sequence[Fact]:
    found = index.own(toxin_key(toxin, ranks_of(toxin)), order)
    return found.facts if found else ()
