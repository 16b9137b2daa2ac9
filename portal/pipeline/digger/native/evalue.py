"""E-values of blastp: how many alignments of a score chance gives between a protein and a whole reference.

Since 2.2.26 blastp reckons with the lengths of the very pair that is aligned (Park, Sheetlin, Ma, Madden and Spouge
2012, BMC Res Notes 5:286): an alignment of score y takes about a y letters of either protein, give or take, so that
fewer places are left where it can start. For weak hits in short proteins that is many powers of ten less than the
older common length adjustment gives.

The parameters are those of BLOSUM62 with gaps 11/1, and without gaps, from the tables of that publication.
"""

from __future__ import annotations

import math

LAMBDA, KAPPA = 0.267, 0.041
_GAP = 12  # of one letter
# Length that a unit of score takes, and the variance and covariance of that: gapped, ungapped.
_A, _A_UNGAPPED = 1.9, 0.7916
_ALPHA, _ALPHA_UNGAPPED = 42.6028, 4.96466
_SIGMA = 43.6362
_B = 2 * _GAP * (_A_UNGAPPED - _A)
_BETA = 2 * _GAP * (_ALPHA_UNGAPPED - _ALPHA)
_TAU = 2 * _GAP * (_ALPHA_UNGAPPED - _SIGMA)


def expected(score: float, query_length: int, hit_length: int, residues: int) -> float:
    """Return the number of alignments of this score (BLOSUM62's units) that chance gives in `residues` letters."""
    query_places, query_fits = _room(score, query_length)
    hit_places, hit_fits = _room(score, hit_length)
    together = max(2 * _SIGMA / LAMBDA, _SIGMA * score + _TAU)
    area = query_places * hit_places + together * query_fits * hit_fits
    return area * KAPPA * math.exp(-LAMBDA * score) * residues / hit_length


def _room(score: float, length: int) -> tuple[float, float]:
    """Return the expected number of places where such an alignment can start, and the chance that it fits at all."""
    left = length - (_A * score + _B)
    spread = math.sqrt(max(2 * _ALPHA / LAMBDA, _ALPHA * score + _BETA))
    ratio = left / spread
    fits = math.erfc(-ratio / math.sqrt(2)) / 2
    return left * fits + spread / math.sqrt(2 * math.pi) * math.exp(-0.5 * ratio * ratio), fits
