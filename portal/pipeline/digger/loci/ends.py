"""Find where a gene runs over the end of its contig or into a gap, and which other ends may hold the rest."""

from __future__ import annotations

from portal.pipeline.digger.loci.drafts import Draft
from portal.pipeline.digger.loci.fragments import Fragment
from portal.pipeline.digger.loci.strands import Strand

# Missing residues of the reference are reported from this number on.
MISSING_AA = 8
# A gene that stops within this many bases of an end runs over it: alignments of remote relatives end early.
CLOSE = 60
# This many consecutive unknown bases are a gap.
GAP = 10
# Two ends that share at least the first number of bases were one sequence; overlaps above the second are not searched.
_LEAST_SHARED, _MOST_SHARED = 15, 1000


def cut_head(draft: Draft) -> str | None:
    """Return what cut off the start of a gene: `contig`, `gap`, or None if it is not cut."""
    if draft.first.reference_start < MISSING_AA:
        return None
    return _cut(draft.first.strand, draft.first.start, backward=True)


def cut_tail(draft: Draft, reference_length: int) -> str | None:
    """Return what cut off the end of a gene: `contig`, `gap`, or None if it is not cut."""
    if reference_length - draft.last.reference_end < MISSING_AA:
        return None
    return _cut(draft.last.strand, draft.last.end, backward=False)


def _cut(strand: Strand, position: int, *, backward: bool) -> str | None:
    distance = position if backward else strand.length - position
    if distance <= CLOSE:
        return "contig"
    low, high = (position - CLOSE - GAP, position) if backward else (position, position + CLOSE + GAP)
    return "gap" if strand.unknown(max(0, low), min(high, strand.length)) >= GAP else None


def shared_bases(before: Fragment, piece: Fragment) -> int:
    """Return how many bases the end of one strand shares with the start of another; 0 for none."""
    left, right = before.strand, piece.strand
    most = min(_MOST_SHARED, left.length, right.length)
    tail, head = left.bases(left.length - most, left.length), right.bases(0, most)
    seed = head[:_LEAST_SHARED]
    if len(seed) < _LEAST_SHARED or "N" in seed:
        return 0
    at = tail.find(seed)
    while at >= 0:
        if head.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(seed, at + 1)
    return 0
