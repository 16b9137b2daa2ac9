"""Which published tests are tests of a strain's own toxins: one rule for page, shortlist and evidence table.

The report's table has a column for records of the toxin itself, and says beside it where the gene is broken.

A protein below 95 % identity to a toxin is a different one, and a broken gene does not make it: their records speak for
the strain as a relative's do, or for what the gene would be if it were whole. Nor do the records of a toxin speak for a
strain of whose gene only a part was seen, unless the gene is whole: that is for long reads or a PCR to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from portal.results.gene_state import is_broken, is_part
from portal.results.scores import Record, ScoredUnit, UnitShare

_SAME_TOXIN_PERCENT = 95.0


class Role(StrEnum):
    """Whether a record is about a toxin of the strain, one seen in part, one whose gene is broken, or a related one."""

    OWN = "own"
    PART = "part"
    BROKEN = "broken"
    RELATIVE = "relative"


class Tests(NamedTuple):
    """Ids of the records behind a score, each in the first group that it belongs to.

    `own` are about toxins that the strain has whole, `part` about those of which only a part was seen, `broken` about
    those whose genes are broken here, `relatives` about related toxins.
    """

    own: tuple[str, ...]
    part: tuple[str, ...]
    broken: tuple[str, ...]
    relatives: tuple[str, ...]


class EffectCounts(NamedTuple):
    """How many records report an effect, and how many none; `weak` of those with an effect report a weak one."""

    effect: int = 0
    none: int = 0
    weak: int = 0


def counts_of(records: Iterable[Record]) -> EffectCounts:
    """Count records by what they report."""
    activities = [record.activity for record in records]
    none = activities.count("negative")
    return EffectCounts(len(activities) - none, none, activities.count("weak"))


def is_same_toxin(identity_percent: float | None) -> bool:
    """Tell whether a protein with this identity to a toxin is that toxin; without an alignment it is not."""
    return (identity_percent or 0.0) >= _SAME_TOXIN_PERCENT


def role_of_tests(unit: ScoredUnit | None) -> Role:
    """Return the role of the records about the toxin that is closest to a unit."""
    if unit is not None and is_broken(unit.flags):
        return Role.BROKEN
    if unit is None or not is_same_toxin(unit.identity_percent):
        return Role.RELATIVE
    return Role.PART if is_part(unit.flags) else Role.OWN


def tests_of(shares: Iterable[UnitShare], units: Mapping[str, ScoredUnit]) -> Tests:
    """Return the records behind one score by whose tests they are."""
    groups: dict[Role, dict[str, None]] = {role: {} for role in Role}
    for share in shares:
        groups[role_of_tests(units.get(share.unit_id))].update(dict.fromkeys(share.records))
        groups[Role.RELATIVE].update(dict.fromkeys(share.inherited_records))
    seen: set[str] = set()
    found = []
    for role in Role:
        found.append(tuple(fact for fact in groups[role] if fact not in seen))
        seen.update(groups[role])
    return Tests(*found)
