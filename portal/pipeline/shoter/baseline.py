"""The baseline for Shoter: a plain noisy-OR over positive records, the simplest method that could work.

Every toxin uses the positive records of its own name, else of its subfamily, else of its family. Negative records,
partners, the state of genes and the relations within a family are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.pipeline.shoter.names import ranks_of, toxin_key
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.facts import Fact


def noisy_or_score(
    toxins: Iterable[str],
    facts: Sequence[Fact],
    order: str,
    parameters: ShoterParameters,
    *,
    leave_own_out: bool = False,
) -> float:
    """Return 1 - prod (1 - e) over the records used by each toxin."""
    positives = [fact for fact in facts if fact.order == order and fact.activity == "positive"]
    miss = 1.0
    for toxin in toxins:
        for fact in _records_of(toxin, positives, leave_own_out):
            miss *= 1.0 - parameters.strength(fact.grade)
    return 1.0 - miss


def _records_of(toxin: str, positives: Sequence[Fact], leave_own_out: bool) -> list[Fact]:
    ranks = ranks_of(toxin)
    key = toxin_key(toxin, ranks)
    own = [fact for fact in positives if toxin_key(fact.toxin, fact.ranks) == key]
    if own and not leave_own_out:
        return own
    if ranks is None:
        return []
    others = [fact for fact in positives if fact.ranks and toxin_key(fact.toxin, fact.ranks) != key]
    subfamily = [fact for fact in others if fact.ranks and ranks.r2 and fact.ranks.r2 == ranks.r2]
    return subfamily or [fact for fact in others if fact.ranks and fact.ranks.r1 == ranks.r1]
