"""What was seen of a gene that is cut, split or has unknown letters inside, as parts of its protein.

Between two parts lies what was not seen: letters that are unknown (N, X of a protein), or what the ends of two contigs
lack. The number of N is often a convention of the assembler, so the distance of two parts is unknown as well. A single
broken or unknown codon stays in its part, as an X.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from portal.pipeline.digger.loci.drafts import Draft, between, hides
from portal.pipeline.digger.loci.duplications import copied_columns
from portal.pipeline.digger.loci.ends import CLOSE, cut_head, cut_tail
from portal.pipeline.digger.loci.fragments import LONG_GAP_AA, Fragment, plain
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes, decode_protein
from portal.results.loci import UNKNOWN_PART

_STOP, _X = AMINO_LETTERS.index("*"), AMINO_LETTERS.index("X")
# Codons of which this many in a row are unknown hide a stretch of a length that is not known either.
_RUN_AA = -(-UNKNOWN_PART // 3)
_RUN = re.compile(f"X{{{_RUN_AA},}}")
# Fewer residues between two such stretches are not compared by themselves: they may match anywhere.
_LEAST_AA = 8
_UNKNOWN_COLUMNS = re.compile(f"-*X(?:-*X){{{_RUN_AA - 1},}}-*")
_LONG_GAP = re.compile(f"-{{{LONG_GAP_AA},}}")

Rows = tuple[str, str]  # an alignment: the gene, the reference


@dataclass(frozen=True)
class SeenParts:
    """The parts of a gene's protein that were seen, in their order.

    `parts` end where the alignment with an entry does, `extended` reach on to where the sequence is cut or unknown.
    """

    parts: tuple[str, ...]
    extended: tuple[str, ...]
    head_cut: bool
    tail_cut: bool


def seen_parts(draft: Draft, reference_length: int) -> SeenParts | None:
    """Return the parts of a gene that is seen in part; None if all of it was seen."""
    head, tail = cut_head(draft) is not None, cut_tail(draft, reference_length) is not None
    steps = list(draft.steps())
    hidden = [hides(*step) for step in steps]
    if not (head or tail or any(hidden) or any("X" in piece.query_row for piece in draft.pieces)):
        return None
    opens = [head, *hidden]
    closes = [*hidden, tail]
    parts, extended = [""], [""]
    for at, piece in enumerate(draft.pieces):
        if at and (hidden[at - 1] or steps[at - 1][1].reference_start - steps[at - 1][0].reference_end >= LONG_GAP_AA):
            parts.append("")
            extended.append("")
        elif at:
            parts[-1] += between(*steps[at - 1])
            extended[-1] += between(*steps[at - 1])
        parts[-1] += piece.protein
        extended[-1] += (_before(piece) if opens[at] else "") + piece.protein + (_behind(piece) if closes[at] else "")
    return parted(parts, extended, head_cut=head, tail_cut=tail)


def parted(parts: Iterable[str], extended: Iterable[str], *, head_cut: bool, tail_cut: bool) -> SeenParts:
    """Return the parts of a protein without the stretches of unknown residues inside."""
    return SeenParts(tuple(_known(parts)), tuple(_known(extended)), head_cut, tail_cut)


def _known(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        first = 0
        for run in _RUN.finditer(part):
            if run.start() - first >= _LEAST_AA and len(part) - run.end() >= _LEAST_AA:
                yield plain(part[first : run.start()])
                first = run.end()
        yield plain(part[first:])


def _before(piece: Fragment) -> str:
    """Return the residues between the cut before a piece and the piece; none if it ends further away."""
    room = piece.start // 3
    amino = piece.strand.amino(piece.start - 3 * min(room, CLOSE // 3 + 1), piece.start)
    return decode_protein(_up_to_cut(amino[::-1], is_whole=room <= CLOSE // 3)[::-1])


def _behind(piece: Fragment) -> str:
    """Return the residues between a piece and the cut behind it; none if it ends further away."""
    room = (piece.strand.length - piece.end) // 3
    amino = piece.strand.amino(piece.end, piece.end + 3 * min(room, CLOSE // 3 + 1))
    return decode_protein(_up_to_cut(amino, is_whole=room <= CLOSE // 3))


def _up_to_cut(amino: Codes, *, is_whole: bool) -> Codes:
    """Return the residues before the first unknown one, or all if they reach the end; none before a stop."""
    ends = np.flatnonzero((amino == _STOP) | (amino == _X))
    if not len(ends):
        return amino if is_whole else amino[:0]
    return amino[: ends[0]] if amino[ends[0]] == _X else amino[:0]


def count_columns(rows: Iterable[Rows], *, is_joined: bool) -> tuple[int, int]:
    """Return how many columns of alignments are identical, and how many differ.

    Unknown residues do not count, nor do gaps beside a stretch of them and second copies of a gene's own residues: a
    gene is no more distant for what was not seen of it, or for its damage.

    Args:
        is_joined: whether the gene has several pieces: what it lost between them does not count.
    """
    identical = different = 0
    for query, reference in rows:
        same = sum(a == b != "X" for a, b in zip(query, reference, strict=True))
        skipped = [run.span() for run in _UNKNOWN_COLUMNS.finditer(query)]
        rest = list(query)
        for first, last in skipped:
            rest[first:last] = "X" * (last - first)
        known = "".join(rest)
        lost = sum(len(gap) for gap in _LONG_GAP.findall(known)) if is_joined else 0
        copied = sum(last - first for first, last in copied_columns(query, reference))
        identical += same
        different += len(query) - known.count("X") - lost - copied - same
    return identical, max(different, 0)


def seen_residues(query_row: str, reference_row: str) -> int:
    """Return how many residues of the reference an alignment covers, without those opposite to unknown ones."""
    return sum(a != "X" and b != "-" for a, b in zip(query_row, reference_row, strict=True))
