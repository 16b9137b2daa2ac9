"""Which published tests are tests of a strain's own toxins: one rule for page, report, shortlist and evidence table.

A protein below 95 % identity to a toxin is a different one, and a broken gene does not make it: their records speak for
the strain as a relative's do, or for what the gene would be if it were whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from portal.results.gene_state import is_broken
from portal.results.scores import ScoredUnit, UnitShare

_SAME_TOXIN_PERCENT = 95.0


class Tests(NamedTuple):
    """Ids of the records behind a score, each in the first group that it belongs to.

    `own` are about toxins whose genes the strain has unbroken, `broken` about those whose genes are broken here,
    `relatives` about related toxins.
    """

    own: tuple[str, ...]
    broken: tuple[str, ...]
    relatives: tuple[str, ...]


def is_own(unit: ScoredUnit | None) -> bool:
    """Tell whether the records of a unit's toxin are about a toxin of the strain, its gene not broken."""
    if unit is None:
        return False
    return not is_broken(unit.flags) and (unit.identity_percent or 0.0) >= _SAME_TOXIN_PERCENT


def tests_of(shares: Iterable[UnitShare], units: Mapping[str, ScoredUnit]) -> Tests:
    """Return the records behind one score by whose tests they are."""
    own: dict[str, None] = {}
    broken: dict[str, None] = {}
    relatives: dict[str, None] = {}
    for share in shares:
        unit = units.get(share.unit_id)
        group = own if is_own(unit) else broken if unit and is_broken(unit.flags) else relatives
        group.update(dict.fromkeys(share.records))
        relatives.update(dict.fromkeys(share.inherited_records))
    return Tests(
        tuple(own),
        tuple(fact for fact in broken if fact not in own),
        tuple(fact for fact in relatives if fact not in own and fact not in broken),
    )
