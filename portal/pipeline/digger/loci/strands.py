"""One strand of a contig, read in its own direction: position 0 is the first base of either strand.

On the minus strand position `p` is base `length - p` of the contig (1-based). The search for pieces of
a gene works in these coordinates and need not distinguish strands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes, encode_bases, translate
from portal.pipeline.digger.reader import FastaRecord

_STOP = AMINO_LETTERS.index("*")
_COMPLEMENT = np.array([3, 2, 1, 0, 4], dtype=np.uint8)
_BASES = np.frombuffer(b"ACGTN", dtype=np.uint8)
UNKNOWN = 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stop-free run of codons: half-open positions on the strand, and the amino acids."""

    start: int
    end: int
    amino_codes: Codes


@dataclass(frozen=True)
class Strand:
    """A contig and the direction in which it is read: +1 or -1."""

    contig: FastaRecord
    sign: int

    @property
    def length(self) -> int:
        return len(self.contig.sequence)

    @property
    def name(self) -> str:
        return self.contig.name

    def codes(self, start: int, end: int) -> Codes:
        """Return the bases at half-open positions within the contig: 0-3 for A, C, G, T, and 4 for unknown."""
        if self.sign > 0:
            return encode_bases(self.contig.sequence[start:end])
        plain = encode_bases(self.contig.sequence[self.length - end : self.length - start])
        return _COMPLEMENT[plain[::-1]]

    def bases(self, start: int, end: int) -> str:
        return _BASES[self.codes(start, end)].tobytes().decode("ascii")

    def amino(self, start: int, end: int) -> Codes:
        """Return the amino acids of the whole codons from `start` on."""
        return translate(self.codes(start, end))

    def on_plus(self, start: int, end: int) -> tuple[int, int]:
        """Return 1-based, inclusive positions on the plus strand."""
        return (start + 1, end) if self.sign > 0 else (self.length - end + 1, self.length - start)

    def own(self, first: int, last: int) -> tuple[int, int]:
        """Convert 1-based, inclusive positions on the plus strand to half-open positions on this strand."""
        return (first - 1, last) if self.sign > 0 else (self.length - last, self.length - first + 1)

    def stretches(self, start: int, end: int, least: int) -> Iterator[Stretch]:
        """Yield the stop-free stretches of at least `least` amino acids in the three frames of a window."""
        codes = self.codes(start, end)
        for frame in range(min(3, len(codes))):
            amino = translate(codes[frame:])
            edges = np.concatenate(([-1], np.flatnonzero(amino == _STOP), [len(amino)]))
            for at in np.flatnonzero(np.diff(edges) > least):
                first, last = int(edges[at]) + 1, int(edges[at + 1])
                yield Stretch(start + frame + 3 * first, start + frame + 3 * last, amino[first:last])

    def unknown(self, start: int, end: int) -> int:
        """Count the bases that are not A, C, G or T."""
        return int((self.codes(start, end) == UNKNOWN).sum()) if end > start else 0
