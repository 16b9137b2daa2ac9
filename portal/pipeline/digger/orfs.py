"""Find open reading frames from stop to stop in all six frames, in the order and with the names of BtToxin_Digger.

The real tool cuts each frame at its stop codons and keeps pieces of at least 75 amino acids. Its frames are in the
order -1 -2 -3 +1 +2 +3, each read in its own direction, and one counter per contig names the pieces
`<contig>_00001`, `<contig>_00002`, ... Frame -1 starts at the last base of the contig.

Letters other than A, C, G and T stay in place here and make their codon an X, so that coordinates are correct; the
real tool deletes them first, which shifts everything after them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint8]

MIN_LENGTH_AA = 75
# A scaffold gap of more than 120 bases ends a reading frame: its true length is unknown.
MAX_UNKNOWN_RUN_AA = 40
FRAMES = (-1, -2, -3, 1, 2, 3)

# The amino acid codes are those of Easel's digital alphabet, so that pyhmmer accepts the arrays directly.
AMINO_LETTERS = "ACDEFGHIKLMNPQRSTVWY-BJZOUX*~"
_X = AMINO_LETTERS.index("X")
_STOP = AMINO_LETTERS.index("*")
_GENETIC_CODE_1 = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"  # codons AAA, AAC, AAG, ... TTT


def _base_table() -> Codes:
    table = np.full(256, 4, dtype=np.uint8)
    for code, letters in enumerate(("Aa", "Cc", "Gg", "TtUu")):
        for letter in letters:
            table[ord(letter)] = code
    return table


def _codon_table() -> Codes:
    table = np.full(125, _X, dtype=np.uint8)
    for index, letter in enumerate(_GENETIC_CODE_1):
        first, second, third = index // 16, index // 4 % 4, index % 4
        table[first * 25 + second * 5 + third] = AMINO_LETTERS.index(letter)
    return table


_BASE_CODE = _base_table()
_CODON_AMINO = _codon_table()
_COMPLEMENT_CODE = np.array([3, 2, 1, 0, 4], dtype=np.uint8)
_LETTER_BYTES = np.frombuffer(AMINO_LETTERS.encode(), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Orf:
    """A stretch without a stop codon.

    `start` and `end` are 1-based, inclusive and on the plus strand, without the stop codon. `open_start` and
    `open_end` mean that the stretch ends at the contig's end or a gap, not at a stop, on its N- or C-terminal side.
    """

    number: int
    frame: int
    start: int
    end: int
    amino_codes: Codes
    open_start: bool
    open_end: bool

    @property
    def length_aa(self) -> int:
        return len(self.amino_codes)

    @property
    def protein(self) -> str:
        return decode_protein(self.amino_codes)


def decode_protein(amino_codes: Codes) -> str:
    """Convert Easel's amino acid codes to one-letter text."""
    return _LETTER_BYTES[amino_codes].tobytes().decode("ascii")


def encode_bases(sequence: bytes) -> Codes:
    """Return 0-3 for A, C, G, T (U) in either case, 4 for every other letter."""
    return _BASE_CODE[np.frombuffer(sequence, dtype=np.uint8)]


def translate(codes: Codes) -> Codes:
    """Return the amino acid codes of the whole codons in `codes` (genetic code 1, inside genes the same as 11)."""
    whole = len(codes) // 3 * 3
    index = codes[0:whole:3] * np.uint8(25)
    index += codes[1:whole:3] * np.uint8(5)
    index += codes[2:whole:3]
    amino: Codes = _CODON_AMINO[index]
    return amino


def find_orfs(sequence: bytes) -> Iterator[Orf]:
    """Yield the reading frames of at least 75 amino acids of one contig, in the real tool's order."""
    forward = encode_bases(sequence)
    if not bool((forward < 4).any()):
        return
    reverse = _COMPLEMENT_CODE[forward[::-1]]
    length = len(forward)
    number = 0
    for frame in FRAMES:
        offset = abs(frame) - 1
        amino = translate((reverse if frame < 0 else forward)[offset:])
        for first, last in _stretches(amino):
            number += 1
            start, end = offset + 3 * first + 1, offset + 3 * last
            if frame < 0:
                start, end = length - end + 1, length - start + 1
            yield Orf(
                number=number,
                frame=frame,
                start=start,
                end=end,
                amino_codes=amino[first:last].copy(),
                open_start=first == 0 or amino[first - 1] != _STOP,
                open_end=last == len(amino) or amino[last] != _STOP,
            )


def _stretches(amino: Codes) -> list[tuple[int, int]]:
    """Return half-open ranges between stops and long gaps that are at least MIN_LENGTH_AA long."""
    stops = np.flatnonzero(amino == _STOP)
    edges = np.concatenate(([-1], stops, [len(amino)]))
    wide = np.flatnonzero(np.diff(edges) > MIN_LENGTH_AA)
    ranges = [(int(edges[i]) + 1, int(edges[i + 1])) for i in wide]
    if not bool((amino == _X).any()):
        return ranges
    return [piece for first, last in ranges for piece in _split_at_gaps(amino, first, last)]


def _split_at_gaps(amino: Codes, first: int, last: int) -> list[tuple[int, int]]:
    unknown = np.concatenate(([0], (amino[first:last] == _X).view(np.int8), [0]))
    change = np.diff(unknown)
    begins, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    gaps = ends - begins > MAX_UNKNOWN_RUN_AA
    if not gaps.any():
        return [(first, last)]
    starts = [first, *(first + ends[gaps]).tolist()]
    stops = [*(first + begins[gaps]).tolist(), last]
    return [(a, b) for a, b in zip(starts, stops, strict=True) if b - a >= MIN_LENGTH_AA]
