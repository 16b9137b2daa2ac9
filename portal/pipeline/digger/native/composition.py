"""Fit BLOSUM62 to the amino acid composition of a pair of proteins, as blastp does unless told otherwise.

BLAST does not align with BLOSUM62 itself: for each pair it finds the pair frequencies that are closest to those
behind BLOSUM62, have the two proteins' compositions as margins, and a relative entropy of 0.44 nats (Yu and Altschul
2005, Bioinformatics 21:902; Altschul et al. 2005, FEBS J 272:5101; mode 2 of -comp_based_stats). For remote
relatives the alignment, and hence the identity that sets the rank, differs visibly from one with the plain matrix.

With margins r and c, the solution has the form x_ij = u_i v_j q_ij^t (r_i c_j)^(1 - t): for a given exponent t the
factors u and v follow from proportional fitting, and t from the entropy, which grows with it. BLAST solves the same
problem by Newton's method.

BLAST's fallback to mere scaling (if both compositions and lengths differ strongly) is not implemented: it does not
occur with toxins.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes

Floats = npt.NDArray[np.float64]

AMINO_ACIDS = "ARNDCQEGHILKMFPSTWYV"  # the order of BLOSUM62
LETTERS = AMINO_ACIDS + "X"
SCALE = 32  # scores are kept in 1/32 of BLOSUM62's units, as in BLAST
_PSEUDOCOUNTS = 20.0
_RELATIVE_ENTROPY = 0.44
_UNGAPPED_LAMBDA = 0.31760595  # lambda of BLOSUM62 with BLAST's standard composition
_FITTING_ROUNDS = 8
_SECANT_STEPS = 6
_SETTLED = 1e-7  # of the entropy; the secant method's next step is far below what rounding shows
_TO_LETTERS = np.array([AMINO_LETTERS.index(letter) for letter in AMINO_ACIDS])


@cache
def _pair_frequencies() -> Floats:
    """Return the 20 x 20 target frequencies of BLOSUM62."""
    text = (files("portal.pipeline.digger") / "data" / "blosum62_pairs.json").read_text(encoding="utf-8")
    lower = np.zeros((20, 20))
    for i, row in enumerate(json.loads(text)["pairs"]):
        lower[i, : i + 1] = row
    pairs: Floats = lower + lower.T - np.diag(np.diag(lower))
    pairs /= pairs.sum()
    return pairs


def composition(amino_codes: Codes) -> Floats:
    """Return the frequencies of the 20 amino acids in BLOSUM62's order, with BLAST's pseudocounts."""
    counts = np.bincount(amino_codes, minlength=len(AMINO_LETTERS))[_TO_LETTERS].astype(np.float64)
    total = counts.sum()
    background = _pair_frequencies().sum(axis=1)
    frequencies: Floats = (counts + _PSEUDOCOUNTS * background) / (total + _PSEUDOCOUNTS)
    return frequencies


def adjusted_scores(query: Floats, subjects: Floats) -> npt.NDArray[np.int32]:
    """Return for each subject (k x 20 compositions) the 21 x 21 scores (query by subject) in 1/32 units.

    The last row and column are those of X, which scores what the other protein's letters give on average, if negative.
    """
    margins = query[None, :, None] * subjects[:, None, :]
    fit = _Fit(query[None, :, None], subjects[:, None, :], margins, np.log(_pair_frequencies()[None] / margins))
    before, now = np.full(len(subjects), 0.9), np.ones(len(subjects))
    excess_before = fit.entropy(before) - _RELATIVE_ENTROPY
    for _ in range(_SECANT_STEPS):
        excess = fit.entropy(now) - _RELATIVE_ENTROPY
        slope = (excess - excess_before) / np.where(now == before, 1.0, now - before)
        step = np.where(np.abs(excess) < 1e-10, 0.0, excess / np.where(slope <= 0, 1.0, slope))
        before, excess_before, now = now, excess, np.clip(now - step, 0.2, 3.0)
        if np.abs(excess).max(initial=0.0) < _SETTLED:
            break
    fit.entropy(now)
    known = fit.logarithms * (SCALE / _UNGAPPED_LAMBDA)
    scores = np.empty((len(subjects), len(LETTERS), len(LETTERS)))
    scores[:, :-1, :-1] = known
    by_query = known @ subjects[:, :, None]
    scores[:, :-1, -1:] = by_query
    scores[:, -1:, :-1] = query[None, None, :] @ known
    scores[:, -1:, -1:] = query[None, None, :] @ by_query
    scores[:, :, -1] = np.minimum(scores[:, :, -1], -1)
    scores[:, -1, :] = np.minimum(scores[:, -1, :], -1)
    return np.rint(scores).astype(np.int32)


class _Fit:
    """Pair frequencies with given margins for an exponent; each fit starts from the previous factors."""

    def __init__(self, rows: Floats, columns: Floats, margins: Floats, ratio: Floats) -> None:
        self._rows, self._columns, self._margins, self._ratio = rows, columns, margins, ratio
        self._by_column = np.ones_like(columns)
        self.logarithms = ratio  # of frequency over product of the margins

    def entropy(self, exponent: Floats) -> Floats:
        """Fit the frequencies and return the relative entropy (nats) of each pair of compositions."""
        kernel = self._margins * np.exp(self._ratio * exponent[:, None, None])
        by_row = np.ones_like(self._rows)
        for _ in range(_FITTING_ROUNDS):
            by_row = self._rows / (kernel @ self._by_column.transpose(0, 2, 1))
            self._by_column = self._columns / (by_row.transpose(0, 2, 1) @ kernel)
        pairs = by_row * kernel * self._by_column
        self.logarithms = np.log(pairs / self._margins)
        entropy: Floats = (pairs * self.logarithms).sum(axis=(1, 2))
        return entropy
