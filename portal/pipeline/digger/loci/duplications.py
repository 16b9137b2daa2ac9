"""Recognise duplications inside a gene: bases between two of its pieces that repeat the bases beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from portal.pipeline.digger.loci.fragments import Fragment
from portal.pipeline.digger.loci.strands import UNKNOWN

# Fewer repeated bases may be chance, or a duplicated target site.
_LEAST_BASES = 20
# Share of the extra bases that have to be the copy; the others separate the two copies.
_LEAST_SHARE = 0.5
# A base that differs between the copies costs as much as three that agree: copies at least 80 % identical are found.
_MISMATCH = 3
# Two copies that are further apart than this may be remnants of two genes; alignments run a little beyond a break.
_APART, _BEYOND = 30, 75
# Alleles of one toxin may differ by so many residues at their ends.
_SAME_END_AA, _LACKING_AA = 25, 8
# From this length on, residues within an alignment that the reference lacks may be a copy of their neighbours.
_COPIED_AA, _COPIED_IDENTITY = 7, 0.8
_INSERTED = re.compile(f"-{{{_COPIED_AA},}}")


def extra_bases(before: Fragment, piece: Fragment) -> int:
    """Return how many bases are between two pieces on one strand, beyond what the reference has there."""
    return piece.start - before.end - 3 * (piece.reference_start - before.reference_end)


def repeated_bases(before: Fragment, piece: Fragment) -> int:
    """Return how many of the extra bases between two pieces on one strand are a copy of what is beside them."""
    shift, strand = extra_bases(before, piece), before.strand
    if shift < _LEAST_BASES:
        return 0
    low, high = max(0, before.end - shift), min(strand.length, piece.start + shift)
    codes = strand.codes(low, high)
    same = (codes[:-shift] == codes[shift:]) & (codes[shift:] != UNKNOWN)
    running = np.concatenate(([0], np.where(same, 1, -_MISMATCH).cumsum()))
    gains = running - np.minimum.accumulate(running)
    last = int(gains.argmax())
    first = int(running[: last + 1].argmin())
    repeated = min(last - first, shift)
    return repeated if repeated >= max(_LEAST_BASES, _LEAST_SHARE * shift) else 0


def with_copies(pieces: Sequence[Fragment]) -> Iterator[Fragment]:
    """Yield the pieces of a gene on one strand, each with the bases before the next piece that are its copy."""
    for piece, behind in zip(pieces, (*pieces[1:], None), strict=True):
        if behind is not None and piece.strand == behind.strand and repeated_bases(piece, behind):
            yield replace(piece, end=max(piece.end, behind.start))
        else:
            yield piece


def is_other_copy(whole: Fragment, left: Fragment | None, right: Fragment | None) -> bool:
    """Return whether a stretch that repeats a part of its neighbour continues the gene there, after a duplication.

    Args:
        whole: the alignment of the whole stretch.
        left: the piece of the gene that precedes it, on the same strand, if the end of the gene is searched for.
        right: the piece that follows it, if the start of the gene is searched for.
    """
    if right is not None and left is None:
        return _meet(whole, right) and _in_order(whole, right)
    if left is not None and right is None:
        return _meet(left, whole) and _in_order(left, whole)
    return False


def _meet(first: Fragment, second: Fragment) -> bool:
    return -_BEYOND <= second.start - first.end <= _APART


def _in_order(first: Fragment, second: Fragment) -> bool:
    return first.reference_start < second.reference_start and first.reference_end < second.reference_end


def reach_of(piece: Fragment) -> Fragment:
    """Return a piece with the bases around it in which a copy of it may begin or end."""
    return replace(piece, start=max(0, piece.start - _APART), end=min(piece.strand.length, piece.end + _APART))


def is_copied_end(piece: Fragment, first: Fragment, last: Fragment) -> bool:
    """Return whether a piece is a second copy of an end of a gene, directly before its start or behind its end.

    Args:
        first: the first piece of the gene, aligned with the same entry.
        last: its last piece.
    """
    if _meet(piece, first):
        starts = piece.reference_start <= first.reference_start + _SAME_END_AA
        return starts and piece.reference_end < last.reference_end - _LACKING_AA
    ends = piece.reference_end >= last.reference_end - _SAME_END_AA
    return _meet(last, piece) and ends and piece.reference_start > first.reference_start + _LACKING_AA


def copied_columns(query_row: str, reference_row: str) -> list[tuple[int, int]]:
    """Return the columns (half open) of an alignment with residues that are only a copy of those beside them."""
    found = []
    for gap in _INSERTED.finditer(reference_row):
        first, last = gap.span()
        copy, length = query_row[first:last], last - first
        before = query_row[:first].replace("-", "")[-length:]
        behind = query_row[last:].replace("-", "")[:length]
        if any(sum(map(str.__eq__, copy, other)) >= _COPIED_IDENTITY * length for other in (before, behind)):
            found.append((first, last))
    return found
