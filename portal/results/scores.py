"""What the pictures and the report read: the results of Digger and Shoter as values.

`reading.py` makes them from the JSON files of the stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Ranks of the nomenclature: identity to the nearest named toxin, in percent.
RANK_LIMITS = (45.0, 76.0, 95.0)


@dataclass(frozen=True)
class Span:
    """A named stretch of a protein, 1-based and closed."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Toxin:
    """One gene that Digger found; coordinates are 1-based on the contig, identity and coverage in percent."""

    protein_id: str
    contig: str
    contig_length: int
    start: int
    end: int
    strand: str
    length_aa: int
    toxin_class: str
    rank: str
    identity: float | None
    coverage: float | None
    hit_name: str | None
    hit_name_1998: str | None
    hit_length: int | None
    hit_span: tuple[int, int] | None
    query_span: tuple[int, int] | None
    hmm_family: str | None
    partial: bool
    contig_edge: str | None
    internal_stop: bool
    accessory: bool
    domain_calls: Mapping[str, str]
    domain_spans: tuple[Span, ...]

    @property
    def name(self) -> str:
        """The best name there is: the reference hit, else the family of the profile, else the class."""
        return self.hit_name or self.hmm_family or self.toxin_class


@dataclass(frozen=True)
class UnitShare:
    """What one unit gives to the score of one target."""

    unit_id: str
    family: str
    weight: float
    probability: float
    rho: float
    contribution: float
    state: str
    records: tuple[str, ...]
    inherited_records: tuple[str, ...]


@dataclass(frozen=True)
class Trials:
    """How many of a strain's toxins were tested on a target themselves, and for how many a direct test was read."""

    toxins: int
    tried: int
    read: int


@dataclass(frozen=True)
class TargetScore:
    """A score (0-1) of one strain for one target, its 5-95 % interval and what stands behind it."""

    target: str
    panel: str
    score: float
    low: float
    high: float
    state: str
    tier: str
    grade: str | None
    unverified_share: float
    units: tuple[UnitShare, ...]
    trials: Trials = Trials(0, 0, 0)


@dataclass(frozen=True)
class SpeciesScore:
    """A score (0-1) of one strain for one species."""

    target: str
    species: str
    score: float
    low: float
    high: float
    state: str
    grade: str | None
    trials: Trials = Trials(0, 0, 0)


@dataclass(frozen=True)
class Unit:
    """What acts as one: a toxin, a pair, or the pieces of one gene."""

    unit_id: str
    name: str
    name_1998: str | None
    family: str
    kind: str
    hits: tuple[str, ...]
    copies: int
    weight: float
    flags: tuple[str, ...]
    partner_missing: str | None


@dataclass(frozen=True)
class Hit:
    """One row of Digger's table as Shoter saw it; identity and coverage in percent."""

    protein_id: str
    name: str
    name_1998: str | None
    identity: float | None
    coverage: float | None
    rank: str
    domains: Mapping[str, bool | None]
    unit_id: str | None
    kept: bool
    dropped_reason: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One fact of the specificity table."""

    fact_id: str
    toxin: str
    toxin_1998: str | None
    order: str
    species: str
    activity: str
    strength: str
    reference: str
    doi: str | None
    url: str | None
    unverified: bool
    note: str


@dataclass(frozen=True)
class StrainScores:
    """Everything that Shoter says about one strain."""

    strain: str
    targets: tuple[TargetScore, ...]
    unknown_score: float | None
    unknown_hits: tuple[str, ...]
    units: tuple[Unit, ...]
    hits: tuple[Hit, ...]
    accessory: tuple[Mapping[str, Any], ...]
    helpers: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    species: tuple[SpeciesScore, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """What Digger says about one genome."""

    strain: str
    engine: Mapping[str, Any]
    reference: Mapping[str, Any]
    sequences: Mapping[str, Any]
    toxins: tuple[Toxin, ...]


@dataclass(frozen=True)
class Results:
    """One task's results; `strains` has one entry from the portal, several from a table of many strains.

    `inventory` is None where Shoter ran on a table alone, without Digger's `toxins.json` beside it.
    """

    inventory: Inventory | None
    run_id: str
    strains: tuple[StrainScores, ...]
    records: Mapping[str, Record]
    parameters: Mapping[str, Any]
    versions: Mapping[str, Any]
