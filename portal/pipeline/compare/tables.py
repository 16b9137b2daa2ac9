"""Compare several finished tasks as data: the document and the tables of a comparison, without pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from portal.domain.natural_order import natural_key
from portal.pipeline.compare.matrix import ToxinColumn, toxin_columns
from portal.pipeline.plots.table import Cell, write_table
from portal.pipeline.plots.target_heatmap import target_order
from portal.results.codec import to_json
from portal.results.comparison import ComparedScore, ComparedStrain, ComparisonDocument
from portal.results.conclusion import Assessment, Outcome, names_of
from portal.results.names import COMPARE_CONCLUSIONS_TSV, COMPARE_JSON, COMPARE_TARGETS_TSV, COMPARE_TOXINS_TSV
from portal.results.reading import TaskResults
from portal.results.scores import PanelTarget, StrainScores, StrainSpecies
from portal.results.strain_genes import with_whole_genes
from portal.results.tables import GENE_COUNTS, cautions_text

_NAMED = (Assessment.LIKELY, Assessment.POSSIBLE)


@dataclass(frozen=True)
class Comparison:
    """All strains under unique names, in order, and the facts about them."""

    strains: tuple[StrainScores, ...]
    species: tuple[StrainSpecies, ...]
    columns: tuple[ToxinColumn, ...]
    document: ComparisonDocument


def tabulate(labels: Sequence[str], results: Sequence[TaskResults]) -> Comparison:
    """Compare the strains of several tasks; the labels name the tasks."""
    ordered = _in_order(_labelled(labels, results))
    strains = tuple(scores for scores, _ in ordered)
    columns = tuple(toxin_columns(strains))
    document = ComparisonDocument(
        uncalibrated=True,
        differences=_differences(results),
        runs=tuple(sorted({result.scores.run_id for result in results})),
        targets=tuple(PanelTarget(target=target, panel=panel) for target, panel in target_order(strains)),
        toxins=tuple(column.name for column in columns),
        strains=tuple(_compared(index, strain, columns) for index, strain in enumerate(strains)),
    )
    return Comparison(strains, tuple(species for _, species in ordered), columns, document)


def write_tables(comparison: Comparison, out_dir: Path) -> list[str]:
    """Write the document and the tables and return their names."""
    path = out_dir / COMPARE_JSON
    path.write_bytes(to_json(comparison.document, indent=True))
    strains = comparison.strains
    return [_conclusions(strains, out_dir), _targets(strains, out_dir), _toxins(strains, out_dir), path.name]


def _labelled(labels: Sequence[str], results: Sequence[TaskResults]) -> list[tuple[StrainScores, StrainSpecies]]:
    """Return all strains under unique names: the task's label, plus the strain if a task has several."""
    strains: list[tuple[StrainScores, StrainSpecies]] = []
    seen: dict[str, int] = {}
    for label, result in zip(labels, results, strict=True):
        species = {each.strain: each.species for each in result.species.strains}
        for strain in result.strains:
            name = label if len(result.strains) == 1 else f"{label}: {strain.strain}"
            seen[name] = seen.get(name, 0) + 1
            name = name if seen[name] == 1 else f"{name} ({seen[name]})"
            of_strain = StrainSpecies(strain=name, species=species.get(strain.strain, ()))
            strains.append((replace(with_whole_genes(strain, result.loci), strain=name), of_strain))
    return strains


def _in_order(strains: Sequence[tuple[StrainScores, StrainSpecies]]) -> list[tuple[StrainScores, StrainSpecies]]:
    """Return the strains grouped by their first-named pest, highest score first; strains without one come last."""
    places = {target: index for index, (target, _) in enumerate(target_order([scores for scores, _ in strains]))}
    outcomes = list(Outcome)

    def key(entry: tuple[StrainScores, StrainSpecies]) -> tuple[int, float, str]:
        strain, conclusion = entry[0], entry[0].conclusion
        first = next(iter(conclusion.likely + conclusion.possible), None)
        if first is None:
            return len(places) + outcomes.index(conclusion.outcome), 0.0, strain.strain
        best = max((score.value for score in strain.targets if score.target == first), default=0.0)
        return places.get(first, len(places)), -best, strain.strain

    return sorted(strains, key=key)


def _differences(results: Sequence[TaskResults]) -> tuple[str, ...]:
    """Return what differs between the tasks; scores computed in different ways may not be comparable."""
    facts = {
        "parameters": {json.dumps(result.scores.parameters, sort_keys=True) for result in results},
        "specificity data": {result.scores.versions.specificity.sha256 for result in results},
        "version": {result.scores.versions.shoter for result in results},
        "toxin reference": {str(result.inventory.reference.sha256) for result in results if result.inventory},
    }
    return tuple(name for name, values in facts.items() if len(values) > 1)


def _compared(index: int, strain: StrainScores, columns: Sequence[ToxinColumn]) -> ComparedStrain:
    return ComparedStrain(
        strain=strain.strain,
        conclusion=strain.conclusion,
        genes_broken_count=strain.damage.broken,
        genes_cut_count=strain.damage.cut,
        genes_altered_count=strain.damage.altered,
        targets={
            score.target: ComparedScore(
                score=score.score, low=score.low, high=score.high, state=score.state, tier=score.tier
            )
            for score in strain.targets
        },
        toxins_identity_percent={
            column.name: column.identities[index] for column in columns if index in column.identities
        },
    )


def _conclusions(strains: Sequence[StrainScores], out_dir: Path) -> str:
    rows: list[list[Cell]] = []
    for strain in strains:
        said = strain.conclusion
        named = [names_of(panel, each) for panel in (said.pest, said.non_pest) for each in _NAMED]
        told = [strain.strain, said.outcome.value, *(";".join(names) for names in named)]
        counts = (strain.damage.of(state) for state in GENE_COUNTS.values())
        rows.append([*told, said.genes_broken, said.genes_cut, *counts, cautions_text(said)])
    genes = ["genes_broken", "genes_cut", *GENE_COUNTS, "cautions"]
    names = ["strain", "outcome", "likely", "possible", "non_pest_likely", "non_pest_possible", *genes]
    return write_table(out_dir / COMPARE_CONCLUSIONS_TSV, names, rows)


def _targets(strains: Sequence[StrainScores], out_dir: Path) -> str:
    targets = [target for target, _ in target_order(strains)]
    rows: list[list[Cell]] = []
    for strain in strains:
        scores = {score.target: score.score for score in strain.targets}
        rows.append([strain.strain, *(scores.get(target) for target in targets)])
    return write_table(out_dir / COMPARE_TARGETS_TSV, ["strain", *targets], rows)


def _toxins(strains: Sequence[StrainScores], out_dir: Path) -> str:
    names = sorted({hit.name for strain in strains for hit in strain.hits if hit.kept}, key=natural_key)
    rows: list[list[Cell]] = []
    for strain in strains:
        best: dict[str, float] = {}
        for hit in strain.hits:
            if hit.kept:
                best[hit.name] = max(best.get(hit.name, 0.0), hit.identity_percent or 0.0)
        rows.append([strain.strain, *(best.get(name) for name in names)])
    return write_table(out_dir / COMPARE_TOXINS_TSV, ["strain", *names], rows)
