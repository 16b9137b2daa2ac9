"""Smith-Waterman of a candidate against the reference, with the numbers that BLAST would give.

BLOSUM62, gaps 11/1 in BLAST's convention: a gap of n letters costs 11 + n. pyopal charges its `gap_open` for the
first letter of a gap, so it is 12 there, and in parasail too.

E-values after Karlin and Altschul with BLAST's gapped constants for this matrix and its length adjustment (Altschul
et al. 2001, Nucleic Acids Res 29:351; the constants are printed at the end of every blastp report).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import parasail
import pyopal

from portal.pipeline.digger.index import Index
from portal.pipeline.digger.orfs import Codes, decode_protein

GAP_FIRST, GAP_NEXT = 12, 1
LAMBDA, KAPPA = 0.267, 0.041
_ALPHA, _BETA = 1.9, -30.0
MAX_EVALUE = 1e-25
_MATRIX_LETTERS = "ARNDCQEGHILKMFPSTWYVBZX*"


@dataclass(frozen=True)
class Alignment:
    """The best local alignment of a query to one entry; all coordinates 1-based and inclusive.

    `ties` names the other entries with the same score, in the order of the reference.
    """

    entry: int
    score: int
    evalue: float
    query_start: int
    query_end: int
    hit_start: int
    hit_end: int
    columns: int
    identical: int
    ties: tuple[int, ...]
    query_row: str
    hit_row: str

    @property
    def identity(self) -> float:
        """Return identical letters in percent of the alignment's columns."""
        return 100.0 * self.identical / self.columns


class Aligner:
    """Find the best entry of a reference for a protein; may be used by several threads at once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._letters = [_plain(protein.letters) for protein in index.proteins]
        self._database = pyopal.Database(self._letters, alphabet=pyopal.Alphabet(_MATRIX_LETTERS))

    def best(self, amino_codes: Codes) -> Alignment | None:
        """Return the best alignment, None where even that has an E-value above 1e-25."""
        query = _plain(decode_protein(amino_codes))
        scores = self._scores(query)
        top = int(scores.max())
        evalue = expected(top, len(query), self._index.residues, len(self._index.proteins))
        if evalue > MAX_EVALUE:
            return None
        equal = [int(i) for i in np.flatnonzero(scores == top)]
        return _trace(query, self._letters[equal[-1]], equal[-1], evalue, tuple(equal[:-1]))

    def _scores(self, query: str) -> npt.NDArray[np.int64]:
        aligner = pyopal.Aligner("BLOSUM62", gap_open=GAP_FIRST, gap_extend=GAP_NEXT)
        return np.array([result.score for result in aligner.align(query, self._database)])


def expected(score: int, query_length: int, residues: int, entries: int) -> float:
    """Return the number of alignments of this score that chance gives."""
    cut = length_adjustment(query_length, residues, entries)
    space = (query_length - cut) * (residues - entries * cut)
    return KAPPA * space * math.exp(-LAMBDA * score)


def length_adjustment(query_length: int, residues: int, entries: int) -> int:
    """Return by how much BLAST shortens query and entries for alignments that cannot start near an end.

    It is the largest whole l with l <= alpha / lambda * ln(K (m - l)(n - N l)) + beta.
    """

    def allowed(cut: int) -> bool:
        space = (query_length - cut) * (residues - entries * cut)
        return space > 0 and cut <= _ALPHA / LAMBDA * (math.log(KAPPA) + math.log(space)) + _BETA

    low, high = 0, min(query_length - 1, max(residues // max(entries, 1) - 1, 0))
    while low < high:
        middle = (low + high + 1) // 2
        if allowed(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _trace(query: str, target: str, entry: int, evalue: float, ties: Sequence[int]) -> Alignment:
    result = parasail.sw_trace_striped_sat(query, target, GAP_FIRST, GAP_NEXT, parasail.blosum62)
    rows = result.traceback
    query_row, hit_row = rows.query, rows.ref
    identical = sum(a == b != "X" for a, b in zip(query_row, hit_row, strict=True))
    query_end, hit_end = result.end_query + 1, result.end_ref + 1
    return Alignment(
        entry=entry,
        score=result.score,
        evalue=evalue,
        query_start=query_end - len(query_row) + query_row.count("-") + 1,
        query_end=query_end,
        hit_start=hit_end - len(hit_row) + hit_row.count("-") + 1,
        hit_end=hit_end,
        columns=len(query_row),
        identical=identical,
        ties=tuple(ties),
        query_row=query_row,
        hit_row=hit_row,
    )


def _plain(letters: str) -> str:
    """Return a protein in the matrix's letters: J, O, U, gaps and the like become X."""
    return letters.translate(_TO_MATRIX)


_TO_MATRIX = {code: "X" for code in range(128) if chr(code) not in _MATRIX_LETTERS}
