"""Several finished tasks side by side: strain x order and strain x toxin, as data and as pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portal import __version__
from portal.domain.errors import InvalidRequest
from portal.domain.status import Lang
from portal.pipeline.bundle.archive import regular_files, write_bundle
from portal.pipeline.bundle.origin import Origin, library_versions
from portal.pipeline.compare.matrix import ToxinColumn, draw_toxin_matrix, toxin_columns
from portal.pipeline.plots.footer import footer_text
from portal.pipeline.plots.inventory import draw_inventory
from portal.pipeline.plots.species_scores import draw_species
from portal.pipeline.plots.table import Cell, write_table
from portal.pipeline.plots.target_heatmap import draw_target_heatmap, target_order
from portal.pipeline.plots.words import WORDS
from portal.pipeline.stage import Progress, no_progress
from portal.results.reading import read_results
from portal.results.scores import Results, StrainScores
from portal.results.targets import UNKNOWN_STATES

SCHEMA = 1
BUNDLE_NAME = "compare.zip"


@dataclass(frozen=True)
class Compared:
    """What was written, and whether the scores were made in the same way."""

    outputs: tuple[str, ...]
    strains: int
    differences: tuple[str, ...]


def compare(
    tasks: Sequence[tuple[str, Path, Path]],
    out_dir: Path,
    lang: Lang,
    *,
    submission_time: str = "",
    progress: Progress = no_progress,
) -> Compared:
    """Compare tasks, given as (label, Digger's folder, Shoter's folder), and write everything into `out_dir`.

    With `submission_time` (ISO 8601) a bundle of it all is written too, dated so.

    Raises:
        InvalidRequest: no task is given.
        StageError: the results of a task cannot be read.
    """
    if not tasks:
        raise InvalidRequest("There is nothing to compare.", errors={"tasks": ["at least one finished task"]})
    results = [read_results(digger, shoter) for _, digger, shoter in tasks]
    progress(0.1, "results read")
    strains = _in_order(_labelled([label for label, _, _ in tasks], results))
    differences = _differences(results)
    columns = toxin_columns(strains)
    outputs = [
        _write_targets(strains, out_dir),
        _write_toxins(strains, out_dir),
        _write_json(strains, columns, results, differences, out_dir),
    ]
    progress(0.2, "tables written")
    words, footer = WORDS[lang], _footer(results, differences, lang)
    outputs += draw_target_heatmap(strains, out_dir / "compare_targets", words=words, footer=footer)
    progress(0.5, "strain x order drawn")
    outputs += draw_toxin_matrix(strains, columns, out_dir / "compare_toxins", words=words, footer=footer)
    progress(0.7, "strain x toxin drawn")
    outputs += draw_inventory(strains, out_dir / "compare_inventory", words=words, footer=footer)
    outputs += draw_species(strains, out_dir / "compare_species", words=words, footer=footer)
    if submission_time:
        outputs.append(_write_bundle(strains, out_dir, outputs, lang, submission_time))
    progress(1.0)
    return Compared(tuple(outputs), len(strains), differences)


def _labelled(labels: Sequence[str], results: Sequence[Results]) -> list[StrainScores]:
    """Return all strains under names of their own: the task's label, with the strain where a task has several."""
    strains: list[StrainScores] = []
    seen: dict[str, int] = {}
    for label, result in zip(labels, results, strict=True):
        for strain in result.strains:
            name = label if len(result.strains) == 1 else f"{label}: {strain.strain}"
            seen[name] = seen.get(name, 0) + 1
            strains.append(replace(strain, strain=name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return strains


def _in_order(strains: Sequence[StrainScores]) -> list[StrainScores]:
    """Return the strains grouped by their best target, the highest score first, those without toxins last."""
    places = {target: index for index, (target, _) in enumerate(target_order(strains))}

    def key(strain: StrainScores) -> tuple[int, float, str]:
        best = max(strain.targets, key=lambda score: score.score, default=None)
        if best is None or best.score == 0:
            return len(places), 0.0, strain.strain
        return places[best.target], -best.score, strain.strain

    return sorted(strains, key=key)


def _differences(results: Sequence[Results]) -> tuple[str, ...]:
    """Return what was not the same for all tasks; scores made in different ways are compared at one's own risk."""
    facts = {
        "parameters": {json.dumps(dict(result.parameters), sort_keys=True) for result in results},
        "specificity data": {str(result.versions["specificity"]["sha256"]) for result in results},
        "version": {str(result.versions["shoter"]) for result in results},
        "toxin reference": {str(result.inventory.reference.get("sha256")) for result in results if result.inventory},
    }
    return tuple(name for name, values in facts.items() if len(values) > 1)


def _footer(results: Sequence[Results], differences: Sequence[str], lang: Lang) -> str:
    words = WORDS[lang]
    head = footer_text(results[0], words).rpartition(" · ")[0]  # the run's number belongs to one task
    if not differences:
        return head
    names = [words.difference_names.get(name, name) for name in differences]
    return f"{head} · {words.differs.format(what=words.comma.join(names))}"


def _write_targets(strains: Sequence[StrainScores], out_dir: Path) -> str:
    targets = [target for target, _ in target_order(strains)]
    rows: list[list[Cell]] = []
    for strain in strains:
        scores = {score.target: score for score in strain.targets if score.state not in UNKNOWN_STATES}
        rows.append([strain.strain, *(scores[target].score if target in scores else None for target in targets)])
    return write_table(out_dir / "compare_targets.tsv", ["strain", *targets], rows)


def _write_toxins(strains: Sequence[StrainScores], out_dir: Path) -> str:
    names = sorted({hit.name for strain in strains for hit in strain.hits if hit.kept})
    rows: list[list[Cell]] = []
    for strain in strains:
        best: dict[str, float] = {}
        for hit in strain.hits:
            if hit.kept:
                best[hit.name] = max(best.get(hit.name, 0.0), hit.identity or 0.0)
        rows.append([strain.strain, *(best.get(name) for name in names)])
    return write_table(out_dir / "compare_toxins.tsv", ["strain", *names], rows)


def _write_json(
    strains: Sequence[StrainScores],
    columns: Sequence[ToxinColumn],
    results: Sequence[Results],
    differences: Sequence[str],
    out_dir: Path,
) -> str:
    document = {
        "schema": SCHEMA,
        "uncalibrated": True,
        "differences": list(differences),
        "runs": sorted({result.run_id for result in results}),
        "targets": [{"target": target, "panel": panel} for target, panel in target_order(strains)],
        "toxins": [column.name for column in columns],
        "strains": [_strain_json(index, strain, columns) for index, strain in enumerate(strains)],
    }
    path = out_dir / "compare.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path.name


def _strain_json(index: int, strain: StrainScores, columns: Sequence[ToxinColumn]) -> dict[str, Any]:
    return {
        "strain": strain.strain,
        "targets": {
            score.target: {
                "score": None if score.state in UNKNOWN_STATES else score.score,
                "low": score.low,
                "high": score.high,
                "state": score.state,
                "tier": score.tier,
            }
            for score in strain.targets
        },
        "toxins": {column.name: column.identities[index] for column in columns if index in column.identities},
    }


def _write_bundle(
    strains: Sequence[StrainScores], out_dir: Path, outputs: Sequence[str], lang: Lang, submission_time: str
) -> str:
    origin = Origin("comparison", f"{len(strains)} strains", submission_time, lang)
    versions = {"portal": {"name": "bttoxin-portal", "version": __version__}, "libraries": library_versions()}
    files = {"Comparison": [path for path in regular_files(out_dir) if path.name in set(outputs)]}
    write_bundle(out_dir / BUNDLE_NAME, files, origin=origin, versions=versions)
    return BUNDLE_NAME
