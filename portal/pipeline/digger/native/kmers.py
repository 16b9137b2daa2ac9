"""Count the 5-mers that a protein shares with each entry of a reference.

The count is a cheap proxy for similarity: close relatives share hundreds of 5-mers, unrelated proteins a handful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

K = 5
_LETTERS = 20  # codes 0-19 of Easel's alphabet are the amino acids; gaps, X and the like are above
_SPACE = _LETTERS**K


def distinct_kmers(amino_codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return the sorted numbers of a protein's distinct 5-mers, without those with an ambiguous residue."""
    numbers = kmer_numbers(amino_codes)
    ordered = np.sort(numbers[numbers >= 0])
    is_new = np.ones(len(ordered), dtype=bool)  # np.unique does the same, and loads numpy's masked arrays for it
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def kmer_numbers(amino_codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
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
class ProteinWords:
    """The 5-mers of proteins, one after the other: number (-1: ambiguous) and `known` at each residue.

    `letters` are the joined proteins. The last windows of a protein reach into the next one; they belong to neither.
    """

    letters: npt.NDArray[np.uint8]
    numbers: npt.NDArray[np.int32]
    known: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int64]

    def known_shares(self) -> npt.NDArray[np.float64]:
        """Return for each protein the fraction of its 5-mers that are known."""
        known = np.concatenate(([0], self.known.cumsum()))
        windows = np.maximum(self.lengths - K + 1, 0)
        first = np.minimum(self.lengths.cumsum() - self.lengths, len(self.numbers))
        shares: npt.NDArray[np.float64] = (known[first + windows] - known[first]) / np.maximum(windows, 1)
        return shares

    def known_words(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return number, protein and position (from 0) of each known 5-mer."""
        at = np.flatnonzero(self.known)
        ends = self.lengths.cumsum()
        owners = np.repeat(np.arange(len(ends)), self.lengths)[at]
        inside = at + K <= ends[owners]
        at, owners = at[inside], owners[inside]
        return self.numbers[at], owners, at - (ends - self.lengths)[owners]


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

    def shared_by_each(self, words: ProteinWords) -> npt.NDArray[np.int64]:
        """Return for each protein (rows) and entry (columns) how many places of the protein hold a 5-mer of both.

        For small references: a cell for each pair.

        Args:
            words: the 5-mers of the proteins, known in whichever reference.
        """
        numbers, protein, _ = self.known_among(words).known_words()
        shape = (len(words.lengths), self.count)
        found = np.searchsorted(self.kmers, numbers)
        starts, sizes = self.offsets[found], self.offsets[found + 1] - self.offsets[found]
        last = sizes.cumsum()
        at = np.arange(last[-1] if len(last) else 0) + np.repeat(starts - last + sizes, sizes)
        cells = np.repeat(protein, sizes) * self.count + self.entries[at]
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)

    def words(self, proteins: Sequence[npt.NDArray[np.uint8]]) -> ProteinWords:
        """Return the 5-mers of many proteins, and which of them occur in any entry."""
        letters = np.concatenate([np.empty(0, dtype=np.uint8), *proteins])
        numbers = kmer_numbers(letters)
        lengths = np.array([len(protein) for protein in proteins], dtype=np.int64)
        return self.known_among(ProteinWords(letters, numbers, np.empty(0, dtype=bool), lengths))

    def known_among(self, words: ProteinWords) -> ProteinWords:
        """Return 5-mers that were numbered before, with those as known that occur in any entry."""
        return replace(words, known=self._occurs[words.numbers] & (words.numbers >= 0))

    @cached_property
    def ranks(self) -> npt.NDArray[np.int32]:
        """Return for each possible 5-mer its place in `kmers`; 0 for those that do not occur."""
        ranks = np.zeros(_SPACE, dtype=np.int32)
        ranks[self.kmers] = np.arange(len(self.kmers), dtype=np.int32)
        return ranks

    @cached_property
    def _occurs(self) -> npt.NDArray[np.bool_]:
        occurs = np.zeros(_SPACE, dtype=bool)
        occurs[self.kmers] = True
        return occurs
