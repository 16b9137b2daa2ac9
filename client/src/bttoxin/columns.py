"""The columns of the tables: names, types and units.

Percentages are named `_percent` (0-100); `score`, `low`, `high` and fractions are 0-1. Text stays text: a strain
`007` or `1e5` is never converted to a number. Unknown values are missing (NA), not 0.
"""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["text", "int", "float", "bool", "time"]

TABLES: Final[dict[str, dict[str, Kind]]] = {
    "tasks": {
        "label": "text",
        "task_id": "text",
        "status": "text",
        "stage": "text",
        "progress": "int",
        "failure_kind": "text",
        "message": "text",
        "size_bytes": "int",
        "sha256": "text",
        "submitted": "time",
        "started": "time",
        "completed": "time",
        "toxins": "int",
        "conclusion": "text",
        "targets": "text",
        "cautions": "text",
        "genes_broken": "bool",
        "genes_cut": "bool",
        "genes_broken_count": "int",
        "genes_cut_count": "int",
        "genes_altered_count": "int",
        "name": "text",
        "tags": "text",
    },
    "toxins": {
        "label": "text",
        "task_id": "text",
        "strain_name": "text",
        "protein_id": "text",
        "name": "text",
        "name_1998": "text",
        "toxin_class": "text",
        "rank": "text",
        "identity_percent": "float",
        "coverage_percent": "float",
        "contig": "text",
        "start": "int",
        "end": "int",
        "strand": "text",
        "length_aa": "int",
        "partial": "bool",
        "locus": "text",
        "verdict": "text",
        "gene_state": "text",
        "scored": "bool",
        "not_scored_because": "text",
    },
    "scores": {
        "label": "text",
        "task_id": "text",
        "strain_name": "text",
        "target": "text",
        "score": "float",
        "low": "float",
        "high": "float",
        "state": "text",
        "tier": "text",
        "evidence_grade": "text",
        "unverified_fraction": "float",
        "panel": "text",
        "genes_behind": "text",
    },
    "species": {
        "label": "text",
        "task_id": "text",
        "strain_name": "text",
        "species": "text",
        "target": "text",
        "score": "float",
        "low": "float",
        "high": "float",
        "state": "text",
        "tier": "text",
        "evidence_grade": "text",
        "unverified_fraction": "float",
        "panel": "text",
        "genes_behind": "text",
    },
}
