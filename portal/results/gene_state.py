"""Whether the genes behind a unit of the scores are broken, by the flags that Shoter gives a unit.

A published test is about an intact toxin. A strain whose gene has a premature stop, a frameshift, an insertion or a
lost part may not have that toxin: the test says nothing about the strain itself. A gene that a contig's end or a gap
cuts is not broken: the cut is the assembly's, and the strain may have the gene whole.
"""

from __future__ import annotations

from collections.abc import Collection

_BREAKS = frozenset({"internal_stop", "frameshift", "insertion", "remnant"})


def is_broken(flags: Collection[str]) -> bool:
    """Tell whether a gene of a unit is broken."""
    return not _BREAKS.isdisjoint(flags)
