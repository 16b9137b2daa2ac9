"""The targets that a record may name, in the order in which tables and pictures show them.

Orders are insect orders; nematodes, mites and molluscs are kept at the level at which assays report them. `non_pest`
holds targets that must not be killed (beneficial animals) or are not organisms (cancer cells, for parasporins). An
order of pests has species that are none: the silkworm is a moth.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from portal.results.species import accepted_name, non_pest_kind


class Panel(StrEnum):
    """Pests, and targets that are not pests; the two never share a list."""

    PEST = "pest"
    NON_PEST = "non_pest"


PANELS: dict[str, Panel] = {
    "Lepidoptera": Panel.PEST,
    "Coleoptera": Panel.PEST,
    "Diptera": Panel.PEST,
    "Hemiptera": Panel.PEST,
    "Hymenoptera": Panel.PEST,
    "Orthoptera": Panel.PEST,
    "Blattodea": Panel.PEST,
    "Isoptera": Panel.PEST,
    "Thysanoptera": Panel.PEST,
    "Siphonaptera": Panel.PEST,
    "Phthiraptera": Panel.PEST,
    "Acari": Panel.PEST,
    "Nematoda": Panel.PEST,
    "Mollusca": Panel.PEST,
    "Platyhelminthes": Panel.PEST,
    "Protozoa": Panel.PEST,
    "Neuroptera": Panel.NON_PEST,
    "Odonata": Panel.NON_PEST,
    "Collembola": Panel.NON_PEST,
    "Crustacea": Panel.NON_PEST,
    "Mammalia": Panel.NON_PEST,
    "Human cancer cells": Panel.NON_PEST,
}
TARGET_ORDER: tuple[str, ...] = tuple(PANELS)

# States of an uninformative score: no record at all, or too few and too uncertain tests. Never shown as 0.
UNKNOWN_STATES = frozenset({"no_evidence", "inconclusive"})

# Synonyms of targets in exports and papers: nematode orders, older insect orders, laboratory terms.
_SYNONYMS = {
    "homoptera": "Hemiptera",
    "heteroptera": "Hemiptera",
    "rhabditida": "Nematoda",
    "tylenchida": "Nematoda",
    "strongylida": "Nematoda",
    "ascaridida": "Nematoda",
    "nematode": "Nematoda",
    "nematodes": "Nematoda",
    "mallophaga": "Phthiraptera",
    "blattaria": "Blattodea",
    "acarina": "Acari",
    "gastropoda": "Mollusca",
    "trematoda": "Platyhelminthes",
    "human cancer cell": "Human cancer cells",
    "cancer cells": "Human cancer cells",
    "human": "Human cancer cells",
}
_BY_LOWER = {name.lower(): name for name in PANELS} | _SYNONYMS
_BINOMIAL = re.compile(r"([A-Z][a-z]+) ([a-z]{2,})(?![\w.])")
_GENUS = re.compile(r"([A-Z][a-z]+)(?: spp?\.)?")
# Groups named in bioassays, and the genera that are tested for them.
_GROUPS = {"mosquito larvae": ("Aedes", "Anopheles", "Culex")}
_NO_EPITHET = frozenset({"and", "or", "in", "of", "sp", "spp", "larvae", "adults"})


def panel_of_species(species: str, order: str) -> Panel:
    """Return the panel of a species: that of its order, unless it or its genus is known to be no pest."""
    return Panel.NON_PEST if non_pest_kind(species) else PANELS[order]


@lru_cache(maxsize=1024)
def parse_order(text: str) -> str | None:
    """Return the target's name as in the tables, or None if it is unknown."""
    return _BY_LOWER.get(" ".join(text.split()).lower())


def parse_genera(text: str) -> tuple[str, ...]:
    """Return the genera of a record that names only genera ('Aedes/Culex', 'mosquito larvae')."""
    words = " ".join(text.split())
    if words in _GROUPS:
        return _GROUPS[words]
    names = [_GENUS.fullmatch(part.strip()) for part in re.split(r"/|,| and ", words)]
    return tuple(name.group(1) for name in names if name) if all(names) else ()


@lru_cache(maxsize=4096)
def parse_species(text: str) -> str | None:
    """Return `Genus epithet` as in the tables, without stage or subspecies; None for a group of species."""
    match = _BINOMIAL.match(" ".join(text.split()))
    if match is None or match.group(2) in _NO_EPITHET:
        return None
    return accepted_name(f"{match.group(1)} {match.group(2)}")
