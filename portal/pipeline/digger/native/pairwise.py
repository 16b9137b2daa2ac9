"""Smith-Waterman of one pair of proteins with a matrix of their own (parasail).

Gaps are 11/1 in BLAST's convention: a gap of n letters costs 11 + n. pyopal and parasail charge the first number for
the first letter of a gap, so it is 12 there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import parasail

from portal.pipeline.digger.native.composition import LETTERS, SCALE

GAP_FIRST, GAP_NEXT = 12, 1
# blastp extends an alignment until its score is 25 bits (64 units) below the best one on the way, so that one gap of 54
# letters ends it. With two gaps and a chance match between them it crosses up to about 15 letters more.
_DROP = 80
# blastp does not mask an entry if more than this fraction of it is found in the query.
_NEARLY_IDENTICAL = 0.96
MATRIX_LETTERS = "ARNDCQEGHILKMFPSTWYVBZX*"
_GAP = ord("-")
_OTHER = len(LETTERS)  # letters other than the 20 and X score -SCALE
_MATRIX_INDEX = np.full(128, _OTHER, dtype=np.intp)
_MATRIX_INDEX[[ord(letter) for letter in LETTERS]] = np.arange(len(LETTERS))


@dataclass(frozen=True)
class Rows:
    """An alignment; coordinates 1-based and inclusive."""

    query_start: int
    query_end: int
    hit_start: int
    hit_end: int
    query: str
    hit: str

    @property
    def identical(self) -> int:
        query, hit = _bytes(self.query), _bytes(self.hit)
        return int(((query == hit) & (query != ord("X"))).sum())

    @property
    def nearly_identical(self) -> bool:
        """Return whether blastp would consider the proteins identical. It ignores single matches between mismatches."""
        same = np.concatenate(([True], _bytes(self.query) == _bytes(self.hit), [True]))
        found = int((same[1:-1] & (same[:-2] | same[2:])).sum())
        shorter = min(self.query_end - self.query_start, self.hit_end - self.hit_start) + 1
        return found > _NEARLY_IDENTICAL * shorter


class Pair:
    """A query and a target with the scores (query by target, 1/32 units; see `composition`) that fit them."""

    def __init__(self, query: str, target: str, scores: npt.NDArray[np.int32]) -> None:
        self._query, self._target, self._scores = query, target, scores

    @property
    def score(self) -> int:
        """Return the best score, in 1/32 of BLOSUM62's units."""
        return int(self._best.score)

    @cached_property
    def _best(self) -> Any:
        return parasail.sw_striped_32(
            self._query, self._target, GAP_FIRST * SCALE, GAP_NEXT * SCALE, _matrix(self._scores)
        )

    def rows(self, letters: str) -> Rows:
        """Return the alignment, with `letters` in place of the (masked) target's."""
        if length := self._ungapped_length():
            query_end, hit_end = self._best.end_query + 1, self._best.end_ref + 1
            query_start, hit_start = query_end - length + 1, hit_end - length + 1
            query_row, hit_row = self._query[query_start - 1 : query_end], letters[hit_start - 1 : hit_end]
            return Rows(query_start, query_end, hit_start, hit_end, query_row, hit_row)
        return self._traced(letters)

    def reachable(self, letters: str) -> tuple[int, Rows]:
        """Return score and alignment up to where blastp would extend it, with `letters` as in `rows`."""
        rows = self.rows(letters)
        if "-" not in rows.query and "-" not in rows.hit:
            return self.score, rows
        running = np.concatenate(([0], self._steps(rows).cumsum()))
        lowest_behind = np.minimum.accumulate(running[::-1])[::-1]
        if int((np.maximum.accumulate(running) - lowest_behind).max()) <= _DROP * SCALE:
            return self.score, rows
        return self._within(_surroundings(rows, *_best_part(running)), letters)

    def _within(self, area: tuple[int, int, int, int], letters: str) -> tuple[int, Rows]:
        """Realign residues `a` to `b` of the query with `c` to `d` of the target (from 0, half open)."""
        a, b, c, d = area
        if (b - a, d - c) == (len(self._query), len(self._target)):
            return self.score, self.rows(letters)
        score, rows = Pair(self._query[a:b], self._target[c:d], self._scores).reachable(letters[c:d])
        return score, replace(
            rows,
            query_start=rows.query_start + a,
            query_end=rows.query_end + a,
            hit_start=rows.hit_start + c,
            hit_end=rows.hit_end + c,
        )

    def _steps(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return the score of each column."""
        query, hit = _bytes(rows.query), _bytes(rows.hit).copy()
        hit[hit != _GAP] = _bytes(self._target)[rows.hit_start - 1 : rows.hit_end]
        steps = self._all_scores[_MATRIX_INDEX[query], _MATRIX_INDEX[hit]]
        for row in (query, hit):
            gap = row == _GAP
            steps[gap] = -GAP_NEXT * SCALE
            steps[gap & ~np.concatenate(([False], gap[:-1]))] = -GAP_FIRST * SCALE
        return steps

    @cached_property
    def _all_scores(self) -> npt.NDArray[np.int64]:
        scores = np.full((_OTHER + 1, _OTHER + 1), -SCALE, dtype=np.int64)
        scores[:_OTHER, :_OTHER] = self._scores
        return scores

    def _ungapped_length(self) -> int:
        """Return the length of the best alignment if it has no gaps, else 0.

        Checking one diagonal saves most hits the trace-back, which costs several times as much as the score.
        """
        query_end, hit_end = self._best.end_query + 1, self._best.end_ref + 1
        longest = min(query_end, hit_end)
        query = _MATRIX_INDEX[_bytes(self._query[query_end - longest : query_end])]
        target = _MATRIX_INDEX[_bytes(self._target[hit_end - longest : hit_end])]
        reached = np.flatnonzero(self._all_scores[query, target][::-1].cumsum() == self.score)
        return int(reached[0]) + 1 if len(reached) else 0

    def _traced(self, letters: str) -> Rows:
        result = parasail.sw_trace_striped_32(
            self._query, self._target, GAP_FIRST * SCALE, GAP_NEXT * SCALE, _matrix(self._scores)
        )
        query_row, hit_row = result.traceback.query, _bytes(result.traceback.ref).copy()
        query_end, hit_end = result.end_query + 1, result.end_ref + 1
        query_start = query_end - (len(query_row) - query_row.count("-")) + 1
        hit_start = hit_end - int((hit_row != _GAP).sum()) + 1
        hit_row[hit_row != _GAP] = _bytes(letters)[hit_start - 1 : hit_end]
        return Rows(query_start, query_end, hit_start, hit_end, query_row, hit_row.tobytes().decode("ascii"))


def _best_part(running: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return the columns (half open) of the best part in which the score never drops too far."""
    best, part, start, top = 0, (0, len(running) - 1), 0, 0
    for at in range(1, len(running)):
        if running[at] > running[top]:
            top = at
            if running[top] - running[start] > best:
                best, part = int(running[top] - running[start]), (start, top)
        elif running[top] - running[at] > _DROP * SCALE or running[at] < running[start]:
            start = top = at
    return part


def _surroundings(rows: Rows, first: int, last: int) -> tuple[int, int, int, int]:
    """Return the parts of query and target to realign for columns `first` to `last` and alternatives to them.

    Residues opposite the gaps at either end are included.
    """
    query, hit = _bytes(rows.query) != _GAP, _bytes(rows.hit) != _GAP
    inside = query & hit
    begin = int(np.flatnonzero(inside[:first])[-1]) + 1 if inside[:first].any() else 0
    behind = np.flatnonzero(inside[last:])
    end = last + int(behind[0]) if len(behind) else len(inside)
    of_query = (rows.query_start - 1 + int(query[:begin].sum()), rows.query_start - 1 + int(query[:end].sum()))
    of_hit = (rows.hit_start - 1 + int(hit[:begin].sum()), rows.hit_start - 1 + int(hit[:end].sum()))
    return *of_query, *of_hit


def _matrix(scores: npt.NDArray[np.int32]) -> Any:
    """Return a parasail matrix of scores (query by target); parasail expects target by query.

    The values are written straight into the structure: parasail's own setter, one by one, is slower than the alignment.
    """
    matrix = parasail.matrix_create(LETTERS, 1, -SCALE)
    inside = matrix.pointer[0]
    values = np.ctypeslib.as_array(inside.user_matrix, shape=(inside.size, inside.size))
    values[: len(LETTERS), : len(LETTERS)] = scores.T
    inside.max, inside.min = int(values.max()), int(values.min())
    return matrix


def _bytes(letters: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(letters.encode("ascii"), dtype=np.uint8)
