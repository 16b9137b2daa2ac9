"""Attach the inverted part of a gene to the gene: it lies between two of its pieces, on the other strand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from portal.pipeline.digger.loci.chain import fragment_length
from portal.pipeline.digger.loci.drafts import Draft, realigned
from portal.pipeline.digger.loci.fragments import Fragment
from portal.pipeline.digger.loci.joins import explained
from portal.pipeline.digger.native.index import Index


def with_inverted_parts(drafts: Sequence[Draft], index: Index) -> list[Draft]:
    """Return the drafts, without those that are an inverted part of another, whose rows that one takes."""
    kept = list(drafts)
    around: dict[str, list[int]] = defaultdict(list)
    for number, draft in enumerate(drafts):
        if len(draft.pieces) > 1:
            around[draft.first.strand.name].append(number)
    inverted: set[int] = set()
    for number, draft in enumerate(drafts):
        if len(draft.pieces) > 1:
            continue
        for other in around.get(draft.first.strand.name, ()):
            if _lies_in(draft, drafts[other], index):
                inverted.add(number)
                for row in (*draft.protein_ids, *draft.other_rows):
                    kept[other] = kept[other].with_row(row)
                break
    return [draft for number, draft in enumerate(kept) if number not in inverted]


def _lies_in(draft: Draft, gene: Draft, index: Index) -> bool:
    """Return whether a piece takes the place, turned round, of what a gene lacks between two of its pieces."""
    piece = draft.first.tightened()  # alignments run beyond a break
    for before, behind, joint in gene.steps():
        if joint is None and _is_between(piece, before, behind):
            turned = realigned(draft, gene.entry, index.proteins[gene.entry].letters)
            if turned is None or not explained(turned.score, draft.score):
                return False
            low, high = turned.first.reference_start, turned.first.reference_end
            shared = min(high, behind.reference_start) - max(low, before.reference_end)
            return 2 * shared > fragment_length(turned.first)
    return False


def _is_between(piece: Fragment, before: Fragment, behind: Fragment) -> bool:
    if piece.strand.sign == before.strand.sign:
        return False
    length = piece.strand.length  # positions count from the other end on the other strand
    return before.end <= length - piece.end + 3 * _OVERLAP_AA and length - piece.start <= behind.start + 3 * _OVERLAP_AA


# Alignments run a little beyond a break.
_OVERLAP_AA = 25
