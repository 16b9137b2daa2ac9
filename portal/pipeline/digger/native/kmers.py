"""Count the 5-mers that a protein shares with each entry of a reference.

The count is a cheap proxy for similarity: close relatives share hundreds of 5-mers, unrelated proteins a handful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

K = 5
_LETTERS = 20  # codes 0-19 of Easel's alphabet are the amino acids; gaps, X and the like are above
_SPACE = _LETTERS**K


def distinct_kmers(amino_codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return the sorted numbers of a protein's distinct 5-mers, without those with an ambiguous residue."""
    numbers = _kmer_numbers(amino_codes)
    ordered = np.sort(numbers[numbers >= 0])
    is_new = np.ones(len(ordered), dtype=bool)  # np.unique does the same, and loads numpy's masked arrays for it
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def _kmer_numbers(amino_codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return the number of the 5-mer at each position, -1 if it has an ambiguous residue."""
    windows = max(len(amino_codes) - K + 1, 0)
    number = np.zeros(windows, dtype=np.int32)
    known = np.ones(windows, dtype=bool)
    for offset in range(K):
        letters = amino_codes[offset : offset + windows]
        number = number * _LETTERS + letters
        known &= letters < _LETTERS
    number[~known] = -1
    return number


@dataclass(frozen=True)
class KmerIndex:
    """Maps each 5-mer `k` to its entries: `entries[offsets[i]:offsets[i + 1]]` with `kmers[i] == k`."""

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
        """Return for each entry the number of distinct 5-mers that it shares with the protein."""
        wanted = distinct_kmers(amino_codes)
        at = np.searchsorted(self.kmers, wanted)
        at = at[at < len(self.kmers)] if len(self.kmers) else at[:0]
        found = at[self.kmers[at] == wanted[: len(at)]]
        if not len(found):
            return np.zeros(self.count, dtype=np.int64)
        starts, sizes = self.offsets[found], self.offsets[found + 1] - self.offsets[found]
        ends = sizes.cumsum()
        at = np.arange(ends[-1]) + np.repeat(starts - ends + sizes, sizes)
        return np.bincount(self.entries[at], minlength=self.count)

    def shared_by_each(self, proteins: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.int64]:
        """Return for each protein (rows) and entry (columns) how many places of the protein hold a 5-mer of both.

        For small references: a cell for each pair.
        """
        numbers = _kmer_numbers(np.concatenate(proteins)) if proteins else np.empty(0, dtype=np.int32)
        shape = (len(proteins), self.count)
        if not len(numbers):
            return np.zeros(shape, dtype=np.int64)
        places = np.flatnonzero(self._occurs[numbers] & (numbers >= 0))
        lengths = np.array([len(protein) for protein in proteins])
        ends = lengths.cumsum()
        protein = np.searchsorted(ends, places, side="right")
        whole = places + K <= ends[protein]  # the others begin in one protein and end in the next
        places, protein = places[whole], protein[whole]
        found = np.searchsorted(self.kmers, numbers[places])
        starts, sizes = self.offsets[found], self.offsets[found + 1] - self.offsets[found]
        last = sizes.cumsum()
        at = np.arange(last[-1] if len(last) else 0) + np.repeat(starts - last + sizes, sizes)
        cells = np.repeat(protein, sizes) * self.count + self.entries[at]
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)

    def known_shares(self, proteins: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float64]:
        """Return for each protein the fraction of its 5-mers that occur in any entry."""
        numbers = _kmer_numbers(np.concatenate(proteins))
        known = np.concatenate(([0], (self._occurs[numbers] & (numbers >= 0)).cumsum()))
        lengths = np.array([len(protein) for protein in proteins])
        windows = np.maximum(lengths - K + 1, 0)
        first = np.minimum(lengths.cumsum() - lengths, len(numbers))
        shares: npt.NDArray[np.float64] = (known[first + windows] - known[first]) / np.maximum(windows, 1)
        return shares

    @cached_property
    def _occurs(self) -> npt.NDArray[np.bool_]:
        occurs = np.zeros(_SPACE, dtype=bool)
        occurs[self.kmers] = True
        return occurs
