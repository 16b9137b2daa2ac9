"""Which hits lie close to each other: pieces of one gene, or of several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from portal.pipeline.digger.loci.chain import FAR
from portal.pipeline.digger.loci.fragments import Fragment


class Neighbours:
    """The hits of a genome by their place, each with its best entry."""

    def __init__(self, hits: Iterable[tuple[Fragment, int]]) -> None:
        self._hits: dict[tuple[str, int, int], list[tuple[Fragment, int]]] = defaultdict(list)
        for fragment, entry in hits:
            self._hits[fragment.strand.name, fragment.strand.sign, fragment.start // FAR].append((fragment, entry))

    def entries(self, fragment: Fragment, most: int) -> list[int]:
        """Return the entries of other hits on the strand, as far away as an insertion element may move them.

        Args:
            most: the largest number of entries to return, those of the closest hits.
        """
        near = [
            (abs(other.start - fragment.start), entry)
            for bucket in range(fragment.start // FAR - 1, fragment.start // FAR + 2)
            for other, entry in self._hits.get((fragment.strand.name, fragment.strand.sign, bucket), ())
            if other.start != fragment.start
        ]
        return list(dict.fromkeys(entry for _, entry in sorted(near)))[:most]
