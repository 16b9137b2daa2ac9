"""Whether the genes behind a unit of the scores are broken, by the flags that Shoter gives a unit.

A published test is about an intact toxin. A strain whose gene has a premature stop, a frameshift, an insertion or a
lost part may not have that toxin: the test says nothing about the strain itself. Two kinds of damage are none of these:

- a contig's end or a gap cuts the gene: the cut is the assembly's, and the strain may have the gene whole;
- a three-domain toxin is whole up to the end of its core. The other half of a protoxin is cut off in the gut before
  the toxin acts, and shorter toxins of the family have none (Schnepf et al. 1998, doi:10.1128/MMBR.62.3.775-806.1998).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

# The flags of a gene that a contig's end or a gap cuts, and of one that breaks behind its toxin core.
_CUT = "contig_edge"
CORE_WHOLE = "core_whole"
_BREAKS = frozenset({"internal_stop", "frameshift", "insertion", "remnant"})


def has_break(flags: Collection[str]) -> bool:
    """Tell whether a flag names a break."""
    return not _BREAKS.isdisjoint(flags)


def is_broken(flags: Collection[str]) -> bool:
    """Tell whether a gene of a unit is broken, its toxin core not whole."""
    return has_break(flags) and CORE_WHOLE not in flags


def is_cut(flags: Collection[str]) -> bool:
    """Tell whether a contig's end or a gap cuts a gene of a unit that is not broken as well."""
    return _CUT in flags and not is_broken(flags)


class GeneCondition(StrEnum):
    """What the flags of a gene say of it; a gene that is not scored has none, and counts as whole."""

    WHOLE = "whole"
    BROKEN = "broken"
    CUT = "cut"


def state_of(flags: Collection[str]) -> GeneCondition:
    """Return the state of a gene by its flags."""
    if is_broken(flags):
        return GeneCondition.BROKEN
    return GeneCondition.CUT if is_cut(flags) else GeneCondition.WHOLE


class Damage(NamedTuple):
    """How many genes are broken, and how many others are cut by a contig's end or a gap."""

    broken: int
    cut: int


def damage_of(genes: Iterable[Collection[str]]) -> Damage:
    """Count damaged genes by their flags, each gene once."""
    listed = list(genes)
    return Damage(sum(map(is_broken, listed)), sum(map(is_cut, listed)))
