"""Toxins that act only in pairs, and helper proteins that are reported but not counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.pipeline.shoter.names import ToxinRanks
from portal.results.scores import Helper


@dataclass(frozen=True)
class ToxinPair:
    """Two partners, each a name at any rank, a prefix such as `Pra` standing for Pra1, Pra2, ..."""

    first: str
    second: str

    @property
    def label(self) -> str:
        return f"{self.first}+{self.second}"


# Binary toxins of the 2020 nomenclature and those of the same kind from Photorhabdus, Xenorhabdus and Pseudomonas.
PAIRS: tuple[ToxinPair, ...] = (
    ToxinPair("Tpp1", "Tpp2"),
    ToxinPair("Gpp34", "Tpp35"),
    ToxinPair("Mpp23", "Xpp37"),
    ToxinPair("Cry48", "Tpp49"),
    ToxinPair("Vpb1", "Vpa2"),
    ToxinPair("Pra", "Prb"),
    ToxinPair("App1", "App2"),
    ToxinPair("Hdd9", "Hdd10"),
    ToxinPair("Mpp64Ba", "Mpp64Ca"),
)

# Cyt proteins are receptors and synergists for these; the effect is reported, not counted.
_HELPER_PREFIX = "Cyt"
_HELPED = ("Cry4", "Cry11", "Tpp1", "Tpp2")


def pair_role(ranks: ToxinRanks | None) -> tuple[ToxinPair, int] | None:
    """Return the pair that a toxin belongs to, and which half it is (0 or 1)."""
    if ranks is None:
        return None
    for pair in PAIRS:
        for half, name in enumerate((pair.first, pair.second)):
            if _matches(ranks, name):
                return pair, half
    return None


def _matches(ranks: ToxinRanks, name: str) -> bool:
    if name.isalpha():
        return ranks.r1.rstrip("0123456789") == name
    return name in (ranks.r1, ranks.r2, ranks.r3)


def find_helpers(names: Sequence[tuple[str, ToxinRanks | None]]) -> list[Helper]:
    """Return which of a strain's Cyt proteins support which of its toxins."""
    helped = sorted({name for name, ranks in names if ranks and ranks.r1 in _HELPED})
    helpers = sorted({name for name, ranks in names if ranks and ranks.r1.startswith(_HELPER_PREFIX)})
    if not helped:
        return []
    note = "Cyt proteins strengthen these toxins in mosquito larvae; not part of the score"
    return [Helper(helper=helper, helps=tuple(helped), note=note) for helper in helpers]
