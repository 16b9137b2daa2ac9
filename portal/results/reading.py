"""Read a task's results from the JSON files of the stages.

`toxins.json` of Digger, `strain_scores.json` and `strain_species_scores.json` of Shoter are the only inputs. A field
that the schema promises and a file lacks is a StageError which names both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from portal.domain.errors import StageError
from portal.domain.status import FailureKind
from portal.results.scores import (
    Hit,
    Inventory,
    Record,
    Results,
    Span,
    SpeciesScore,
    StrainScores,
    TargetScore,
    Toxin,
    Trials,
    Unit,
    UnitShare,
)

T = TypeVar("T")

TOXINS_FILE = "toxins.json"
SCORES_FILE = "strain_scores.json"
SPECIES_FILE = "strain_species_scores.json"


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


def _trials(row: Mapping[str, Any]) -> Trials:
    counts = row.get("trials")  # results of before 2026.12 do not count them
    return Trials(int(counts["toxins"]), int(counts["tried"]), int(counts["read"])) if counts else Trials(0, 0, 0)


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
        trials=_trials(row),
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
                trials=_trials(row),
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
