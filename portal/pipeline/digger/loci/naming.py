"""Names of hits that are equally close to several entries: their common name, and all their names."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.toxin_names import ToxinName


def common_name(name: str, ties: Sequence[str]) -> str:
    """Return the longest nomenclature name shared by an entry and its ties: Cry1Ab for Cry1Ab1 and Cry1Ab3."""
    if not ties:
        return name
    parsed = [ToxinName.parse(each) for each in (name, *ties)]
    for rank in (4, 3, 2, 1):
        heads = {each.rank(rank) if each else None for each in parsed}
        if len(heads) == 1 and None not in heads:
            return str(heads.pop())
    return name
