"""Names of hits that are as close to several entries: what these have in common, and all of them beside it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.toxin_names import ToxinName


def common_name(name: str, ties: Sequence[str]) -> str:
    """Return the longest name of the nomenclature that an entry and those as good share: Cry1Ab of Cry1Ab1, Cry1Ab3."""
    if not ties:
        return name
    parsed = [ToxinName.parse(each) for each in (name, *ties)]
    for rank in (4, 3, 2, 1):
        heads = {each.rank(rank) if each else None for each in parsed}
        if len(heads) == 1 and None not in heads:
            return str(heads.pop())
    return name
