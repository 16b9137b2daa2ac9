"""Find proteins that share words with one family at matching positions: the gate beside the profiles.

The profile of a family with one or two entries generalises little and misses relatives that blastp finds. Half of
the residues of a protein may have changed, and some 5-mers are still left, as far from each other as in its relative.
A protein passes if it shares with one family two 5-mers that do not overlap on one diagonal, or four within a narrow
band of diagonals, as relatives with many gaps do, and if the residues around one of them match without a gap. What
passes by chance, a few in a thousand unrelated proteins, is then aligned (see `align`). Accessory factors are left to
their profiles, which have a wide gate.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import parasail

from portal.domain.toxin_names import is_accessory
from portal.pipeline.digger.native.kmers import K, KmerIndex, ProteinWords, kmer_numbers
from portal.pipeline.digger.native.pairwise import MATRIX_LETTERS
from portal.pipeline.digger.nomenclature import primary_family
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes

# Words in a band of 32 diagonals: so many, from the first to the last over at least so many residues.
_BAND_BITS, _IN_BAND, _BAND_SPAN = 5, 4, 20
_BAND = 1 << _BAND_BITS
# No protein searched is longer than this; entries are, in no known reference, and then count with their beginning.
_PLACES = 1 << 16
_DIAGONALS = 2 * _PLACES
_BUCKET_BITS = 17
_BUCKETS = 1 << _BUCKET_BITS
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: multiplied, neighbouring keys fall far apart
# Residues before and after a word that are compared, and the score (BLOSUM62) that a stretch of them must reach.
_AROUND, _LEAST_SCORE = 40, 45
_OUTSIDE = -100  # beyond the end of either protein

Numbers = npt.NDArray[np.int64]
Members: TypeAlias = "tuple[npt.NDArray[np.intp], ...]"


@dataclass(frozen=True)
class Seeds:
    """Where each 5-mer of a `KmerIndex` stands: `entries` and `positions` `[offsets[i]:offsets[i + 1]]`.

    Of the entries of a family with a 5-mer at one position, only the first is listed.
    """

    offsets: Numbers
    entries: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int32]

    @classmethod
    def none(cls, kmers: KmerIndex) -> Seeds:
        """Return no seeds, for references that are searched otherwise."""
        return cls(np.zeros(len(kmers.kmers) + 1, dtype=np.int64), np.empty(0, np.int32), np.empty(0, np.int32))

    @classmethod
    def build(cls, names: Sequence[str], proteins: Sequence[Codes], kmers: KmerIndex) -> Seeds:
        """Return the seeds of all entries of a reference but the accessory factors."""
        found: list[Numbers] = [np.empty((3, 0), dtype=np.int64)]
        for entries in members_of(names):
            numbers = [kmer_numbers(proteins[entry])[:_PLACES] for entry in entries]
            positions = np.concatenate([np.arange(len(of_one)) for of_one in numbers])
            owners = np.repeat(entries, [len(of_one) for of_one in numbers])
            everything = np.concatenate(numbers)
            _, first = np.unique(everything * np.int64(_PLACES) + positions, return_index=True)
            first = first[everything[first] >= 0]
            found.append(np.stack((everything[first], owners[first], positions[first])))
        seeds = np.concatenate(found, axis=1)
        seeds = seeds[:, np.argsort(seeds[0], kind="stable")]
        offsets = np.append(np.searchsorted(seeds[0], kmers.kmers), seeds.shape[1]).astype(np.int64)
        return cls(offsets, seeds[1].astype(np.int32), seeds[2].astype(np.int32))


class SeedIndex:
    """Finds proteins that share words with the families of a reference.

    `members` are the entries of each family, by number in the reference.
    """

    def __init__(self, seeds: Seeds, names: Sequence[str], proteins: Sequence[Codes], kmers: KmerIndex) -> None:
        self.seeds = seeds
        self.members = members_of(names)
        self._kmers = kmers
        family_of = np.zeros(len(names), dtype=np.int32)
        for family, entries in enumerate(self.members):
            family_of[entries] = family
        self._sizes = np.diff(seeds.offsets).astype(np.int32)
        self._family_of = family_of[seeds.entries]
        self._letters = np.concatenate([np.empty(0, dtype=np.uint8), *proteins])
        self._ends = np.array([len(protein) for protein in proteins], dtype=np.int64).cumsum()
        self._starts = np.append(0, self._ends)[:-1]

    def passing(self, words: ProteinWords, settled: Collection[int] = ()) -> list[tuple[int, int]]:
        """Return (protein, family) of the proteins that pass, in order, each with all its families.

        Args:
            settled: proteins, by number, that need not pass.
        """
        numbers, owners, places = words.known_words()
        if settled:
            is_open = np.ones(len(words.lengths), dtype=bool)
            is_open[list(settled)] = False
            kept = is_open[owners]
            numbers, owners, places = numbers[kept], owners[kept], places[kept]
        if not len(numbers):
            return []
        at = self._kmers.ranks[numbers]
        sizes = self._sizes[at]
        ends = sizes.cumsum()
        which = np.repeat(np.arange(len(at)), sizes)
        seeds = np.arange(len(which)) + np.repeat(self.seeds.offsets[at] - ends + sizes, sizes)
        pair = owners[which] * len(self.members) + self._family_of[seeds]
        several = _with_at_least(2, pair)
        pair, seeds, which = pair[several], seeds[several], which[several]
        near = _lined_up(pair, places[which], self.seeds.positions[seeds])
        matching = self._match_around(words, owners[which[near]], places[which[near]], seeds[near])
        return [divmod(one, len(self.members)) for one in sorted(set(pair[near[matching]].tolist()))]

    def _match_around(
        self, words: ProteinWords, owners: Numbers, places: Numbers, seeds: Numbers
    ) -> npt.NDArray[np.bool_]:
        """Return whether the residues around a word and around its seed score enough without a gap."""
        ends = words.lengths.cumsum()
        first = (ends - words.lengths)[owners]
        entries = self.seeds.entries[seeds]
        window = np.arange(-_AROUND, K + _AROUND)
        mine = (first + places)[:, None] + window
        other = (self._starts[entries] + self.seeds.positions[seeds])[:, None] + window
        inside = (mine >= first[:, None]) & (mine < ends[owners][:, None])
        inside &= (other >= self._starts[entries][:, None]) & (other < self._ends[entries][:, None])
        scores = _blosum62()[np.take(words.letters, mine, mode="clip"), np.take(self._letters, other, mode="clip")]
        sums = np.where(inside, scores, _OUTSIDE).cumsum(axis=1)
        lowest = np.minimum(np.minimum.accumulate(sums, axis=1), 0)
        matching: npt.NDArray[np.bool_] = (sums[:, 1:] - lowest[:, :-1]).max(axis=1) >= _LEAST_SCORE
        return matching


@cache
def _blosum62() -> npt.NDArray[np.int8]:
    """Return the matrix by Easel's codes; what is no amino acid scores as X."""
    at = [letter if letter in MATRIX_LETTERS else "X" for letter in AMINO_LETTERS]
    rows = np.array([MATRIX_LETTERS.index(letter) for letter in at])
    scores: npt.NDArray[np.int8] = parasail.blosum62.matrix[np.ix_(rows, rows)].astype(np.int8)
    return scores


def members_of(names: Sequence[str]) -> Members:
    """Return the numbers of the entries of each family, in the order of its first entry."""
    families: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        if not is_accessory(name):
            families.setdefault(primary_family(name), []).append(number)
    return tuple(np.array(entries, dtype=np.intp) for entries in families.values())


def _lined_up(pair: Numbers, place: Numbers, position: Numbers) -> Numbers:
    """Return one word, by its number, of each diagonal that has enough of them, or that lies in a band with enough."""
    diagonal = position - place + _PLACES
    key = pair * _DIAGONALS + diagonal
    found = [_in_groups(key, place, 2, K)]
    many = _with_at_least(_IN_BAND, pair)
    for shift in (0, _BAND // 2):
        bands = pair[many] * _DIAGONALS + ((diagonal[many] + shift) >> _BAND_BITS)
        found.append(many[_in_groups(bands, place[many], _IN_BAND, _BAND_SPAN)])
    words = np.concatenate(found)
    order = np.argsort(key[words], kind="stable")
    first = np.append(True, np.diff(key[words[order]]) != 0)[: len(order)]
    chosen: Numbers = words[order[first]]
    return chosen


def _in_groups(keys: Numbers, places: Numbers, least: int, span: int) -> Numbers:
    """Return which words have a key with at least so many words over such a span (see `_spread_out`)."""
    many = _with_at_least(least, _mixed(keys))
    kept: Numbers = many[_among(keys[many], _spread_out(keys[many], places[many], least, span))]
    return kept


def _mixed(keys: Numbers) -> Numbers:
    """Return keys in which neighbours differ in the bits that choose a bucket."""
    mixed: Numbers = ((keys.view(np.uint64) * _MIXER) >> np.uint64(64 - _BUCKET_BITS)).view(np.int64)
    return mixed


def _among(keys: Numbers, wanted: Numbers) -> npt.NDArray[np.bool_]:
    """Return which keys are among the sorted wanted ones."""
    if not len(wanted):
        return np.zeros(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
    among: npt.NDArray[np.bool_] = wanted[at] == keys
    return among


def _with_at_least(least: int, pair: Numbers) -> npt.NDArray[np.intp]:
    """Return where a pair stands that occurs so often; in bounded memory, so that a few rarer ones stay."""
    if not len(pair):
        return np.empty(0, dtype=np.intp)
    bucket = pair & (_BUCKETS - 1)
    return np.flatnonzero(np.bincount(bucket, minlength=_BUCKETS)[bucket] >= least)


def _spread_out(keys: Numbers, places: Numbers, least: int, span: int) -> Numbers:
    """Return the keys with at least so many words, the last of which starts so many residues after the first."""
    both = np.sort(keys * _PLACES + places)
    keys, places = np.divmod(both[np.append(True, both[1:] != both[:-1])[: len(both)]], _PLACES)
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    ends = np.append(starts[1:], len(keys))[: len(starts)]
    enough = (ends - starts >= least) & (places[ends - 1] - places[starts] >= span)
    found: Numbers = keys[starts[enough]]
    return found
