"""Names of species: the accepted name in the tables, synonyms in papers, common names, and which are no pests.

Names are in `data/species.csv`; an uncertain one is left empty there. `data/non_pests.csv` has the genera of which no
species is a pest, although others of their order are: silkworms among moths, honey bees beside sawflies. Where others
of the genus are pests it has the species: *Drosophila melanogaster* is a model organism, *D. suzukii* eats cherries.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

SPECIES_TABLE = Path(__file__).parent / "data" / "species.csv"
NON_PESTS_TABLE = Path(__file__).parent / "data" / "non_pests.csv"


class NonPest(StrEnum):
    """Why a species is no pest."""

    SILK = "silk"
    POLLINATOR = "pollinator"
    PREDATOR = "predator"
    PARASITOID = "parasitoid"
    BUTTERFLY = "butterfly"
    FREE_LIVING = "free_living"
    INSECT_PATHOGENIC = "insect_pathogenic"
    MODEL = "model"


@dataclass(frozen=True)
class SpeciesNames:
    """A species with its common names; empty if none is known."""

    species: str
    english: str
    chinese: str


@cache
def _tables() -> tuple[Mapping[str, SpeciesNames], Mapping[str, str]]:
    """Return the names by species, and the accepted name by synonym (older names and misspellings)."""
    names: dict[str, SpeciesNames] = {}
    accepted: dict[str, str] = {}
    with SPECIES_TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            names[row["species"]] = SpeciesNames(row["species"], row["english"], row["chinese"])
            accepted |= {other: row["species"] for other in row["also"].split(";") if other}
    return names, accepted


def accepted_name(species: str) -> str:
    """Return a species' name in the tables; an unknown name stays unchanged."""
    return _tables()[1].get(species, species)


def names_of(species: str) -> SpeciesNames:
    """Return the common names of a species in English and Chinese."""
    return _tables()[0].get(species, SpeciesNames(species, "", ""))


def known_species() -> tuple[str, ...]:
    """Return every species that has names."""
    return tuple(_tables()[0])


@cache
def _non_pests() -> Mapping[str, NonPest]:
    with NON_PESTS_TABLE.open(encoding="utf-8", newline="") as stream:
        return {row["taxon"]: NonPest(row["kind"]) for row in csv.DictReader(stream)}


def non_pest_kind(species: str) -> NonPest | None:
    """Return why a species is no pest, by its own name or its genus; None for a pest, and for one that is not listed.

    The name is the accepted one.
    """
    known = _non_pests()
    return known.get(species) or known.get(species.partition(" ")[0])
