"""Join drafts that are pieces of one gene on two contigs, or at both ends of one.

The end of a contig shows that a gene continues, but not where. A draft with a cut end is joined to one with a cut
start if one reference entry explains both nearly as well as their own best entries do, and if the pieces neither
repeat each other nor leave much out. Of several partners the best explained pair wins; each end is used once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from portal.pipeline.digger.loci.drafts import Draft, Joint, joined_bases, realigned, settled, stitched
from portal.pipeline.digger.loci.ends import cut_head, cut_tail, shared_bases
from portal.pipeline.digger.loci.fragments import Fragment
from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.native.kmers import distinct_kmers

# Between two contigs an assembler may lose, or duplicate with unequal bases, up to this many residues.
_MOST_LOST_AA, _MOST_TWICE_AA = 120, 8
_TWICE_SHARE = 0.1
# An entry must score a piece nearly as high as the piece's own best entry: fraction of that score, or difference.
LEAST_SHARE, LEAST_POINTS = 0.9, 40
_EXACT_BONUS, _SHARED_BONUS = 60, 60
# With more pairs of ends than this, only pairs that share 5-mers are tried, the likeliest first.
_ALL_PAIRS, _MOST_TRIED, _PARTNERS = 400, 3000, 8


@dataclass(frozen=True)
class Match:
    """Two drafts (by number) joined into one."""

    left: int
    right: int
    draft: Draft
    value: float


def explained(score: int, best: int) -> bool:
    """Return whether an entry with this score explains a piece about as well as the piece's own best entry."""
    return best - score <= max((1 - LEAST_SHARE) * best, LEAST_POINTS)


class Joiner:
    """Joins the drafts of one genome; `best_score` returns the best plain score of a protein."""

    def __init__(self, index: Index, best_score: Callable[[str], int]) -> None:
        self._index = index
        self._best_score = best_score
        self._own: dict[int, int] = {}

    def join(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return the drafts, joined where they belong together, in the order of their first pieces."""
        self._own.clear()
        numbered = dict(enumerate(drafts))
        following = len(numbered)
        tried: dict[tuple[int, int], Match | None] = {}
        while matches := self._matches(numbered, tried):
            for match in matches:
                if match.left in numbered and match.right in numbered:
                    del numbered[match.left], numbered[match.right]
                    numbered[following] = match.draft
                    following += 1
        return list(numbered.values())

    def _matches(self, drafts: dict[int, Draft], tried: dict[tuple[int, int], Match | None]) -> list[Match]:
        """Return the matching pairs, best first; `tried` holds the pairs of earlier rounds."""
        tails = [n for n, draft in drafts.items() if cut_tail(draft, self._length(draft)) == "contig"]
        heads = [n for n, draft in drafts.items() if cut_head(draft) == "contig"]
        found = []
        for left, right in self._pairs(drafts, tails, heads):
            if left == right or ((left, right) not in tried and len(tried) >= _MOST_TRIED):
                continue
            if (left, right) not in tried:
                tried[left, right] = self.match(left, drafts[left], right, drafts[right])
            if (match := tried[left, right]) is not None:
                found.append(match)
        return sorted(found, key=lambda match: (-match.value, match.left, match.right))

    def _length(self, draft: Draft) -> int:
        return len(self._index.proteins[draft.entry].letters)

    def _pairs(self, drafts: dict[int, Draft], tails: Sequence[int], heads: Sequence[int]) -> Iterable[tuple[int, int]]:
        if len(tails) * len(heads) <= _ALL_PAIRS:
            return [(left, right) for left in tails for right in heads]
        by_word: dict[int, list[int]] = defaultdict(list)
        for right in heads:
            for word in distinct_kmers(encode_protein(stitched(drafts[right])[:150].encode())).tolist():
                by_word[word].append(right)
        ranked = []
        for left in tails:
            draft = drafts[left]
            goes_on = self._index.proteins[draft.entry].amino_codes[draft.last.reference_end - 45 :][:300]
            counts: dict[int, int] = defaultdict(int)
            for word in distinct_kmers(goes_on).tolist():
                for right in by_word.get(word, ())[:200]:
                    counts[right] += 1
            best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_PARTNERS]
            ranked += [(-count, left, right) for right, count in best]
        return [(left, right) for _, left, right in sorted(ranked)]

    def match(self, left: int, one: Draft, right: int, other: Draft) -> Match | None:
        """Return two drafts as one, None if no entry explains both or their ends do not fit."""
        shared = shared_bases(one.last, other.first)
        best = self._own_score(left, one), self._own_score(right, other)
        found = None
        for entry in dict.fromkeys((one.entry, other.entry)):
            letters = self._index.proteins[entry].letters
            first, second = _by(one, entry, letters), _by(other, entry, letters)
            if first is None or second is None:
                continue
            if not (explained(first.score, best[0]) and explained(second.score, best[1])):
                continue
            joined = _once(first, second, shared, letters)
            if joined is None:
                continue
            draft, joint = joined
            value = first.score + second.score - sum(best) + _EXACT_BONUS * joint.exact + _SHARED_BONUS * (shared > 0)
            lacking = max(0, second.first.reference_start - first.last.reference_end)
            value -= lacking
            if found is None or value > found.value:
                found = Match(left, right, draft, value)
        return found

    def _own_score(self, number: int, draft: Draft) -> int:
        if number not in self._own:
            self._own[number] = sum(self._best_score(piece.protein) for piece in draft.pieces)
        return self._own[number]


def _by(draft: Draft, entry: int, letters: str) -> Draft | None:
    return draft if draft.entry == entry else realigned(draft, entry, letters)


def _once(one: Draft, other: Draft, shared: int, reference: str) -> tuple[Draft, Joint] | None:
    """Return two drafts as one; pieces that lie in the bases shared by both ends may be in both, and count once."""
    left = _without(one, one.pieces[-1:]) if one.last.start >= one.last.strand.length - shared else None
    right = _without(other, other.pieces[:1]) if other.first.end <= shared else None
    for first, second in ((one, other), (one, right), (left, other), (left, right)):
        joined = _joined(first, second, shared, reference) if first and second else None
        if joined is not None:
            return joined
    return None


def _without(draft: Draft, ends: tuple[Fragment, ...]) -> Draft | None:
    """Return a draft without its first or last piece, whose row it keeps; None if nothing is left."""
    pieces = tuple(piece for piece in draft.pieces if piece is not ends[0])
    if not pieces:
        return None
    joints = draft.joints[1:] if ends[0] is draft.first else draft.joints[:-1]
    kept = {piece.protein_id for piece in pieces}
    rows = tuple(piece.protein_id for piece in ends if piece.protein_id and piece.protein_id not in kept)
    return replace(draft, pieces=pieces, joints=joints, other_rows=(*draft.other_rows, *rows))


def _joined(one: Draft, other: Draft, shared: int, reference: str) -> tuple[Draft, Joint] | None:
    left, right = one.last, other.first
    lacking = right.reference_start - left.reference_end
    if lacking > _MOST_LOST_AA or right.reference_end <= left.reference_end:
        return None
    if right.reference_start <= left.reference_start:
        return None
    twice = max(0, -lacking)
    shorter = min(left.reference_end - left.reference_start, right.reference_end - right.reference_start)
    if twice > max(_MOST_TWICE_AA, _TWICE_SHARE * shorter, shared // 3 + _MOST_TWICE_AA):
        return None
    pieces = settled((*one.pieces, *other.pieces), reference)
    if len(pieces) != len(one.pieces) + len(other.pieces):
        return None
    before, behind = pieces[len(one.pieces) - 1 : len(one.pieces) + 1]
    bases = joined_bases(before, behind, Joint(shared, False))
    exact = bases is not None and len(bases) == 3 * (behind.reference_start - before.reference_end)
    joint = Joint(shared, exact)
    rows = (*one.other_rows, *other.other_rows)
    return Draft(one.entry, pieces, (*one.joints, joint, *other.joints), rows), joint
