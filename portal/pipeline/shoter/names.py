"""Toxin names at the ranks that scoring uses: Cry1 (r1), Cry1A (r2), Cry1Ac (r3), Cry1Ac7 (the protein)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from portal.domain.toxin_names import ToxinName
from portal.reference.names import known_families, name_table


@dataclass(frozen=True)
class ToxinRanks:
    """The parts of a name; r2 and r3 are None if the name ends before them."""

    r1: str
    r2: str | None
    r3: str | None
    allele: str | None

    @property
    def level(self) -> str:
        """Return `family`, `rank2`, `rank3` or `rank4`."""
        if self.r2 is None:
            return "family"
        if self.r3 is None:
            return "rank2"
        return "rank3" if self.allele is None else "rank4"


@lru_cache(maxsize=4096)
def ranks_of(name: str) -> ToxinRanks | None:
    """Parse a 2020 name such as Cry1Ac7, Vpb1Aa or Tpp1; None if it does not follow the nomenclature."""
    parsed = ToxinName.parse(name)
    if parsed is None or not parsed.number:
        return None
    return ToxinRanks(
        r1=parsed.rank(1),
        r2=parsed.rank(2) if parsed.upper else None,
        r3=parsed.rank(3) if parsed.lower else None,
        allele=parsed.rank(4) if parsed.allele else None,
    )


@cache
def _known_prefixes() -> frozenset[str]:
    """Return the first three letters of all families; `Hdd` is for proteins whose fold is not yet assigned."""
    return frozenset({family[:3] for family in known_families()} | {"Hdd"})


@lru_cache(maxsize=4096)
def is_toxin_name(name: str) -> bool:
    """Return whether a name follows the nomenclature and begins with one of its classes.

    Only the class is checked: exports contain families newer than the name table.
    """
    ranks = ranks_of(name)
    return ranks is not None and ranks.r1[:3] in _known_prefixes()


# Laboratory codes of Bt proteins and what they are called now; from the notes of the BPPRC sequence tables.
_CODES = {
    "aflp1a": "Hdd9Aa1",
    "aflp1b": "Hdd10Aa1",
    "axmi058": "App4Aa1",
    "axmi082": "Cry32Ha2",
    "axmi100": "Cry9Ee3",
    "axmi102": "Cry32Hb2",
    "axmi112": "Cry1Ab37",
}
_SIP = re.compile(r"Sip1(A[a-z]?\d*)?")
_MTX = re.compile(r"Mtx([234])([A-Z][a-z]?\d*)?")


@cache
def present_name(name: str) -> str:
    """Return the 2020 name for any name of a toxin; an unknown name is returned unchanged."""
    name = name.strip()
    if code := _CODES.get(name.lower().replace("-", "")):
        return code
    if match := _SIP.fullmatch(name):
        return f"Mpp5{match.group(1) or 'A'}"
    if match := _MTX.fullmatch(name):
        return f"Mpp{match.group(1)}{match.group(2) or ''}"
    return name_table().to_2020(name)


@cache
def old_name(name: str) -> str | None:
    """Return the 1998 name, None if the family had none."""
    return name_table().to_1998(name)


def toxin_key(name: str, ranks: ToxinRanks | None) -> str:
    """Return the name under which records of a toxin are filed: rank 3 if it has one (Cry1Ac7 -> Cry1Ac)."""
    if ranks is None:
        return name
    return ranks.r3 or ranks.r2 or ranks.r1
