"""E-values of blastp: the expected number of chance alignments with a given score between a protein and a reference.

Since 2.2.26 blastp computes E-values from the lengths of the aligned pair (Park, Sheetlin, Ma, Madden and Spouge
2012, BMC Res Notes 5:286): an alignment of score y spans about a y residues of either protein, with some variance,
which leaves fewer positions where it can start. For weak hits in short proteins the E-value is many powers of ten
lower than with the older common length adjustment.

The parameters are those of BLOSUM62 with gaps 11/1, and without gaps, from the tables of that publication.
"""

from __future__ import annotations

import math

LAMBDA, KAPPA = 0.267, 0.041
_GAP = 12  # of one letter
# Alignment length per unit of score, and its variance and covariance: gapped, ungapped.
_A, _A_UNGAPPED = 1.9, 0.7916
_ALPHA, _ALPHA_UNGAPPED = 42.6028, 4.96466
_SIGMA = 43.6362
_B = 2 * _GAP * (_A_UNGAPPED - _A)
_BETA = 2 * _GAP * (_ALPHA_UNGAPPED - _ALPHA)
_TAU = 2 * _GAP * (_ALPHA_UNGAPPED - _SIGMA)


def expected(score: float, query_length: int, hit_length: int, residues: int) -> float:
    """Return the expected number of chance alignments of this score (BLOSUM62's units) in `residues` residues."""
    query_places, query_fits = _room(score, query_length)
    hit_places, hit_fits = _room(score, hit_length)
    together = max(2 * _SIGMA / LAMBDA, _SIGMA * score + _TAU)
    area = query_places * hit_places + together * query_fits * hit_fits
    return area * KAPPA * math.exp(-LAMBDA * score) * residues / hit_length


def _room(score: float, length: int) -> tuple[float, float]:
    """Return the expected number of positions where such an alignment can start, and the probability that it fits."""
    left = length - (_A * score + _B)
    spread = math.sqrt(max(2 * _ALPHA / LAMBDA, _ALPHA * score + _BETA))
    ratio = left / spread
    fits = math.erfc(-ratio / math.sqrt(2)) / 2
    return left * fits + spread / math.sqrt(2 * math.pi) * math.exp(-0.5 * ratio * ratio), fits
