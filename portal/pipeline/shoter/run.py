"""Run Shoter: from All_Toxins.txt to the files of docs/use/formats-shoter.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from portal import __version__
from portal.domain.message import Message
from portal.files.atomic import write_bytes
from portal.pipeline.shoter import output, tables
from portal.pipeline.shoter.calibration import Calibration, load_calibration
from portal.pipeline.shoter.hits import HitFile, read_hits
from portal.pipeline.shoter.inventory import enrich, read_inventory
from portal.pipeline.shoter.loci import loci_beside, read_loci, with_loci
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import Scorer
from portal.pipeline.shoter.searched import mostly_unknown_beside
from portal.pipeline.shoter.specificity.table import SpecificityTable, load_table
from portal.pipeline.shoter.strain import StrainResult, score_strain
from portal.pipeline.stage import Progress, no_progress
from portal.results import bioassay_table
from portal.results.citations import FORMATS as CITATION_FORMATS
from portal.results.codec import to_json
from portal.results.conclusion import Conclusion
from portal.results.evidence_table import COLUMNS as EVIDENCE_COLUMNS
from portal.results.evidence_table import evidence_of, table_rows
from portal.results.names import (
    ACCESSORY_TSV,
    BIOASSAYS_JSON,
    BIOASSAYS_TSV,
    EVIDENCE_JSON,
    EVIDENCE_TSV,
    SCORES_JSON,
    SHOTER_JSON,
    SPECIES_JSON,
    SPECIES_SCORES_TSV,
    TARGET_SCORES_TSV,
    TOXIN_SUPPORT_TSV,
    TOXINS_JSON,
)
from portal.results.scores import (
    CalibrationFacts,
    PanelTarget,
    ScoresDocument,
    ScoreVersions,
    ShoterRun,
    SpeciesDocument,
    SpecificityFacts,
    StrainScores,
)
from portal.results.shortlist import bioassays_of
from portal.results.targets import PANELS, TARGET_ORDER
from portal.results.toxin_table import as_tsv
from portal.results.toxins import ToxinsDocument
from portal.typed_json import convert

OUTPUTS = (
    TOXIN_SUPPORT_TSV,
    TARGET_SCORES_TSV,
    SCORES_JSON,
    SPECIES_SCORES_TSV,
    SPECIES_JSON,
    ACCESSORY_TSV,
    EVIDENCE_TSV,
    EVIDENCE_JSON,
    BIOASSAYS_TSV,
    BIOASSAYS_JSON,
    *(name for name, _ in CITATION_FORMATS.values()),
    SHOTER_JSON,
)


@dataclass(frozen=True)
class ShoterSummary:
    """Summary of a run, for callers that do not read the files."""

    outputs: tuple[str, ...]
    strains: int
    hits: int
    kept_hits: int
    conclusions: dict[str, Conclusion]  # by strain
    remarks: tuple[Message, ...]


def run_shoter(
    all_toxins: Path,
    out_dir: Path,
    *,
    parameters: ShoterParameters,
    table: Path | None = None,
    toxins_json: Path | None = None,
    strain: str | None = None,
    progress: Progress = no_progress,
) -> ShoterSummary:
    """Score every strain of a table of hits and write the files.

    Args:
        all_toxins: Digger's table; it may contain several strains.
        out_dir: an existing folder; files of the same names are replaced.
        table: specificity CSV with any header that `table.py` accepts; by default the one shipped.
        toxins_json: by default the one beside `all_toxins`, if any.
        strain: name of the genome, for a table without rows, which is a valid result: no toxin was found.

    Raises:
        InvalidInput: the hits or the specificity table cannot be read; with line and column.
        StorageFull: the disk is full.
    """
    specificity = load_table(table)
    content = all_toxins.read_bytes()
    found = read_hits(all_toxins, content)
    inventory_path = toxins_json or all_toxins.with_name(TOXINS_JSON)
    inventory = read_inventory(inventory_path) if toxins_json or inventory_path.is_file() else None
    hits = enrich(found.hits, inventory) if inventory else list(found.hits)
    for path in loci_beside(inventory_path, found.strains):
        hits = with_loci(hits, read_loci(path))
    strains = found.strains or ((strain,) if strain else ())
    progress(0.2, Message("progress.hits_read"))

    orders = Scorer.build(specificity.facts, parameters)
    species = Scorer.build(specificity.facts, parameters, by_species=True)
    targets = [target for target in TARGET_ORDER if target in orders.index.order_of]
    loaded = load_calibration()
    calibration = None if loaded.reason_not_to_apply(specificity.sha256, parameters) else loaded
    results = []
    for number, name in enumerate(strains, start=1):
        rows = [hit for hit in hits if hit.strain == name]
        results.append(score_strain(name, rows, orders, species, targets, parameters, calibration))
        done = Message("progress.strains_scored", number=number, total=len(strains))
        progress(0.2 + 0.6 * number / len(strains), done)

    head = _head(specificity, parameters, content, inventory, targets, loaded)
    unknown = mostly_unknown_beside(inventory_path)
    scored = tuple(output.strain_scores(result, mostly_unknown=result.strain in unknown) for result in results)
    files = _encode_files(results, scored, targets, head, specificity, parameters)
    files[SHOTER_JSON] = to_json(_run_document(head, results, found, files))
    for name in OUTPUTS:
        write_bytes(out_dir / name, files[name], durable=False)
    progress(1.0, Message("progress.scores_written"))
    return _summary(results, scored, found)


def _head(
    specificity: SpecificityTable,
    parameters: ShoterParameters,
    content: bytes,
    inventory: ToxinsDocument | None,
    targets: Sequence[str],
    calibration: Calibration,
) -> dict[str, Any]:
    versions = ScoreVersions(
        shoter=__version__,
        specificity=convert(specificity.describe(), SpecificityFacts),
        input_sha256=hashlib.sha256(content).hexdigest(),
        engine=inventory.engine if inventory else None,
    )
    identity = json.dumps([msgspec.to_builtins(versions), parameters.as_dict()], sort_keys=True)
    return {
        "uncalibrated": True,
        "run_id": hashlib.sha256(identity.encode()).hexdigest()[:12],
        "parameters": parameters.as_dict(),
        "versions": versions,
        "calibration": convert(calibration.describe(specificity.sha256, parameters), CalibrationFacts),
        "targets": tuple(PanelTarget(target=target, panel=PANELS[target]) for target in targets),
    }


def _encode_files(
    results: Sequence[StrainResult],
    scored: tuple[StrainScores, ...],
    targets: Sequence[str],
    head: dict[str, Any],
    specificity: SpecificityTable,
    parameters: ShoterParameters,
) -> dict[str, bytes]:
    run_id = head["run_id"]
    facts = output.used_facts(results, species=False)
    by_order = output.records_of(facts, specificity.sources, parameters)
    by_species = output.records_of(output.used_facts(results, species=True), specificity.sources, parameters)
    used = sorted({fact.source_id for fact in facts} & specificity.sources.keys())
    sources = {key: specificity.sources[key] for key in used}
    scores = ScoresDocument(**head, strains=scored, records=by_order, sources=sources)
    evidence = evidence_of(scores)
    species = SpeciesDocument(
        **head, strains=tuple(output.strain_species(result) for result in results), records=by_species
    )
    shortlist = bioassays_of(scores, species)
    return {
        TOXIN_SUPPORT_TSV: tables.toxin_support(results, targets, run_id),
        TARGET_SCORES_TSV: tables.target_scores(results, [strain.conclusion for strain in scored], targets, run_id),
        SCORES_JSON: to_json(scores),
        SPECIES_SCORES_TSV: tables.species_scores(results, run_id),
        SPECIES_JSON: to_json(species),
        ACCESSORY_TSV: tables.accessory(results, run_id),
        EVIDENCE_TSV: as_tsv(table_rows(evidence), EVIDENCE_COLUMNS).encode(),
        EVIDENCE_JSON: to_json(evidence),
        BIOASSAYS_TSV: as_tsv(bioassay_table.table_rows(shortlist), bioassay_table.COLUMNS).encode(),
        BIOASSAYS_JSON: to_json(shortlist),
        **{name: write(sources.values()).encode() for name, write in CITATION_FORMATS.values()},
    }


def _run_document(
    head: dict[str, Any], results: Sequence[StrainResult], found: HitFile, files: dict[str, bytes]
) -> ShoterRun:
    return ShoterRun(
        **head,
        strains=tuple(result.strain for result in results),
        hits=len(found.hits),
        kept_hits=sum(len(result.selection.kept) for result in results),
        warnings=tuple(map(str, _remarks(results, found))),
        remarks=_remarks(results, found),
        outputs={name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    )


def _remarks(results: Sequence[StrainResult], found: HitFile) -> tuple[Message, ...]:
    of_strains = (
        Message("input.file", name=result.strain, reason=remark) for result in results for remark in result.remarks
    )
    return (*found.remarks, *of_strains)


def _summary(results: Sequence[StrainResult], scored: Sequence[StrainScores], found: HitFile) -> ShoterSummary:
    return ShoterSummary(
        outputs=OUTPUTS,
        strains=len(results),
        hits=len(found.hits),
        kept_hits=sum(len(result.selection.kept) for result in results),
        conclusions={strain.strain: strain.conclusion for strain in scored},
        remarks=_remarks(results, found),
    )
