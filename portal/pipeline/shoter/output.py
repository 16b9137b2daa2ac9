"""The files of docs/use/formats-shoter.md, as text: JSON and plain TSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.names import old_name
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import TargetScore, UnitScore
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.strain import StrainResult
from portal.pipeline.shoter.units import Unit
from portal.results.targets import PANELS

SCHEMA = 1
_ROLES = {
    "zwa": "zwittermicin A biosynthesis (antibiotic)",
    "inha": "immune inhibitor A, metalloprotease",
    "bmp": "secreted metalloprotease",
    "chitinase": "chitinase",
    "enhancin": "enhancin-like metalloprotease",
}


def rounded(value: float) -> float:
    return round(value, 4) + 0.0  # + 0.0 turns -0.0 into 0.0


def encode(value: Mapping[str, Any]) -> bytes:
    """Return JSON that is the same for the same value; without indentation, which costs more than all the scoring."""
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def strain_json(result: StrainResult) -> dict[str, Any]:
    """Return one strain of strain_scores.json."""
    unit_of = {
        hit.protein_id: unit.unit_id for unit in reversed(result.units) for gene in unit.genes for hit in gene.hits
    }
    flags_of = {
        hit.protein_id: gene.weight.flags for unit in result.units for gene in unit.genes for hit in gene.hits[:1]
    }
    rows = [(hit, None) for hit in result.selection.kept] + list(result.selection.dropped)
    rows.sort(key=lambda row: row[0].line)
    return {
        "strain": result.strain,
        "orders": [_order_json(score) for score in result.orders],
        "unknown_target": {
            "score": rounded(result.unknown_score),
            "hits": [hit.protein_id for unit in result.unknown_units for gene in unit.genes for hit in gene.hits],
        },
        "units": [_unit_json(unit) for unit in result.units],
        "hits": [_hit_json(hit, unit_of.get(hit.protein_id), reason, flags_of) for hit, reason in rows],
        "accessory": [_accessory_json(hit) for hit in result.selection.accessory],
        "helpers": list(result.helpers),
        "warnings": list(result.warnings),
    }


def strain_species_json(result: StrainResult) -> dict[str, Any]:
    """Return one strain of strain_species_scores.json."""
    return {"strain": result.strain, "species": [_species_json(score) for score in result.species]}


def _score_json(score: TargetScore) -> dict[str, Any]:
    return {
        "panel": PANELS[score.order],
        "score": rounded(score.score),
        "low": rounded(score.low),
        "high": rounded(score.high),
        "state": score.state,
        "tier": score.tier,
        "evidence_grade": score.evidence_grade,
        "unverified_share": rounded(score.unverified_share),
        "trials": {"toxins": score.trials.toxins, "tried": score.trials.tried, "read": score.trials.read},
        "units": [_unit_score_json(entry) for entry in score.units],
    }


def _order_json(score: TargetScore) -> dict[str, Any]:
    return {"target": score.target, **_score_json(score)}


def _species_json(score: TargetScore) -> dict[str, Any]:
    return {"species": score.target, "order": score.order, **_score_json(score)}


def _unit_score_json(entry: UnitScore) -> dict[str, Any]:
    return {
        "unit_id": entry.unit.unit_id,
        "family": entry.unit.family,
        "weight": rounded(entry.unit.weight),
        "p": rounded(entry.probability.value),
        "rho": entry.rho,
        "contribution": rounded(entry.contribution),
        "state": entry.state,
        "records": [fact.fact_id for fact in entry.probability.own],
        "inherited_records": [fact.fact_id for fact in entry.probability.inherited],
    }


def _unit_json(unit: Unit) -> dict[str, Any]:
    weakest = min(unit.genes, key=lambda gene: gene.weight.value)
    identities = [gene.identity for gene in unit.genes if gene.identity is not None]
    return {
        "unit_id": unit.unit_id,
        "name": unit.name,
        "name_1998": " + ".join(gene.hit.name_1998 or gene.name for gene in unit.genes),
        "family": unit.family,
        "kind": unit.kind,
        "hits": [hit.protein_id for gene in unit.genes for hit in gene.hits],
        "copies": unit.copies,
        "weight": rounded(unit.weight),
        "evidence": rounded(weakest.weight.evidence),
        "completeness": rounded(weakest.weight.completeness),
        "identity": rounded(min(identities)) if identities else None,
        "flags": list(unit.flags),
        "partner_missing": unit.partner_missing,
    }


def _hit_json(
    hit: Hit, unit_id: str | None, reason: str | None, flags_of: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    return {
        "protein_id": hit.protein_id,
        "hit_name": hit.hit_name,
        "name_2020": hit.name_2020 if hit.blast else None,
        "name_1998": hit.name_1998,
        "identity": None if hit.identity is None else rounded(hit.identity),
        "coverage": None if hit.coverage is None else rounded(hit.coverage),
        "rank": hit.rank,
        "blast": hit.blast,
        "hmm": hit.hmm,
        "svm": hit.svm,
        "domains": dict(hit.domains),
        "contig": hit.contig,
        "start": hit.location[0] if hit.location else None,
        "end": hit.location[1] if hit.location else None,
        "unit_id": unit_id,
        "kept": reason is None,
        "dropped_reason": reason,
        "flags": list(flags_of.get(hit.protein_id, ())) if reason is None else [],
        "ties": list(hit.ties),
    }


def _accessory_json(hit: Hit) -> dict[str, Any]:
    return {
        "protein_id": hit.protein_id,
        "hit_name": hit.hit_name,
        "identity": None if hit.identity is None else rounded(hit.identity),
        "coverage": None if hit.coverage is None else rounded(hit.coverage),
        "rank": hit.rank,
        "role": role_of(hit.hit_name),
    }


def role_of(hit_name: str) -> str:
    """Return in a few words what an accessory protein does."""
    lower = hit_name.lower()
    return next((role for start, role in _ROLES.items() if lower.startswith(start)), "virulence factor")


def used_facts(results: Iterable[StrainResult], *, species: bool) -> list[Fact]:
    """Return every record behind the scores, once, in table order."""
    found = {
        fact.fact_id: fact
        for result in results
        for score in (result.species if species else result.orders)
        for fact in score.facts()
    }
    return sorted(found.values(), key=lambda fact: (fact.line, fact.fact_id))


def records_json(facts: Iterable[Fact], parameters: ShoterParameters) -> dict[str, Any]:
    """Return `records`: what a page needs to lead from a number to its source."""
    return {fact.fact_id: _record_json(fact, parameters) for fact in facts}


def _record_json(fact: Fact, parameters: ShoterParameters) -> dict[str, Any]:
    weight = parameters.strength(fact.grade) * (parameters.weak_factor if fact.activity == "weak" else 1.0)
    return {
        "toxin": fact.toxin,
        "toxin_1998": fact.toxin_1998 or old_name(fact.toxin),
        "level": fact.level,
        "order": fact.order,
        "species": fact.species_text,
        "activity": fact.activity,
        "strength": fact.strength,
        "weight": rounded(weight),
        "reference": fact.reference,
        "doi": fact.doi,
        "url": fact.url,
        "claim_seen": fact.claim_seen,
        "unverified": fact.unverified,
        "note": fact.note,
        "partner": fact.partner or None,
    }
