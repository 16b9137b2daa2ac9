"""Count how many of a strain's toxins were tested on a target, and derive the state of a score.

"Tested, found inactive" is a statement about a strain. It requires that each of its toxins was itself tested on that
target, by a source that someone has read; one inactive relative, or one of six toxins, is not sufficient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.pipeline.shoter.evidence import Probability
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.units import Unit
from portal.results.own_tests import is_same_toxin


@dataclass(frozen=True)
class Trials:
    """Counts of a strain's units (toxins and pairs) for one target.

    `tried` is the number tested themselves, `read` of these in at least one direct test whose source someone has read,
    and `inactive` of those only ever found inactive.
    """

    toxins: int
    tried: int
    read: int
    inactive: int


def count_trials(units: Sequence[Unit], found: Iterable[tuple[Unit, Probability]]) -> Trials:
    """Count the units of a strain that were tested on a target; `found` are the units with evidence on it."""
    own = {unit.unit_id: own_tests(unit, probability.own) for unit, probability in found if unit.weight > 0.0}
    tried = [records for records in own.values() if records]
    return Trials(
        toxins=sum(unit.weight > 0.0 for unit in units),
        tried=len(tried),
        read=sum(any(fact.is_read_test for fact in records) for records in tried),
        inactive=sum(_is_inactive(records) for records in tried),
    )


def own_tests(unit: Unit, records: Sequence[Fact]) -> list[Fact]:
    """Return the records that tested the strain's own toxins.

    Below 95 % identity a protein is a different toxin; half a pair counts as tested only if tested alone. Tests of the
    intact toxin are not tests of a broken gene, unless none showed an effect: a broken one will not have more.
    """
    if not all(is_same_toxin(gene.identity) for gene in unit.genes):
        return []
    own = [fact for fact in records if not (unit.partner_missing and fact.partner)]
    return [] if unit.is_broken and not _is_inactive(own) else own


def _is_inactive(records: Sequence[Fact]) -> bool:
    return all(fact.activity == "negative" for fact in records) and any(fact.says_inactive for fact in records)


def state_of(states: Sequence[str], trials: Trials) -> str:
    """Return the state of a strain's score from the states of its units.

    A positive record of any unit suffices; without one, each unit must have been found inactive.
    """
    for state in ("tested", "inherited", "partner_missing", "broken"):
        if state in states:
            return state
    if not states:
        return "no_evidence"
    return "negative_only" if 0 < trials.toxins == trials.inactive else "inconclusive"
