"""Find several toxins in one reading frame, in the parts outside the best alignment.

A row of All_Toxins.txt has one alignment, as in the real tool. A frame in which a second gene follows the first, or
in which the halves of two genes meet, contains more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.pipeline.digger.loci.fragments import column_scores, well_matching
from portal.pipeline.digger.native.align import MAX_EVALUE, Aligner, Alignment
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.orfs import Codes

# A shorter protein does not get its own row either.
_LEAST_AA = 75
# Fewer 5-mers in common with one entry are chance.
_LEAST_SHARED_KMERS = 5


# Another toxin must score an end of an alignment so much better: times, and points besides.
_FOREIGN_TIMES, _FOREIGN_POINTS = 2, 100


class PartFinder:
    """Finds further toxins in the reading frame of a hit."""

    def __init__(self, index: Index, aligner: Aligner) -> None:
        self._index = index
        self._aligner = aligner

    def parts(self, amino_codes: Codes, best: Alignment) -> list[Alignment]:
        """Return the best alignment, and those of the parts before and after it, by score.

        Each residue of the protein is in at most one of them; positions are those of the whole protein. Where an end
        of the best alignment is explained much better by another toxin, the best one goes without it.
        """
        best = self._without_foreign_ends(amino_codes, best)
        beside = [*self._beside(amino_codes, 0, best.query_start - 1)]
        beside += self._beside(amino_codes, best.query_end, len(amino_codes))
        return [best, *sorted(beside, key=lambda part: -part.score)]

    def _without_foreign_ends(self, amino_codes: Codes, best: Alignment) -> Alignment:
        """Return the alignment of the part that its entry explains, of a mosaic of two toxins in one alignment."""
        first, last = well_matching(best.query_row, best.hit_row, best.score)
        scores = column_scores(best.query_row, best.hit_row)
        start = best.query_start - 1 + _residues(best.query_row[:first])
        end = best.query_end - _residues(best.query_row[last:])
        if not self._is_foreign(amino_codes[:start], best.query_start - 1, int(scores[:first].sum())):
            start = 0
        if not self._is_foreign(amino_codes[end:], len(amino_codes) - best.query_end, int(scores[last:].sum())):
            end = len(amino_codes)
        if (start, end) == (0, len(amino_codes)):
            return best
        found = self._aligner.closest(amino_codes[start:end], MAX_EVALUE)
        if found is None:
            return best
        return replace(found, query_start=start + found.query_start, query_end=start + found.query_end)

    def _is_foreign(self, codes: Codes, outside: int, score: int) -> bool:
        """Return whether another toxin explains an end of an alignment much better.

        Args:
            codes: the end of the protein, from where the alignment matches much less well.
            outside: residues of `codes` that are not aligned.
            score: of the rest of them, in the alignment.
        """
        if len(codes) - outside < _LEAST_AA or self._index.kmers.shared(codes).max() < _LEAST_SHARED_KMERS:
            return False
        found = self._aligner.closest(codes, MAX_EVALUE)
        return found is not None and found.score >= _FOREIGN_TIMES * max(score, 0) + _FOREIGN_POINTS

    def _beside(self, amino_codes: Codes, first: int, last: int) -> Iterator[Alignment]:
        """Yield the toxins among residues `first` to `last` (half open, from 0)."""
        codes = amino_codes[first:last]
        if len(codes) < _LEAST_AA or self._index.kmers.shared(codes).max() < _LEAST_SHARED_KMERS:
            return
        found = self._aligner.closest(codes, MAX_EVALUE)
        if found is None:
            return
        start, end = first + found.query_start, first + found.query_end
        yield replace(found, query_start=start, query_end=end)
        yield from self._beside(amino_codes, first, start - 1)
        yield from self._beside(amino_codes, end, last)


def _residues(row: str) -> int:
    return len(row) - row.count("-")
