"""Which entry of the reference a protein is closest to: what is concluded of a gene rests on it, Digger's row does not.

BLAST ranks by E-value and score. E-values of long proteins are all 0, and scores are rounded and come from a matrix
fitted to each pair, so that an entry that differs at one residue may stand before one that is identical. An entry is
closer than another if no fewer residues are identical and fewer columns differ, or no more differ and more are
identical; of two that are alike in both, one that is covered from end to end is closer than one that is not. Where
neither is closer, BLAST's order decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Likeness(NamedTuple):
    """An alignment in numbers: its identical columns, the others, and whether it covers its entry from end to end."""

    identical: int
    different: int
    is_whole: bool


def is_further(one: Likeness, other: Likeness) -> bool:
    """Tell whether an entry is further from a protein than another."""
    if (one.identical, one.different) == (other.identical, other.different):
        return other.is_whole and not one.is_whole
    return one.identical <= other.identical and one.different >= other.different


def closest_of(first: int, alike: Mapping[int, Likeness]) -> int:
    """Return the entry that a protein is closest to: the first, by BLAST's order, unless another one is closer."""
    closer = [at for at, likeness in alike.items() if is_further(alike[first], likeness)]
    if not closer:
        return first
    return min(closer, key=lambda at: (alike[at].different, -alike[at].identical, not alike[at].is_whole, -at))
