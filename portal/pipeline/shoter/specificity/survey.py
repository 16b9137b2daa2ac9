"""How much of a reference database the specificity table covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.domain.toxin_names import is_accessory
from portal.pipeline.shoter.names import present_name, ranks_of, toxin_key
from portal.pipeline.shoter.specificity.facts import Fact


@dataclass(frozen=True)
class Coverage:
    """Numbers of reference proteins by their closest record; accessory proteins are counted separately."""

    proteins: int
    accessory: int
    own: int
    subfamily: int
    family: int
    none: int
    families_without: tuple[str, ...]

    def rows(self) -> list[tuple[str, int]]:
        return [
            ("with records of the toxin itself (rank 3)", self.own),
            ("with records of its subfamily only (rank 2)", self.subfamily),
            ("with records of its family only (rank 1)", self.family),
            ("without any record", self.none),
            ("accessory proteins, not scored", self.accessory),
        ]


def coverage_of(names: Iterable[str], facts: Sequence[Fact]) -> Coverage:
    """Classify the names of a reference database by the available facts."""
    own = {toxin_key(fact.toxin, fact.ranks) for fact in facts}
    subfamilies = {fact.ranks.r2 for fact in facts if fact.ranks and fact.ranks.r2}
    families = {fact.ranks.r1 for fact in facts if fact.ranks}
    counts = {"accessory": 0, "own": 0, "subfamily": 0, "family": 0, "none": 0}
    without: set[str] = set()
    total = 0
    for name in names:
        total += 1
        if is_accessory(name):
            counts["accessory"] += 1
            continue
        present = present_name(name)
        ranks = ranks_of(present)
        if toxin_key(present, ranks) in own:
            counts["own"] += 1
        elif ranks and ranks.r2 in subfamilies:
            counts["subfamily"] += 1
        elif ranks and ranks.r1 in families:
            counts["family"] += 1
        else:
            counts["none"] += 1
            without.add(ranks.r1 if ranks else present)
    return Coverage(proteins=total, families_without=tuple(sorted(without)), **counts)
