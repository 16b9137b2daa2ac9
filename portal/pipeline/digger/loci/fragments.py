"""Fragments of a gene: stretches of a strand that align with part of one reference entry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import parasail
import pyopal

from portal.pipeline.digger.loci.strands import Strand, Stretch
from portal.pipeline.digger.native.evalue import KAPPA, LAMBDA
from portal.pipeline.digger.native.pairwise import GAP_FIRST, GAP_NEXT, MATRIX_LETTERS
from portal.pipeline.digger.orfs import decode_protein

LEAST_AA = 6
# Minimum score of a column at the end of a piece, as a fraction of its mean column score.
_LEAST_OF_MEAN = 0.3
# From this length on, a gap in an otherwise nearly identical alignment is an event of its own. Alleles differ by less:
# Cry1Ab lacks 26 residues of Cry1Aa and Cry1Ac.
LONG_GAP_AA = 40
CLOSE_IDENTITY = 0.95
_TO_MATRIX = {code: "X" for code in range(128) if chr(code) not in MATRIX_LETTERS}


def _pair_scores() -> npt.NDArray[np.int64]:
    """Return BLOSUM62 by the codes of two letters."""
    scores = np.full((128, 128), -4, dtype=np.int64)
    at = [ord(letter) for letter in MATRIX_LETTERS]
    scores[np.ix_(at, at)] = parasail.blosum62.matrix[: len(at), : len(at)]
    return scores


_PAIR_SCORES = _pair_scores()


@dataclass(frozen=True)
class Fragment:
    """A piece of a gene. Positions on the strand and residues of the reference are half open, from 0.

    `query_row` and `reference_row` are the rows of the alignment; `stretch` is the surrounding range without a stop.
    """

    strand: Strand
    start: int
    end: int
    reference_start: int
    reference_end: int
    score: int
    query_row: str
    reference_row: str
    stretch: tuple[int, int]
    protein_id: str | None = None

    @property
    def protein(self) -> str:
        return self.query_row.replace("-", "")

    @property
    def identical(self) -> int:
        return sum(a == b != "X" for a, b in zip(self.query_row, self.reference_row, strict=True))

    @property
    def known_identity(self) -> float:
        """Return identical residues in percent of the columns in which the gene's residue is known."""
        return 100 * self.identical / max(len(self.query_row) - self.query_row.count("X"), 1)

    @property
    def frame(self) -> int:
        return self.start % 3

    def trimmed(self, *, head: int = 0, tail: int = 0) -> Fragment:
        """Return the fragment without the columns of its first and last residues of the reference."""
        first, last = 0, len(self.query_row)
        while head and first < last:
            head -= self.reference_row[first] != "-"
            first += 1
        while tail and last > first:
            last -= 1
            tail -= self.reference_row[last] != "-"
        while first < last and "-" in (self.query_row[first], self.reference_row[first]):
            first += 1
        while first < last and "-" in (self.query_row[last - 1], self.reference_row[last - 1]):
            last -= 1
        lost_query = [_letters(self.query_row[:first]), _letters(self.query_row[last:])]
        lost_reference = [_letters(self.reference_row[:first]), _letters(self.reference_row[last:])]
        return replace(
            self,
            start=self.start + 3 * lost_query[0],
            end=self.end - 3 * lost_query[1],
            reference_start=self.reference_start + lost_reference[0],
            reference_end=self.reference_end - lost_reference[1],
            query_row=self.query_row[first:last],
            reference_row=self.reference_row[first:last],
        )

    def without_bases(self, *, head: int = 0, tail: int = 0) -> Fragment:
        """Return the fragment without so many bases at its ends, in whole codons and with what is aligned with them."""
        lost = [_aligned_with(self.query_row, self.reference_row, head // 3)]
        lost.append(_aligned_with(self.query_row[::-1], self.reference_row[::-1], tail // 3))
        return self.trimmed(head=lost[0], tail=lost[1]) if any(lost) else self

    def widened(self, reference: str, *, head: int = 0, tail: int = 0) -> Fragment:
        """Return the fragment extended by up to this many residues at its ends, without gaps, within its stretch."""
        head = min(head, self.reference_start, (self.start - self.stretch[0]) // 3)
        tail = min(tail, len(reference) - self.reference_end, (self.stretch[1] - self.end) // 3)
        if head <= 0 and tail <= 0:
            return self
        head, tail = max(head, 0), max(tail, 0)
        first, last = (
            plain(decode_protein(self.strand.amino(start, end)))
            for start, end in ((self.start - 3 * head, self.start), (self.end, self.end + 3 * tail))
        )
        return replace(
            self,
            start=self.start - 3 * head,
            end=self.end + 3 * tail,
            reference_start=self.reference_start - head,
            reference_end=self.reference_end + tail,
            query_row=first + self.query_row + last,
            reference_row=reference[self.reference_start - head : self.reference_start]
            + self.reference_row
            + reference[self.reference_end : self.reference_end + tail],
        )

    def parted(self) -> tuple[Fragment, ...]:
        """Return the pieces between long gaps, where a gene is otherwise nearly identical to the reference.

        Remote relatives differ by long gaps; in a close one so many residues were lost or inserted.
        """
        query, reference = (np.frombuffer(row.encode(), np.uint8) for row in (self.query_row, self.reference_row))
        gaps = (query == ord("-")) | (reference == ord("-"))
        known = int((~gaps & (query != ord("X"))).sum())
        if not gaps.any() or self.identical < CLOSE_IDENTITY * known:
            return (self,)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], gaps, [False])).astype(np.int8)))
        long = [(first, last) for first, last in edges.reshape(-1, 2).tolist() if last - first >= LONG_GAP_AA]
        bounds = [0, *(at for gap in long for at in gap), len(gaps)]
        if not long:
            return (self,)
        whole = (self._columns(first, last) for first, last in zip(bounds[::2], bounds[1::2], strict=True))
        return tuple(piece for piece in whole if piece.query_row)

    def _columns(self, first: int, last: int) -> Fragment:
        """Return a range of columns (half open) as a fragment with its own score."""
        piece = self.trimmed(head=_letters(self.reference_row[:first]), tail=_letters(self.reference_row[last:]))
        return replace(piece, score=int(piece.column_scores().sum()))

    def followed_by(self, other: Fragment) -> Fragment:
        """Return this fragment and one that begins where it ends as one."""
        return replace(
            self,
            end=other.end,
            reference_end=other.reference_end,
            score=self.score + other.score,
            query_row=self.query_row + other.query_row,
            reference_row=self.reference_row + other.reference_row,
            stretch=(min(self.stretch[0], other.stretch[0]), max(self.stretch[1], other.stretch[1])),
            protein_id=self.protein_id or other.protein_id,
        )

    def column_scores(self) -> npt.NDArray[np.int64]:
        """Return the score of each column."""
        return column_scores(self.query_row, self.reference_row)

    def tightened(self) -> Fragment:
        """Return the fragment without ends that match much less well than the rest.

        A local alignment extends past the break of a gene as long as chance matches outweigh the cost.
        """
        first, last = well_matching(self.query_row, self.reference_row, self.score)
        return self.trimmed(head=_letters(self.reference_row[:first]), tail=_letters(self.reference_row[last:]))


def column_scores(query_row: str, reference_row: str) -> npt.NDArray[np.int64]:
    """Return the score of each column of an alignment, by BLOSUM62 and the costs of gaps."""
    query, reference = (np.frombuffer(row.encode(), np.uint8) for row in (query_row, reference_row))
    scores: npt.NDArray[np.int64] = _PAIR_SCORES[query, reference].copy()
    for row in (query, reference):
        gap = row == ord("-")
        scores[gap] = -GAP_NEXT
        scores[gap & ~np.concatenate(([False], gap[:-1]))] = -GAP_FIRST
    return scores


def well_matching(query_row: str, reference_row: str, score: int) -> tuple[int, int]:
    """Return the columns (half open) of an alignment without ends that match much less well than the whole."""
    scores = column_scores(query_row, reference_row) - _LEAST_OF_MEAN * score / max(len(query_row), 1)
    running = np.concatenate(([0.0], scores.cumsum()))
    last = int((running - np.minimum.accumulate(running)).argmax())
    return int(running[: last + 1].argmin()), last


def _aligned_with(query_row: str, reference_row: str, residues: int) -> int:
    """Return how many residues of the reference are in the columns of the first residues of the query."""
    ends = [column for column, letter in enumerate(query_row, start=1) if letter != "-"][:residues]
    return _letters(reference_row[: ends[-1]]) if ends else 0


def _letters(row: str) -> int:
    return len(row) - row.count("-")


def plain(letters: str) -> str:
    """Return a protein in the alphabet of the matrix."""
    return letters.translate(_TO_MATRIX)


def plain_score(protein: str, reference: str) -> int:
    """Return the score of the best local alignment by BLOSUM62."""
    return int(parasail.sw_striped_32(plain(protein), plain(reference), GAP_FIRST, GAP_NEXT, parasail.blosum62).score)


def aligned(strand: Strand, stretch: Stretch, reference: str, offset: int = 0) -> Fragment | None:
    """Return the best alignment of a stretch with the part of a reference that begins at residue `offset`."""
    query = plain(decode_protein(stretch.amino_codes))
    found = parasail.sw_trace_striped_32(query, plain(reference), GAP_FIRST, GAP_NEXT, parasail.blosum62)
    if found.score <= 0:
        return None
    rows = found.traceback
    query_end, reference_end = found.end_query + 1, found.end_ref + 1
    query_start = query_end - _letters(rows.query)
    return Fragment(
        strand=strand,
        start=stretch.start + 3 * query_start,
        end=stretch.start + 3 * query_end,
        reference_start=offset + reference_end - _letters(rows.ref),
        reference_end=offset + reference_end,
        score=int(found.score),
        query_row=rows.query,
        reference_row=rows.ref,
        stretch=(stretch.start, stretch.end),
    )


def find_fragments(
    strand: Strand, window: tuple[int, int], reference: str, part: tuple[int, int], most_expected: float
) -> list[Fragment]:
    """Return the stretches of a window that align with a part of a reference better than by chance.

    Args:
        window: half-open positions on the strand.
        part: half-open residues of the reference to align with.
        most_expected: maximum number of such chance alignments in this window (E-value).
    """
    start, end = max(0, window[0]), min(strand.length, window[1])
    letters = reference[part[0] : part[1]]
    stretches = list(strand.stretches(start, end, LEAST_AA)) if end - start >= 3 * LEAST_AA else []
    if not stretches or len(letters) < LEAST_AA:
        return []
    residues = sum(len(stretch.amino_codes) for stretch in stretches)
    least = (math.log(KAPPA * residues * len(letters)) - math.log(most_expected)) / LAMBDA
    scores = _scores(stretches, letters)
    found = (aligned(strand, stretches[at], letters, part[0]) for at in np.flatnonzero(scores >= least).tolist())
    return [fragment for fragment in found if fragment is not None]


def _scores(stretches: Sequence[Stretch], letters: str) -> npt.NDArray[np.int64]:
    database = pyopal.Database(
        [plain(decode_protein(stretch.amino_codes)) for stretch in stretches],
        alphabet=pyopal.Alphabet(MATRIX_LETTERS),
    )
    aligner = pyopal.Aligner("BLOSUM62", gap_open=GAP_FIRST, gap_extend=GAP_NEXT)
    return np.array([result.score for result in aligner.align(plain(letters), database)], dtype=np.int64)
