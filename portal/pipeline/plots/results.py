"""What the pictures and the report read: the results of Digger and Shoter as values.

The two JSON files (`toxins.json` of Digger, `strain_scores.json` and `strain_species_scores.json` of Shoter)
are the only inputs. A field that the schema promises and a file lacks is a StageError which names both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from portal.domain.errors import StageError
from portal.domain.status import FailureKind

T = TypeVar("T")

TOXINS_FILE = "toxins.json"
SCORES_FILE = "strain_scores.json"
SPECIES_FILE = "strain_species_scores.json"

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


def read_results(digger_dir: Path, shoter_dir: Path) -> Results:
    """Read one task's `toxins.json` (where there is one), `strain_scores.json` and `strain_species_scores.json`.

    Raises:
        StageError: a file is missing, is no JSON, or lacks a field; the sentence names file and field.
    """
    toxins = digger_dir / TOXINS_FILE
    inventory = _read(toxins, _inventory) if toxins.exists() else None
    species = _read(shoter_dir / SPECIES_FILE, _species_by_strain)
    return _read(shoter_dir / SCORES_FILE, lambda data: _results(data, inventory, species))


def _read(path: Path, build: Callable[[dict[str, Any]], T]) -> T:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return build(data)
    except FileNotFoundError:
        raise StageError(
            f"{path.name} is missing: the stage before has not finished.", kind=FailureKind.OUTPUT_MISSING
        ) from None
    except KeyError as error:
        raise StageError(f"{path.name} lacks the field {error.args[0]!r}.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise StageError(f"{path.name} is not what its schema says: {error}") from error


def _span(data: Mapping[str, Any] | None) -> tuple[int, int] | None:
    if not data or data.get("start") is None or data.get("end") is None:
        return None
    return int(data["start"]), int(data["end"])


def _toxin(row: Mapping[str, Any]) -> Toxin:
    hit = row["hit"] or {}
    return Toxin(
        protein_id=row["protein_id"],
        contig=row["contig"],
        contig_length=int(row["contig_length"]),
        start=int(row["start"]),
        end=int(row["end"]),
        strand=row["strand"],
        length_aa=int(row["length_aa"]),
        toxin_class=row["class"],
        rank=row["rank"],
        identity=row["identity"],
        coverage=row["coverage"],
        hit_name=hit.get("name"),
        hit_name_1998=hit.get("name_1998"),
        hit_length=hit.get("length"),
        hit_span=_span(hit),
        query_span=_span(row["query"]),
        hmm_family=(row["hmm"] or {}).get("family"),
        partial=bool(row["partial"]),
        contig_edge=row["contig_edge"],
        internal_stop=bool(row["internal_stop"]),
        accessory=bool(row["accessory"]),
        domain_calls=dict(row["domains"]),
        domain_spans=tuple(Span(span["name"], int(span["start"]), int(span["end"])) for span in row["domain_spans"]),
    )


def _inventory(data: Mapping[str, Any]) -> Inventory:
    return Inventory(
        strain=data["strain"],
        engine=data["engine"],
        reference=data["reference"],
        sequences=data["sequences"],
        toxins=tuple(_toxin(row) for row in data["toxins"]),
    )


def _share(row: Mapping[str, Any]) -> UnitShare:
    return UnitShare(
        unit_id=row["unit_id"],
        family=row["family"],
        weight=float(row["weight"]),
        probability=float(row["p"]),
        rho=float(row["rho"]),
        contribution=float(row["contribution"]),
        state=row["state"],
        records=tuple(row["records"]),
        inherited_records=tuple(row["inherited_records"]),
    )


def _target(row: Mapping[str, Any]) -> TargetScore:
    return TargetScore(
        target=row["target"],
        panel=row["panel"],
        score=float(row["score"]),
        low=float(row["low"]),
        high=float(row["high"]),
        state=row["state"],
        tier=row["tier"],
        grade=row["evidence_grade"],
        unverified_share=float(row["unverified_share"] or 0.0),
        units=tuple(_share(unit) for unit in row["units"]),
    )


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(
        unit_id=row["unit_id"],
        name=row["name"],
        name_1998=row["name_1998"],
        family=row["family"],
        kind=row["kind"],
        hits=tuple(row["hits"]),
        copies=int(row["copies"]),
        weight=float(row["weight"]),
        flags=tuple(row["flags"]),
        partner_missing=row["partner_missing"],
    )


def _hit(row: Mapping[str, Any]) -> Hit:
    return Hit(
        protein_id=row["protein_id"],
        name=row["hit_name"] or row["protein_id"],
        name_1998=row["name_1998"],
        identity=row["identity"],
        coverage=None if row["coverage"] is None else 100.0 * float(row["coverage"]),
        rank=row["rank"],
        domains=dict(row["domains"]),
        unit_id=row["unit_id"],
        kept=bool(row["kept"]),
        dropped_reason=row["dropped_reason"],
        flags=tuple(row["flags"]),
    )


def _record(fact_id: str, row: Mapping[str, Any]) -> Record:
    return Record(
        fact_id=fact_id,
        toxin=row["toxin"],
        toxin_1998=row["toxin_1998"],
        order=row["order"],
        species=row["species"],
        activity=row["activity"],
        strength=row["strength"],
        reference=row["reference"],
        doi=row["doi"],
        url=row["url"],
        unverified=bool(row["unverified"]),
        note=row["note"] or "",
    )


def _strain(row: Mapping[str, Any], species: Mapping[str, tuple[SpeciesScore, ...]]) -> StrainScores:
    unknown = row["unknown_target"] or {}
    return StrainScores(
        strain=row["strain"],
        targets=tuple(_target(target) for target in row["orders"]),
        unknown_score=unknown.get("score"),
        unknown_hits=tuple(unknown.get("hits", ())),
        units=tuple(_unit(unit) for unit in row["units"]),
        hits=tuple(_hit(hit) for hit in row["hits"]),
        accessory=tuple(row["accessory"]),
        helpers=tuple(row["helpers"]),
        warnings=tuple(row["warnings"]),
        species=species.get(row["strain"], ()),
    )


def _species_by_strain(data: Mapping[str, Any]) -> dict[str, tuple[SpeciesScore, ...]]:
    return {
        strain["strain"]: tuple(
            SpeciesScore(
                target=row["order"],
                species=row["species"],
                score=float(row["score"]),
                low=float(row["low"]),
                high=float(row["high"]),
                state=row["state"],
                grade=row["evidence_grade"],
            )
            for row in strain["species"]
        )
        for strain in data["strains"]
    }


def _results(
    data: Mapping[str, Any], inventory: Inventory | None, species: Mapping[str, tuple[SpeciesScore, ...]]
) -> Results:
    return Results(
        inventory=inventory,
        run_id=data["run_id"],
        strains=tuple(_strain(row, species) for row in data["strains"]),
        records={fact_id: _record(fact_id, row) for fact_id, row in data["records"].items()},
        parameters=data["parameters"],
        versions=data["versions"],
    )
