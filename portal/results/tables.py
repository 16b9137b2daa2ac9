"""The tables over many genomes: one row per genome, toxin, order or species, with fixed columns and types.

Percentages have `_percent` in their name (0-100); scores, their bounds and fractions are 0-1. Unknown values are null,
never 0. A genome without a toxin still has its row in `tasks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from portal.domain.annotations import Annotations, joined_tags
from portal.results.conclusion import Conclusion
from portal.results.gene_state import MARKED, Damage, GeneCondition
from portal.results.loci import LociDocument
from portal.results.scores import OrderScore, ScoresDocument, SpeciesDocument, SpeciesScore, StrainScores
from portal.results.toxin_table import gene_cells, reasons_not_to_score
from portal.results.toxins import FoundToxin, ToxinsDocument

Kind = Literal["text", "int", "float", "bool", "time"]
Row = dict[str, Any]

_WHOSE: dict[str, Kind] = {"label": "text", "task_id": "text"}
# What a strain is called: the name that its owner gave it, else its label.
_NAMED: dict[str, Kind] = {**_WHOSE, "strain_name": "text"}
_SCORE: dict[str, Kind] = {
    "score": "float", "low": "float", "high": "float", "state": "text", "tier": "text", "evidence_grade": "text",
    "unverified_fraction": "float", "panel": "text", "genes_behind": "text",
}  # fmt: skip
_TOXIN: Mapping[str, tuple[Kind, Callable[[FoundToxin], Any]]] = {
    "protein_id": ("text", lambda toxin: toxin.protein_id),
    "name": ("text", lambda toxin: toxin.hit.name if toxin.hit else None),
    "name_1998": ("text", lambda toxin: toxin.hit.name_1998 if toxin.hit else None),
    "toxin_class": ("text", lambda toxin: toxin.toxin_class),
    "rank": ("text", lambda toxin: toxin.rank),
    "identity_percent": ("float", lambda toxin: toxin.identity_percent),
    "coverage_percent": ("float", lambda toxin: toxin.coverage_percent),
    "contig": ("text", lambda toxin: toxin.contig),
    "start": ("int", lambda toxin: toxin.start),
    "end": ("int", lambda toxin: toxin.end),
    "strand": ("text", lambda toxin: toxin.strand),
    "length_aa": ("int", lambda toxin: toxin.length_aa),
    "partial": ("bool", lambda toxin: toxin.partial),
}
# How many scored genes are broken, cut, or altered behind a whole toxin core.
GENE_COUNTS: Mapping[str, GeneCondition] = {f"genes_{state}_count": state for state in MARKED}
TABLES: Mapping[str, Mapping[str, Kind]] = {
    "tasks": {
        **_WHOSE, "status": "text", "stage": "text", "progress": "int", "failure_kind": "text", "message": "text",
        "size_bytes": "int", "sha256": "text", "submitted": "time", "started": "time", "completed": "time",
        "toxins": "int", "conclusion": "text", "targets": "text", "cautions": "text",
        "genes_broken": "bool", "genes_cut": "bool",
        **dict.fromkeys(GENE_COUNTS, "int"),
        "name": "text", "tags": "text",
    },
    "toxins": {**_NAMED, **{name: kind for name, (kind, _) in _TOXIN.items()},
               "locus": "text", "verdict": "text", "gene_state": "text", "scored": "bool",
               "not_scored_because": "text"},
    "scores": {**_NAMED, "target": "text", **_SCORE},
    "species": {**_NAMED, "species": "text", "target": "text", **_SCORE},
}  # fmt: skip

# What a saved table is called, by what it holds; the links of the pages have the same words.
SAVED_AS: Mapping[str, str] = {"tasks": "strains", "toxins": "toxins", "scores": "orders", "species": "species"}
META = "meta_"  # begins the names of the metadata columns of `tasks`, which its owner chooses; they are text


def with_metadata(metadata: Iterable[str]) -> dict[str, Kind]:
    """Return the columns of `tasks`, the metadata of its strains at the end."""
    more = [f"{META}{column}" for column in metadata]
    return {**TABLES["tasks"], **dict.fromkeys(more, "text")}


def annotation_cells(annotations: Annotations, metadata: Iterable[str]) -> Row:
    """Return what its owner has written of a strain, as cells of `tasks`; null where nothing is written."""
    cells: Row = {"name": annotations.name or None, "tags": joined_tags(annotations.tags) or None}
    return cells | {f"{META}{column}": annotations.metadata.get(column) for column in metadata}


def data_of(toxins: ToxinsDocument | None, scores: ScoresDocument | SpeciesDocument | None) -> tuple[str, ...]:
    """Return the names and versions of the reference and the table of facts behind some results."""
    parts = [toxins.reference if toxins else None, scores.versions.specificity if scores else None]
    return tuple(f"{part.name} {part.version or ''}".strip() for part in parts if part and part.name)


def conclusion_cells(conclusion: Conclusion | None, genes: int | None, damage: Damage | None) -> Row:
    """Return the cells of a result with so many toxin genes in `tasks`; null for what there is not."""
    counts: Row = {name: damage.of(state) if damage else None for name, state in GENE_COUNTS.items()}
    counts["toxins"] = genes
    if conclusion is None:
        return counts | {"conclusion": None, "targets": None, "cautions": None, "genes_broken": None, "genes_cut": None}
    named = conclusion.likely or conclusion.possible
    return counts | {
        "conclusion": conclusion.outcome.value,
        "targets": "; ".join(named) or None,
        "cautions": cautions_text(conclusion),
        "genes_broken": conclusion.genes_broken,
        "genes_cut": conclusion.genes_cut,
    }


def cautions_text(conclusion: Conclusion) -> str | None:
    """Return the targets that are only called possible in spite of their score, and why; None if there are none."""
    return "; ".join(f"{each.target}: {each.caution}" for each in conclusion.all if each.caution) or None


def toxin_table_rows(
    toxins: ToxinsDocument, scores: ScoresDocument | None, loci: LociDocument | None = None
) -> Iterator[Row]:
    """Yield a row per hit, with its gene if Digger wrote the loci."""
    genes = loci.by_row() if loci else {}
    reasons = reasons_not_to_score(scores) if scores else {}
    for toxin in toxins.toxins:
        reason = reasons.get(toxin.protein_id)
        scored = None if scores is None else reason is None and not toxin.accessory
        yield {name: read(toxin) for name, (_, read) in _TOXIN.items()} | {
            **gene_cells(genes.get(toxin.protein_id, ())),
            "scored": scored,
            "not_scored_because": None if reason is None else str(reason),
        }


def score_rows(scores: ScoresDocument) -> Iterator[Row]:
    """Yield a row per order."""
    for strain in scores.strains:
        for score in strain.targets:
            yield {"target": score.target, **_score_cells(score, strain)}


def species_rows(species: SpeciesDocument, scores: ScoresDocument) -> Iterator[Row]:
    """Yield a row per species; `scores` are those of the same run, by order."""
    genes = {strain.strain: strain for strain in scores.strains}
    for strain in species.strains:
        for score in strain.species:
            yield {"species": score.species, "target": score.target, **_score_cells(score, genes.get(strain.strain))}


def _score_cells(score: OrderScore | SpeciesScore, strain: StrainScores | None) -> Row:
    return {
        "score": score.score,
        "low": score.low,
        "high": score.high,
        "state": score.state,
        "tier": score.tier,
        "evidence_grade": score.grade,
        "unverified_fraction": score.unverified_share,
        "panel": score.panel,
        "genes_behind": None if strain is None or score.score is None else strain.genes_behind(score).value,
    }
