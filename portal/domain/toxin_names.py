"""Names of Bt toxins: their parts, their class, and conversion between the nomenclatures of 1998 and 2020.

A name has four ranks: `Cry1Ac5` is Cry1 (rank 1: 45 % identity), Cry1A (rank 2: 76 %), Cry1Ac (rank 3: 95 %) and
the protein Cry1Ac5. Since 2020 the first three letters denote the fold, so that e.g. Cry34 became Gpp34; letters and
allele stay unless the table says otherwise. Source: Crickmore et al. 2021, J Invertebr Pathol 186:107438.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

# Prefixes introduced by the nomenclature of 2020.
PREFIXES_2020 = frozenset(("App", "Gpp", "Mcf", "Mpf", "Mpp", "Mtx", "Pra", "Prb", "Spp", "Tpp", "Vpa", "Vpb", "Xpp"))
# Sections of BtToxin_Digger's `.list`, in its order; "Others" are accessory factors.
TOXIN_CLASSES = (
    "Cry", "Cyt", "Vip", "Others", "App", "Gpp", "Mcf", "Mpf", "Mpp",
    "Mtx", "Pra", "Prb", "Spp", "Tpp", "Vpa", "Vpb", "Xpp",
)  # fmt: skip
ACCESSORY_SUFFIX = "-other"

_NAME = re.compile(
    r"(?P<prefix>[A-Z][a-z]{2})(?P<number>\d+)?(?:(?P<upper>[A-Z])(?:(?P<lower>[a-z])(?P<allele>\d+)?)?)?"
)
_LIKE = re.compile(r"-?like$", re.IGNORECASE)


@dataclass(frozen=True)
class ToxinName:
    """The parts of a name that follows the nomenclature; parts after the last given one are empty."""

    prefix: str
    number: str = ""
    upper: str = ""
    lower: str = ""
    allele: str = ""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts, or None if the text is not a toxin name (`-like`, `-other`, strain names ...)."""
        match = _NAME.fullmatch(text.strip())
        return cls(**{part: value or "" for part, value in match.groupdict().items()}) if match else None

    def __str__(self) -> str:
        return self.rank(4)

    def rank(self, rank: int) -> str:
        """Return the name cut after rank 1 (Cry1), 2 (Cry1A), 3 (Cry1Ac) or 4 (Cry1Ac5)."""
        parts = (self.prefix + self.number, self.upper, self.lower, self.allele)
        return "".join(parts[:rank])

    @property
    def family(self) -> str:
        return self.rank(1)


def is_accessory(name: str) -> bool:
    """Tell whether a reference marks the entry as a virulence factor other than a toxin (InhA, Bmp1, Zwa ...)."""
    return name.lower().endswith(ACCESSORY_SUFFIX)


def is_like(name: str) -> bool:
    """Tell whether the name only says what the protein resembles (`Cry1Ab-like`, `Cry9Aalike`)."""
    return bool(_LIKE.search(name))


def class_of(name: str) -> str:
    """Return the class of a name; a name that fits no class is Cry, as in BtToxin_Digger."""
    if is_accessory(name):
        return "Others"
    return name[:3] if name[:3] in TOXIN_CLASSES else "Cry"


def family_of(name: str) -> str:
    """Return the rank-1 family, or the whole name if it does not follow the nomenclature."""
    parsed = ToxinName.parse(name)
    return parsed.family if parsed else name


@dataclass(frozen=True)
class NameTable:
    """Both nomenclatures.

    `new_by_old` maps a name of any rank to its successor (`Cry34` -> `Gpp34`, `Cry19Ca1` -> `Cry4Da1`),
    `new_by_alias` maps further names (`BinB` -> `Tpp2`). The longest matching entry decides; the ranks after it stay.
    """

    new_by_old: Mapping[str, str]
    new_by_alias: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, str]]) -> Self:
        """Build the table from rows of (name since 2020, name of 1998, other name).

        An alias is left out if two toxins share it (`CytB`), or if it is also a present name (`Mcf1`).
        """
        new_by_old: dict[str, str] = {}
        aliases: dict[str, set[str]] = {}
        present: set[str] = set()
        for new, old, alias in rows:
            present |= {new, family_of(new)}
            if old:
                new_by_old[old] = new
            if alias:
                aliases.setdefault(alias, set()).add(new)
        single = {
            alias: next(iter(names)) for alias, names in aliases.items() if len(names) == 1 and alias not in present
        }
        return cls(new_by_old, single)

    @cached_property
    def _old_by_new(self) -> Mapping[str, str]:
        return {new: old for old, new in self.new_by_old.items()}

    def to_2020(self, name: str) -> str:
        """Return the present name; a name that is not in the table stays unchanged."""
        if name in self.new_by_alias:
            return self.new_by_alias[name]
        return _replaced(name, self.new_by_old)

    def to_1998(self, name: str) -> str | None:
        """Return the name before 2020; None if the family had none."""
        parsed = ToxinName.parse(name)
        if parsed is None:
            return None
        old = _replaced(name, self._old_by_new)
        return old if old != name or parsed.prefix in ("Cry", "Cyt") or parsed.family == "Vip3" else None


def _replaced(name: str, table: Mapping[str, str]) -> str:
    parsed = ToxinName.parse(name)
    if parsed is None:
        return name
    for rank in (4, 3, 2, 1):
        head = parsed.rank(rank)
        if head in table:
            return table[head] + name.strip()[len(head) :]
    return name
