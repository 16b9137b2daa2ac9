"""Compare a gene that is seen in part with the reference, by the parts that were seen.

What was not seen is neither a difference nor a match. An entry that has all parts, in their order, agrees exactly with
the gene, wherever the hidden residues are; all such entries are equally close. If there is none, the gene is closest to
the entry with which its parts agree best, by the rule for whole genes (see `closeness`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import parasail

from portal.pipeline.digger.loci.fragments import plain
from portal.pipeline.digger.loci.seen import Rows, SeenParts, count_columns
from portal.pipeline.digger.native.closeness import Likeness, closest_of, is_further
from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.native.kmers import distinct_kmers
from portal.pipeline.digger.native.pairwise import GAP_FIRST, GAP_NEXT

# Entries that share less of the 5-mers than the closest one are not compared, nor more than this many.
_LEAST_SHARED, _MOST_COMPARED = 0.8, 60


@dataclass(frozen=True)
class PartsCompared:
    """The entry that the parts of a gene are closest to, those as close, and the columns of the parts seen."""

    entry: int
    ties: tuple[int, ...]
    identical: int
    different: int

    @property
    def identity(self) -> float:
        """Return identical residues in percent of the columns that were seen."""
        return 100 * self.identical / max(self.identical + self.different, 1)


class PartsComparer:
    """Compares genes that are seen in part with the entries of one reference; thread-safe.

    Sequence numbers refer to distinct sequences; `_members` maps them to entries.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        members: dict[str, list[int]] = {}
        for entry, protein in enumerate(index.proteins):
            members.setdefault(plain(protein.letters), []).append(entry)
        self._letters = list(members)
        self._members = list(members.values())
        self._first = np.array([entries[0] for entries in self._members], dtype=np.int64)
        self._number = {entry: at for at, entries in enumerate(self._members) for entry in entries}

    def compare(self, seen: SeenParts, entry: int) -> PartsCompared:
        """Return which entry a gene is closest to.

        Args:
            entry: the one that its pieces are aligned with, which is taken unless another one is closer.
        """
        whole = self._compared(seen, seen.extended, entry)
        if seen.extended == seen.parts or not whole.different:
            return whole
        parts = self._compared(seen, seen.parts, entry)
        added = sum(map(len, seen.extended)) - sum(map(len, seen.parts))
        # What is hardly like the toxin is not the toxin's, as the adapter at the end of a read.
        return whole if 2 * (whole.different - parts.different) <= added else parts

    def _compared(self, seen: SeenParts, parts: Sequence[str], entry: int) -> PartsCompared:
        codes = encode_protein("X".join(parts).encode())
        shared = self._index.kmers.shared(codes)[self._first]
        own = self._number[entry]
        exact = self._exact(seen, parts, np.flatnonzero(shared >= len(distinct_kmers(codes))).tolist())
        if exact:
            at = self._usual(exact, own)
            identical = sum(len(part) - part.count("X") for part in parts)
            return self._result(at, exact, Likeness(identical, 0, is_whole=True), entry)
        near = np.flatnonzero(shared >= _LEAST_SHARED * max(int(shared.max()), 1))
        near = near[np.argsort(-shared[near], kind="stable")][:_MOST_COMPARED]
        alike = {at: self._likeness(seen, parts, at) for at in {own, *near.tolist()}}
        at = closest_of(own, alike)
        equal = {number for number, likeness in alike.items() if likeness == alike[at] or number == at}
        assert not any(is_further(alike[at], alike[number]) for number in equal)
        return self._result(at, equal, alike[at], entry)

    def _exact(self, seen: SeenParts, parts: Sequence[str], numbers: Sequence[int]) -> set[int]:
        """Return the sequences that have all parts in their order; of these, those that end where the gene does."""
        pattern = re.compile(".*?".join(part.replace("X", ".") for part in parts))
        found = {at: pattern.search(self._letters[at]) for at in numbers}
        exact = {at for at, match in found.items() if match}
        whole = {at for at in exact if self._ends_alike(seen, pattern, self._letters[at])}
        return whole or exact

    def _usual(self, exact: set[int], own: int) -> int:
        """Return one of several sequences, of the length that most entries have: some are named by a part of them.

        Of these, `own` if it is among them, else the one that is last in the reference.
        """
        lengths = Counter(len(self._letters[at]) for at in exact for _ in self._members[at])
        usual = max(lengths, key=lambda length: (lengths[length], length))
        long = {at for at in exact if len(self._letters[at]) == usual}
        return own if own in long else max(long, key=lambda at: self._members[at][-1])

    def _ends_alike(self, seen: SeenParts, pattern: re.Pattern[str], letters: str) -> bool:
        """Return whether an entry begins and ends where the gene does, at those ends that are not cut."""
        begin = "" if seen.head_cut else r"\A"
        end = "" if seen.tail_cut else r"\Z"
        return re.search(begin + pattern.pattern + end, letters) is not None

    def _likeness(self, seen: SeenParts, parts: Sequence[str], at: int) -> Likeness:
        letters = self._letters[at]
        placed = list(_placed(parts, letters, 0))
        identical, different = count_columns((rows for rows, _, _ in placed), is_joined=True)
        first, last = placed[0][1], placed[-1][2]
        is_whole = (seen.head_cut or not first) and (seen.tail_cut or last == len(letters))
        return Likeness(identical, different, is_whole)

    def _result(self, at: int, equal: set[int], likeness: Likeness, entry: int) -> PartsCompared:
        hit = entry if entry in self._members[at] else self._members[at][-1]
        ties = sorted(each for number in equal for each in self._members[number] if each != hit)
        return PartsCompared(hit, tuple(ties), likeness.identical, likeness.different)


def _placed(parts: Sequence[str], letters: str, offset: int) -> Iterator[tuple[Rows, int, int]]:
    """Yield the alignment of each part with a protein, and its first and last residue (half open); longest part first.

    The parts before and after the longest one are placed before and after it.
    """
    if not parts:
        return
    at = max(range(len(parts)), key=lambda number: len(parts[number]))
    rows, start, end = _inside(parts[at], letters)
    yield from _placed(parts[:at], letters[:start], offset)
    yield rows, offset + start, offset + end
    yield from _placed(parts[at + 1 :], letters[end:], offset + end)


def _inside(part: str, letters: str) -> tuple[Rows, int, int]:
    """Return the alignment of a whole part with any range of a protein, and that range (half open)."""
    if not letters:
        return (part, "-" * len(part)), 0, 0
    if (start := letters.find(part)) >= 0:
        return (part, part), start, start + len(part)
    found = parasail.sg_dx_trace_striped_32(part, letters, GAP_FIRST, GAP_NEXT, parasail.blosum62)
    query, reference = found.traceback.query, found.traceback.ref
    first = len(query) - len(query.lstrip("-"))
    last = len(query.rstrip("-"))
    start = first - reference[:first].count("-")
    end = start + last - first - reference[first:last].count("-")
    return (query[first:last], reference[first:last]), start, end
