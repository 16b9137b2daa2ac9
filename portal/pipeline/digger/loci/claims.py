"""Track which parts of the genome a draft has claimed, so that no base is used twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from portal.pipeline.digger.loci.fragments import Fragment

_BUCKET = 4096

Place = tuple[str, int, int]  # contig, direction, number of a bucket


class Claims:
    """The pieces of all drafts so far, and the reading frames that are hits."""

    def __init__(self, hits: Sequence[Fragment]) -> None:
        self._taken: dict[Place, list[tuple[int, int, int]]] = defaultdict(list)
        self._frames: dict[Place, list[Fragment]] = defaultdict(list)
        for hit in hits:
            for place in _places(hit, *hit.stretch):
                self._frames[place].append(hit)

    def take(self, pieces: Sequence[Fragment], number: int) -> None:
        """Record that pieces belong to a draft."""
        for piece in pieces:
            for place in _places(piece, piece.start, piece.end):
                self._taken[place].append((piece.start, piece.end, number))

    def owner(self, piece: Fragment) -> int | None:
        """Return the draft that owns more than half of a piece, in any frame."""
        shared: dict[int, int] = defaultdict(int)
        seen = {entry for place in _places(piece, piece.start, piece.end) for entry in self._taken.get(place, ())}
        for start, end, number in seen:
            shared[number] += max(0, min(end, piece.end) - max(start, piece.start))
        most = max(shared, key=lambda number: shared[number], default=None)
        return most if most is not None and 2 * shared[most] > piece.end - piece.start else None

    def free_part(self, piece: Fragment) -> Fragment:
        """Return a piece without the ends that drafts have in its own frame: each codon belongs to one gene."""
        start, end = piece.start, piece.end
        for place in _places(piece, start, end):
            for first, last, _ in self._taken.get(place, ()):
                if (first - piece.start) % 3 == 0 and first < end and start < last:
                    if first <= start:
                        start = last
                    elif last >= end:
                        end = first
        return piece.without_bases(head=start - piece.start, tail=piece.end - end)

    def near(self, piece: Fragment) -> set[int]:
        """Return the drafts that have any base of a piece, in any frame."""
        taken = (entry for place in _places(piece, piece.start, piece.end) for entry in self._taken.get(place, ()))
        return {number for start, end, number in taken if start < piece.end and piece.start < end}

    def hit_of(self, piece: Fragment) -> str | None:
        """Return the id of the hit whose reading frame contains a piece."""
        for hit in self._frames.get(next(_places(piece, piece.start, piece.end)), ()):
            start, end = hit.stretch
            if start <= piece.start and piece.end <= end and (piece.start - start) % 3 == 0:
                return hit.protein_id
        return None


def _places(piece: Fragment, start: int, end: int) -> Iterator[Place]:
    for bucket in range(start // _BUCKET, max(start, end - 1) // _BUCKET + 1):
        yield piece.strand.name, piece.strand.sign, bucket
