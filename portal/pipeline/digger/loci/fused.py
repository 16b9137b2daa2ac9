"""Find several toxins in one reading frame, in the parts outside the best alignment.

A row of All_Toxins.txt has one alignment, as in the real tool. A frame in which a second gene follows the first, or
in which the halves of two genes meet, contains more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.pipeline.digger.native.align import MAX_EVALUE, Aligner, Alignment
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.orfs import Codes

# A shorter protein does not get its own row either.
_LEAST_AA = 75
# Fewer 5-mers in common with one entry are chance.
_LEAST_SHARED_KMERS = 5


class PartFinder:
    """Finds further toxins in the reading frame of a hit."""

    def __init__(self, index: Index, aligner: Aligner) -> None:
        self._index = index
        self._aligner = aligner

    def parts(self, amino_codes: Codes, best: Alignment) -> list[Alignment]:
        """Return the best alignment, and those of the parts before and after it, by score.

        Each residue of the protein is in at most one of them; positions are those of the whole protein.
        """
        beside = [*self._beside(amino_codes, 0, best.query_start - 1)]
        beside += self._beside(amino_codes, best.query_end, len(amino_codes))
        return [best, *sorted(beside, key=lambda part: -part.score)]

    def _beside(self, amino_codes: Codes, first: int, last: int) -> Iterator[Alignment]:
        """Yield the toxins among residues `first` to `last` (half open, from 0)."""
        codes = amino_codes[first:last]
        if len(codes) < _LEAST_AA or self._index.kmers.shared(codes).max() < _LEAST_SHARED_KMERS:
            return
        found = self._aligner.best(codes, MAX_EVALUE)
        if found is None:
            return
        start, end = first + found.query_start, first + found.query_end
        yield replace(found, query_start=start, query_end=end)
        yield from self._beside(amino_codes, first, start - 1)
        yield from self._beside(amino_codes, end, last)
