"""Mask low-complexity stretches of reference proteins, as blastp does before it fits a matrix to a pair.

SEG (Wootton and Federhen 1993, Comput Chem 17:149) with BLAST's window of 10 letters: windows with an entropy of at
most 1.8 bits, joined with neighbours of at most 2.1 bits, and trimmed to the least probable piece. On all entries of
BtToxin_Digger's reference the ranges are those of segmasker 2.12. What is masked counts as X for composition and
scores; identity is counted on the letters themselves.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes

WINDOW = 10
_LOW_BITS, _JOIN_BITS = 1.8, 2.1
_MOST_TRIMMED = 50
_AMINO_ACIDS = 20
_X = AMINO_LETTERS.index("X")
# Entropy of a window as a sum over its residues: -c/n log2(c/n) for a residue that occurs c times.
_TERMS = np.array([0.0, *(-count / WINDOW * math.log2(count / WINDOW) for count in range(1, WINDOW + 1))])


def mask(amino_codes: Codes) -> Codes:
    """Return the protein with low-complexity stretches replaced by X."""
    masked = amino_codes.copy()
    for first, last in low_complexity(amino_codes):
        masked[first:last] = _X
    return masked


def low_complexity(amino_codes: Codes) -> list[tuple[int, int]]:
    """Return half-open ranges of low complexity, in order."""
    bits = _window_entropy(amino_codes)
    ranges: list[tuple[int, int]] = []
    joined = np.concatenate(([0], (bits <= _JOIN_BITS).view(np.int8), [0]))
    change = np.diff(joined)
    for first, last in zip(np.flatnonzero(change == 1).tolist(), np.flatnonzero(change == -1).tolist(), strict=True):
        ranges += _of_stretch(amino_codes, bits, first, last)
    return ranges


def _of_stretch(amino_codes: Codes, bits: npt.NDArray[np.float64], first: int, last: int) -> list[tuple[int, int]]:
    """Return the ranges in windows `first` up to `last` (exclusive), including the rest after trimming."""
    ranges: list[tuple[int, int]] = []
    while first < last:
        low = np.flatnonzero(bits[first:last] <= _LOW_BITS)
        if not len(low):
            break
        trigger = first + int(low[0])
        begin, end = _trimmed(amino_codes, first, last + WINDOW - 1)
        if trigger + WINDOW - 1 < begin:  # the triggering window was trimmed off
            ranges += [(first + a, first + b) for a, b in low_complexity(amino_codes[first:begin])]
        ranges.append((begin, end))
        first = min(last, end)
    return ranges


def _window_entropy(amino_codes: Codes) -> npt.NDArray[np.float64]:
    """Return the entropy in bits of each window of 10 letters."""
    if len(amino_codes) < WINDOW:
        return np.empty(0)
    letters = amino_codes[None, :] == np.arange(len(AMINO_LETTERS), dtype=np.uint8)[:, None]
    running = np.concatenate((np.zeros((len(letters), 1), dtype=np.int64), letters.cumsum(axis=1)), axis=1)
    entropy: npt.NDArray[np.float64] = _TERMS[running[:, WINDOW:] - running[:, :-WINDOW]].sum(axis=0)
    return entropy


def _trimmed(amino_codes: Codes, first: int, last: int) -> tuple[int, int]:
    """Return the least probable piece of a stretch, up to 50 residues shorter."""
    best, choice = 0.0, (first, last)
    for length in range(last - first, max(1, last - first - _MOST_TRIMMED), -1):
        for start in range(first, last - length + 1):
            logarithm = _log_probability(amino_codes[start : start + length])
            if logarithm < best:
                best, choice = logarithm, (start, start + length)
    return choice


def _log_probability(piece: Codes) -> float:
    """Return the log probability of a composition as uneven as this one, whichever residues it consists of."""
    counts = np.bincount(piece, minlength=_AMINO_ACIDS)
    arrangements = math.lgamma(len(piece) + 1) - sum(math.lgamma(count + 1) for count in counts.tolist())
    of_each_count = np.bincount(counts[:_AMINO_ACIDS])
    assignments = math.lgamma(_AMINO_ACIDS + 1) - sum(math.lgamma(number + 1) for number in of_each_count.tolist())
    return arrangements + assignments - len(piece) * math.log(_AMINO_ACIDS)
