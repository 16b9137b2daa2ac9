"""Chains: pieces of one gene in the order of their reference entry.

A chain starts with one alignment. The search for the missing parts of its reference goes outwards: first close by,
where the rest lies after a frameshift, a stop or a gap, then as far away as an insertion element can move it. A
stretch that also aligns with a part that the chain already has belongs to another gene and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log2

from portal.pipeline.digger.loci.duplications import is_other_copy
from portal.pipeline.digger.loci.fragments import Fragment, aligned, find_fragments
from portal.pipeline.digger.loci.strands import Stretch

# Missing parts at an end, or between two pieces, are searched for from this length on, in amino acids.
WORTH_LOOKING_AA = 8
# Room for residues that the reference lacks, in bases.
_SLACK = 180
# The longest insertion elements of the group (class II transposons) have about 5 kb; composite ones twice that.
FAR = 12_000
_FAR_LEAST_AA = 20
_NEAR_EXPECTED, _FAR_EXPECTED = 1e-3, 1e-8
# A short end of a gene is no better than chance far away, unless it is nearly all of the missing end, almost unchanged:
# eight exact residues occur by chance once in two million such windows.
_CLEAR_EXPECTED, _CLEAR_IDENTITY, _CLEAR_SHARE = 10.0, 0.95, 0.75
# Two pieces may share this many residues: target sites are duplicated, and alignments extend by chance.
_SHARED_AA = 25
_ANOTHER_GENE_AA = 20
_JOIN_COST, _SHARED_COST, _SHIFT_COST = 10.0, 5.0, 3.0
_MOST_FRAGMENTS = 200

Chain = tuple[Fragment, ...]
Judge = Callable[[Fragment], bool]


def extend(chain: Chain, reference: str, fits: Judge) -> Chain:
    """Return the chain with all pieces of its gene that are within reach.

    Args:
        reference: the letters of the entry that the chain's pieces are aligned with.
        fits: returns whether a piece can belong to this reference at all.
    """
    length = len(reference)
    while True:
        first, last = chain[0], chain[-1]
        before = _missing(chain, reference, fits, (0, first.reference_start), None, first)
        behind = _missing(chain, reference, fits, (last.reference_end, length), last, None)
        grown = _fill((*before, *chain, *behind), reference, fits)
        if len(grown) == len(chain):
            return grown
        chain = grown


def _fill(chain: Chain, reference: str, fits: Judge) -> Chain:
    """Search for small pieces between consecutive ones."""
    filled = [chain[0]]
    for piece in chain[1:]:
        part = (filled[-1].reference_end, piece.reference_start)
        filled += _missing(chain, reference, fits, part, filled[-1], piece)
        filled.append(piece)
    return tuple(filled)


def _missing(
    chain: Chain,
    reference: str,
    fits: Judge,
    part: tuple[int, int],
    left: Fragment | None,
    right: Fragment | None,
) -> list[Fragment]:
    """Return pieces for a part of the reference, between `left` and `right` if given."""
    wanted = part[1] - part[0]
    if wanted < WORTH_LOOKING_AA:
        return []
    strand = chain[0].strand
    reach = 3 * wanted + _SLACK
    low = left.end - 3 * WORTH_LOOKING_AA if left else (right.start if right else 0) - reach
    high = right.start + 3 * WORTH_LOOKING_AA if right else (left.end if left else 0) + reach
    wider = (max(0, part[0] - WORTH_LOOKING_AA), min(len(reference), part[1] + WORTH_LOOKING_AA))
    both = left is not None and right is not None
    steps = [((low, high), _NEAR_EXPECTED)]
    if not both:
        unknown = strand.unknown(max(0, low), min(strand.length, high))
        if unknown:
            steps[0] = ((low - unknown * (left is None), high + unknown * (right is None)), _NEAR_EXPECTED)
        far = (low - FAR * (left is None), high + FAR * (right is None))
        if wanted >= _FAR_LEAST_AA:
            steps.append((far, _FAR_EXPECTED))
        steps.append((far, _CLEAR_EXPECTED))
    for window, most_expected in steps:
        found = [
            fragment
            for fragment in map(Fragment.tightened, find_fragments(strand, window, reference, wider, most_expected))
            if (most_expected < 1 or _is_clear(fragment, part))
            and _is_new(fragment, chain, reference, left, right)
            and fits(fragment)
        ]
        if best := collinear(found, left, right):
            return best
    return []


def _is_clear(fragment: Fragment, part: tuple[int, int]) -> bool:
    """Return whether a stretch holds nearly all residues of a part of the reference, almost unchanged."""
    before, behind = max(0, part[0] - fragment.reference_start), max(0, fragment.reference_end - part[1])
    if before + behind >= fragment_length(fragment):
        return False
    inside = fragment.trimmed(head=before, tail=behind)
    enough = inside.identical >= max(WORTH_LOOKING_AA, _CLEAR_SHARE * (part[1] - part[0]))
    return enough and inside.identical >= _CLEAR_IDENTITY * len(inside.query_row)


def _is_new(fragment: Fragment, chain: Chain, reference: str, left: Fragment | None, right: Fragment | None) -> bool:
    """Return whether a stretch lies outside the chain's pieces and repeats nothing that the chain already has.

    A stretch beside the chain's first or last piece may repeat a part of it: a duplication inside the gene.
    """
    if any(min(fragment.end, piece.end) - max(fragment.start, piece.start) > 3 * _SHARED_AA for piece in chain):
        return False
    start, end = fragment.stretch
    if any(_contains(piece.stretch, fragment.stretch) for piece in chain):
        return True  # a second piece in the same stretch: the part of the gene between them is lost
    whole = aligned(fragment.strand, Stretch(start, end, fragment.strand.amino(start, end)), reference)
    if whole is None:
        return True
    whole = whole.tightened()
    if all(_shared(whole, piece) <= max(_ANOTHER_GENE_AA, fragment_length(whole) // 5) for piece in chain):
        return True
    return is_other_copy(whole, left, right)


def _contains(whole: tuple[int, int], stretch: tuple[int, int]) -> bool:
    """Return whether a stretch, perhaps cut by the window of a search, is part of another one."""
    return whole[0] <= stretch[0] and stretch[1] <= whole[1] and (stretch[0] - whole[0]) % 3 == 0


def fragment_length(fragment: Fragment) -> int:
    """Return the number of residues of the reference that a piece covers."""
    return fragment.reference_end - fragment.reference_start


def _shared(one: Fragment, other: Fragment) -> int:
    return max(0, min(one.reference_end, other.reference_end) - max(one.reference_start, other.reference_start))


def follows(first: Fragment, second: Fragment) -> bool:
    """Return whether one piece can follow another in a gene, on one strand."""
    shared = first.reference_end - second.reference_start
    most = min(_SHARED_AA, fragment_length(first) // 2, fragment_length(second) // 2)
    return (
        first.start < second.start
        and first.end < second.end
        and first.reference_start < second.reference_start
        and first.reference_end < second.reference_end
        and shared <= most
        and first.end - second.start <= 3 * _SHARED_AA
    )


def _cost(first: Fragment, second: Fragment) -> float:
    """Return the penalty on a chain's score for the step from one piece to the next."""
    residues = second.reference_start - first.reference_end
    excess = abs(second.start - first.end - 3 * residues)
    return _JOIN_COST + _SHARED_COST * max(0, -residues) + (_SHIFT_COST * log2(excess / 30) if excess > 30 else 0.0)


def collinear(fragments: Sequence[Fragment], left: Fragment | None, right: Fragment | None) -> list[Fragment]:
    """Return the best series of pieces that follow `left` and one another, and precede `right`."""
    usable = [
        piece
        for piece in fragments
        if (left is None or follows(left, piece)) and (right is None or follows(piece, right))
    ]
    usable = sorted(usable, key=lambda piece: -piece.score)[:_MOST_FRAGMENTS]
    usable.sort(key=lambda piece: (piece.reference_start, piece.start))
    best: list[tuple[float, int]] = []
    for at, piece in enumerate(usable):
        total, before = (piece.score - _cost(left, piece) if left else float(piece.score)), -1
        for earlier in range(at):
            if follows(usable[earlier], piece):
                reached = best[earlier][0] + piece.score - _cost(usable[earlier], piece)
                if reached > total:
                    total, before = reached, earlier
        best.append((total, before))
    if not best:
        return []
    ends = [total - (_cost(piece, right) if right else 0.0) for (total, _), piece in zip(best, usable, strict=True)]
    at = max(range(len(ends)), key=ends.__getitem__)
    if ends[at] <= 0:
        return []
    chosen = []
    while at >= 0:
        chosen.append(usable[at])
        at = best[at][1]
    return chosen[::-1]
