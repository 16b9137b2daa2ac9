"""Whether the genes behind a unit of the scores are broken, by the flags that Shoter gives a unit.

A published test is about an intact toxin. A strain whose gene has a premature stop, a frameshift, an insertion or a
lost part may not have that toxin: the test says nothing about the strain itself. Two kinds of damage are none of these:

- a contig's end or a gap cuts the gene, or the file has only a part of a protein or coding sequence: the cut is the
  assembly's or the file's, and the strain may have the gene whole. What is
  published of the toxin holds for the strain only if it has;
- a three-domain toxin, broken or cut, is whole up to the end of its core. The other half of a protoxin is cut off in
  the gut before the toxin acts, and shorter toxins of the family have none (Schnepf et al. 1998,
  doi:10.1128/MMBR.62.3.775-806.1998).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

# The flags of a gene that a contig's end or a gap cuts, of one that a file of single genes has only in part, and of one
# that is whole up to the end of its toxin core.
_CUT = "contig_edge"
RECORD_END = "record_end"
CORE_WHOLE = "core_whole"
_BREAKS = frozenset({"internal_stop", "frameshift", "insertion", "remnant"})


def has_break(flags: Collection[str]) -> bool:
    """Tell whether a flag names a break."""
    return not _BREAKS.isdisjoint(flags)


def has_cut(flags: Collection[str]) -> bool:
    """Tell whether a flag names a cut, by the assembly or by the file."""
    return _CUT in flags or RECORD_END in flags


def is_broken(flags: Collection[str]) -> bool:
    """Tell whether a gene of a unit is broken, its toxin core not whole."""
    return has_break(flags) and CORE_WHOLE not in flags


def is_cut(flags: Collection[str]) -> bool:
    """Tell whether a contig's end, a gap or the file cuts a gene of a unit that is not broken as well."""
    return has_cut(flags) and not is_broken(flags)


def is_part(flags: Collection[str]) -> bool:
    """Tell whether only a part of a toxin was seen: its gene is cut before the end of its core."""
    return is_cut(flags) and CORE_WHOLE not in flags


def is_altered(flags: Collection[str]) -> bool:
    """Tell whether a gene breaks, or has lost a part, behind its whole toxin core, and nothing cuts it."""
    return has_break(flags) and CORE_WHOLE in flags and not has_cut(flags)


class GeneCondition(StrEnum):
    """What the flags of a gene say of it; a gene that is not scored has none, and counts as whole."""

    WHOLE = "whole"
    BROKEN = "broken"
    CUT = "cut"
    ALTERED = "altered"


def behind(*, broken: bool, cut: bool) -> GeneCondition:
    """Return the state of all genes behind a conclusion, as its two fields tell it: else some of them may be whole."""
    if broken:
        return GeneCondition.BROKEN
    return GeneCondition.CUT if cut else GeneCondition.WHOLE


def condition_of_all(genes: Iterable[Collection[str]]) -> GeneCondition:
    """Return the state of all genes behind a statement, by the flags of each.

    Broken if all are; cut if all are broken or seen only in part, and at least one in part; else some may be whole.
    """
    listed = list(genes)
    broken = bool(listed) and all(map(is_broken, listed))
    return behind(broken=broken, cut=bool(listed) and all(is_broken(each) or is_part(each) for each in listed))


# What grids, pictures and tables mark, in the order in which they say it.
MARKED = (GeneCondition.BROKEN, GeneCondition.CUT, GeneCondition.ALTERED)


def state_of(flags: Collection[str]) -> GeneCondition:
    """Return the state of a gene by its flags."""
    if is_broken(flags):
        return GeneCondition.BROKEN
    if is_cut(flags):
        return GeneCondition.CUT
    return GeneCondition.ALTERED if is_altered(flags) else GeneCondition.WHOLE


class Damage(NamedTuple):
    """How many genes are broken, how many others are cut, and of how many of these it is the file that has a part.

    altered: how many further ones break behind a toxin core that is whole, and are not broken.
    """

    broken: int
    cut: int
    in_file: int = 0
    altered: int = 0

    def of(self, state: GeneCondition) -> int:
        """Return how many genes are in a state that is marked."""
        return dict(zip(MARKED, (self.broken, self.cut, self.altered), strict=True))[state]

    @property
    def by_contig(self) -> int:
        """Return how many genes a contig's end or a gap cuts."""
        return self.cut - self.in_file


def damage_of(genes: Iterable[Collection[str]]) -> Damage:
    """Count damaged genes by their flags, each gene once."""
    listed = list(genes)
    cut = [flags for flags in listed if is_cut(flags)]
    in_file = sum(RECORD_END in flags for flags in cut)
    return Damage(sum(map(is_broken, listed)), len(cut), in_file, sum(map(is_altered, listed)))
