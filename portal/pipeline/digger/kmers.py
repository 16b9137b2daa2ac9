"""Count the 5-mers that a protein shares with each entry of a reference.

The count is a cheap stand-in for similarity: near relatives share hundreds of 5-mers, strangers a handful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

K = 5
_LETTERS = 20  # codes 0-19 of Easel's alphabet are the amino acids; gaps, X and the like are above
_SPACE = _LETTERS**K


def distinct_kmers(amino_codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return the sorted numbers of the distinct 5-mers of a protein; those with an ambiguous letter are left out."""
    windows = len(amino_codes) - K + 1
    if windows <= 0:
        return np.empty(0, dtype=np.int32)
    number = np.zeros(windows, dtype=np.int32)
    known = np.ones(windows, dtype=bool)
    for offset in range(K):
        letters = amino_codes[offset : offset + windows]
        number = number * _LETTERS + letters
        known &= letters < _LETTERS
    return np.unique(number[known])


@dataclass(frozen=True)
class KmerIndex:
    """For each 5-mer `k` the entries that hold it: `entries[offsets[i]:offsets[i + 1]]` with `kmers[i] == k`."""

    kmers: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    entries: npt.NDArray[np.int32]
    count: int

    @classmethod
    def build(cls, proteins: Sequence[npt.NDArray[np.uint8]]) -> KmerIndex:
        per_entry = [distinct_kmers(codes) for codes in proteins]
        owners = np.repeat(np.arange(len(proteins), dtype=np.int32), [len(kmers) for kmers in per_entry])
        everything = np.concatenate(per_entry) if per_entry else np.empty(0, dtype=np.int32)
        order = np.argsort(everything, kind="stable")
        kmers, starts = np.unique(everything[order], return_index=True)
        offsets = np.append(starts, len(everything)).astype(np.int64)
        return cls(kmers=kmers, offsets=offsets, entries=owners[order], count=len(proteins))

    def shared(self, amino_codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """Return for each entry the number of distinct 5-mers that it has in common with the protein."""
        wanted = distinct_kmers(amino_codes)
        at = np.searchsorted(self.kmers, wanted)
        at = at[at < len(self.kmers)] if len(self.kmers) else at[:0]
        found = at[self.kmers[at] == wanted[: len(at)]]
        if not len(found):
            return np.zeros(self.count, dtype=np.int64)
        pieces = [self.entries[self.offsets[i] : self.offsets[i + 1]] for i in found]
        return np.bincount(np.concatenate(pieces), minlength=self.count)
