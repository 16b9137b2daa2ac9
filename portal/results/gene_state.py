"""Whether the genes behind a unit of the scores are whole, by the flags that Shoter gives a unit.

A published test is about an intact toxin. A strain whose gene has a premature stop, a frameshift, an insertion or a
lost part, or whose gene ends with its contig, may not have that toxin: the test says nothing about the strain itself.
"""

from __future__ import annotations

from collections.abc import Collection

_NOT_WHOLE = frozenset({"internal_stop", "frameshift", "insertion", "remnant", "contig_edge", "incomplete"})


def is_broken(flags: Collection[str]) -> bool:
    """Tell whether a gene of a unit is broken, or incomplete in this assembly."""
    return not _NOT_WHOLE.isdisjoint(flags)
