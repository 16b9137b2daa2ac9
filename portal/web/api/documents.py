"""The result documents and table rows as named schemas in the OpenAPI document.

The schemas are generated from the types that write and read the documents, so that they cannot differ.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Struct, field

from portal.results.alignments import AlignmentsDocument
from portal.results.bioassays import BioassayDocument
from portal.results.candidates import CandidatesDocument
from portal.results.changes import ChangesDocument
from portal.results.comparison import ComparisonDocument
from portal.results.evidence_table import EvidenceDocument
from portal.results.loci import LociDocument
from portal.results.scores import ScoresDocument, ShoterRun, SpeciesDocument
from portal.results.screening import ScreeningDocument
from portal.results.tables import TABLES, Kind
from portal.results.toxins import DiggerRun, ToxinsDocument
from portal.results.units import (
    Bases,
    Contig,
    CoveragePercent,
    OldToxinName,
    Percent,
    Position,
    ProteinId,
    Rank,
    Residues,
    Strain,
    ToxinClass,
    ToxinName,
)

# Every JSON file among the results of a task, and the one of a comparison.
RESULT_DOCUMENTS = (
    ToxinsDocument,
    ScoresDocument,
    SpeciesDocument,
    LociDocument,
    ScreeningDocument,
    DiggerRun,
    ShoterRun,
    EvidenceDocument,
    BioassayDocument,
    CandidatesDocument,
    AlignmentsDocument,
)
RESULT_DOCUMENT = "ResultDocument"
_REF = "#/components/schemas/{name}"
_TYPES: Mapping[Kind, str] = {
    "text": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "time": "string",
}
_ROW_NAMES = {"tasks": "TaskRow", "toxins": "ToxinRow", "scores": "ScoreRow", "species": "SpeciesRow"}
_ENUMS = {
    "status": "ItemStatus", "stage": "PipelineStage", "failure_kind": "FailureKind", "conclusion": "Outcome",
    "state": "ScoreState", "tier": "Tier", "panel": "Panel",
}  # fmt: skip
_EXAMPLES = {
    "label": "strain 007", "task_id": "k3v7q2m5x4ta", "strain_name": "HD-73",
    "protein_id": "contig1_00012", "name": "Cry1Ac1", "rank": "Rank4",
    "toxin_class": "Cry", "contig": "contig1", "strand": "-", "target": "Lepidoptera", "species": "Plutella xylostella",
    "identity_percent": 98.2, "coverage_percent": 100.4, "length_aa": 1178, "start": 4012, "end": 7545,
    "score": 0.81, "low": 0.62, "high": 0.9,
}  # fmt: skip
_NEVER_NULL = ("label", "task_id", "strain_name")

DomainText: TypeAlias = Annotated[str, msgspec.Meta(description="`name:start-end` in residues.", examples=["N:30-250"])]


class ToxinTableRow(Struct, kw_only=True):
    """A gene of one task; the columns are those of the CSV and the TSV, see docs/use/results.md."""

    strain: Strain
    protein_id: ProteinId
    toxin: ToxinName | None
    toxin_1998: OldToxinName | None
    ties: list[ToxinName]
    toxin_class: ToxinClass = field(name="class")
    rank: Rank
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    length_aa: Residues
    contig: Contig
    contig_length: Bases
    start: Position
    end: Position
    strand: Literal["forward", "reverse"] | None
    partial: bool
    contig_edge: str | None
    internal_stop: bool
    profile_only: bool
    accessory: bool
    domains: list[DomainText]
    locus: str | None
    verdict: str | None
    gene_state: str | None
    not_scored: str | None
    strain_name: str


class ToxinTable(Struct, kw_only=True):
    """The toxin table of one task."""

    task_id: str
    toxins: list[ToxinTableRow]


def ref(kind: type[Struct] | str) -> dict[str, str]:
    """Return the reference to a schema by type or name."""
    return {"$ref": _REF.format(name=kind if isinstance(kind, str) else kind.__name__)}


def ref_or_null(kind: type[Struct]) -> dict[str, Any]:
    """Return a schema for the document or null."""
    return {"anyOf": [ref(kind), {"type": "null"}]}


def table_ref(table: str) -> dict[str, Any]:
    """Return the reference to one of TABLES as JSON."""
    return ref(f"{_ROW_NAMES[table]}s")


def document_schemas() -> dict[str, dict[str, Any]]:
    """Return all of these schemas by name."""
    kinds = (*RESULT_DOCUMENTS, ComparisonDocument, ChangesDocument, ToxinTable)
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schemas = {name: _tidied(schema) for name, schema in components.items()}
    told = "One of the JSON files among the results of a task; `schema` is the number of its format."
    schemas[RESULT_DOCUMENT] = {"anyOf": [ref(kind) for kind in RESULT_DOCUMENTS], "description": told}
    for table, columns in TABLES.items():
        row = _ROW_NAMES[table]
        schemas[row] = _row_schema(columns)
        schemas[f"{row}s"] = {
            "type": "object",
            "required": ["submission_id", "table", "rows"],
            "properties": {
                "submission_id": {"type": "string"},
                "table": {"type": "string", "const": table},
                "rows": {"type": "array", "items": ref(row)},
            },
        }
    return schemas


def _tidied(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with the lines of its docstring joined, and with the type that enum schemas lack."""
    tidied = dict(schema)
    if "description" in tidied:
        tidied["description"] = inspect.cleandoc(tidied["description"])
    if "enum" in tidied:
        tidied["type"] = "string"
    return tidied


def _row_schema(columns: Mapping[str, Kind]) -> dict[str, Any]:
    """Return the schema of a row of a table over many genomes; unknown values are null."""
    return {
        "type": "object",
        "required": list(columns),
        "properties": {name: _column(name, kind) for name, kind in columns.items()},
    }


def _column(name: str, kind: Kind) -> dict[str, Any]:
    if name in _ENUMS:
        return {"anyOf": [ref(_ENUMS[name]), {"type": "null"}]}
    column: dict[str, Any] = {"type": _TYPES[kind] if name in _NEVER_NULL else [_TYPES[kind], "null"]}
    if kind == "time":
        column["format"] = "date-time"
    unit, text = _unit(name, kind)
    if unit:
        column |= {"x-unit": unit, "description": text}
    if name in _EXAMPLES:
        column["examples"] = [_EXAMPLES[name]]
    return column


def _unit(name: str, kind: Kind) -> tuple[str | None, str]:
    if name.endswith("_percent"):
        return "percent", "Percent, 0 to 100; coverage may be more."
    if name.endswith("_aa"):
        return "aa", "Number of residues."
    if name.endswith("_bytes"):
        return "byte", "Bytes."
    if name == "progress":
        return "percent", "Percent, 0 to 100."
    if name in ("start", "end"):
        return "bp", "Place on the contig, 1-based, the end included; of a protein residues."
    return ("1", "From 0 to 1.") if kind == "float" else (None, "")
