"""What changed between two runs of one genome, as a typed document. Pure: takes documents, returns a document.

Every field: docs/use/api.md; as JSON Schema: /api/openapi.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec import Struct

from portal.results.conclusion import AssessedTarget, Assessment, Caution, Conclusion, Outcome
from portal.results.gene_changes import FoundGenes, GeneChange, compare_genes
from portal.results.gene_state import GeneCondition
from portal.results.loci import LociDocument
from portal.results.ranking import score_text
from portal.results.scores import OrderScore, ScoresDocument, ScoreState, SpeciesDocument, SpeciesScore
from portal.results.targets import Panel
from portal.results.toxins import ToxinsDocument
from portal.results.units import Fraction, Score, Species, Target

CHANGES_SCHEMA = 1


class Extent(StrEnum):
    """How much two results differ: not at all, only in details that no list here has, or in what they say."""

    NONE = "none"
    DETAILS = "details"
    RESULTS = "results"


class SettingChange(Struct, frozen=True, kw_only=True):
    """A setting or version that was another one; `name` is a parameter, `lang`, or a part such as `reference`."""

    name: str
    before: str | Fraction | bool | None
    after: str | Fraction | bool | None


class ScorePoint(Struct, frozen=True, kw_only=True):
    """A score (0-1) in one run with its 5-95 % interval, see OrderScore; species have no assessment of their own.

    caution: why a target with the score of a likely one is only called possible.
    """

    score: Score | None
    low: Score | None
    high: Score | None
    state: ScoreState
    assessment: Assessment | None = None
    caution: Caution | None = None


class ScoreChange(Struct, frozen=True, kw_only=True):
    """A target, or a species of it, whose score or assessment reads differently; None: not listed in that run."""

    target: Target
    species: Species | None = None
    panel: Panel
    before: ScorePoint | None
    after: ScorePoint | None


class ConclusionChange(Struct, frozen=True, kw_only=True):
    """The conclusion of both runs: the outcome, and the pests that the strain likely and possibly acts on.

    genes: the state of all genes behind it: broken, cut (seen only in part), or else whole.
    """

    before: Outcome
    after: Outcome
    likely_before: tuple[Target, ...]
    likely_after: tuple[Target, ...]
    possible_before: tuple[Target, ...]
    possible_after: tuple[Target, ...]
    genes_before: GeneCondition = GeneCondition.WHOLE
    genes_after: GeneCondition = GeneCondition.WHOLE


class ChangesDocument(Struct, frozen=True, kw_only=True):
    """What changed from run `before` to run `after`; lists hold only what differs, `conclusion` is None if it does not.

    Scores differ if their two decimals, their state, their assessment or its caution do.
    """

    schema: int = CHANGES_SCHEMA
    before: int
    after: int
    extent: Extent
    settings: tuple[SettingChange, ...]
    genes: tuple[GeneChange, ...]
    conclusion: ConclusionChange | None
    targets: tuple[ScoreChange, ...]
    species: tuple[ScoreChange, ...]


@dataclass(frozen=True)
class ComparedRun:
    """The documents of one run and what it ran with; None: the run has no such document, or it is not known."""

    number: int
    parameters: Mapping[str, Any]
    lang: str
    portal: str | None
    toxins: ToxinsDocument
    loci: LociDocument | None
    scores: ScoresDocument
    species: SpeciesDocument | None


def compare_runs(before: ComparedRun, after: ComparedRun) -> ChangesDocument:
    """Return what changed from one run to another of the same genome."""
    genes = compare_genes(*(FoundGenes(run.toxins, run.loci, run.scores) for run in (before, after)))
    conclusion = _conclusion(before.scores, after.scores)
    targets = _scores(_points_of_targets(before), _points_of_targets(after))
    species = _scores(_points_of_species(before), _points_of_species(after))
    if genes or conclusion or targets or species:
        extent = Extent.RESULTS
    else:
        extent = Extent.NONE if _content(before) == _content(after) else Extent.DETAILS
    return ChangesDocument(
        before=before.number,
        after=after.number,
        extent=extent,
        settings=_settings(before, after),
        genes=genes,
        conclusion=conclusion,
        targets=targets,
        species=species,
    )


def _content(run: ComparedRun) -> tuple[object, ...]:
    """Return all that a run found: its documents without what names the run."""
    return (
        run.toxins.toxins,
        run.loci.loci if run.loci else None,
        run.scores.strains,
        run.scores.records,
        run.species.strains if run.species else None,
    )


def _settings(before: ComparedRun, after: ComparedRun) -> tuple[SettingChange, ...]:
    one, other = _settings_of(before), _settings_of(after)
    names = dict.fromkeys((*one, *other))
    return tuple(
        SettingChange(name=name, before=one.get(name), after=other.get(name))
        for name in names
        if one.get(name) != other.get(name)
    )


def _settings_of(run: ComparedRun) -> dict[str, Any]:
    engine, reference, versions = run.toxins.engine, run.toxins.reference, run.scores.versions
    return {
        **{name: value for name, value in run.parameters.items() if isinstance(value, str | float | int | bool)},
        "lang": run.lang,
        "portal": run.portal,
        "engine": _named(engine.name, engine.version),
        "reference": _named(reference.name, reference.version),
        "reference_sha256": reference.sha256,
        "shoter": versions.shoter,
        "evidence_table": _named(versions.specificity.name, versions.specificity.version),
        "evidence_table_sha256": versions.specificity.sha256,
    }


def _named(name: str | None, version: str | None) -> str:
    return " ".join(part for part in (name, version) if part)


def _conclusion(before: ScoresDocument, after: ScoresDocument) -> ConclusionChange | None:
    one, other = _conclusion_of(before), _conclusion_of(after)
    if one is None or other is None:
        return None
    change = ConclusionChange(
        before=one.outcome,
        after=other.outcome,
        likely_before=one.likely,
        likely_after=other.likely,
        possible_before=one.possible,
        possible_after=other.possible,
        genes_before=one.genes_behind,
        genes_after=other.genes_behind,
    )
    said = [
        (run.outcome, set(run.likely), set(run.possible), set(run.besides), run.genes_behind) for run in (one, other)
    ]
    return change if said[0] != said[1] else None


def _conclusion_of(document: ScoresDocument) -> Conclusion | None:
    return document.strains[0].conclusion if document.strains else None


_Key = tuple[str, str | None, Panel]


def _points_of_targets(run: ComparedRun) -> dict[_Key, ScorePoint]:
    if not run.scores.strains:
        return {}
    strain = run.scores.strains[0]
    return {
        (score.target, None, score.panel): _point(score, strain.conclusion.of(score.target)) for score in strain.targets
    }


def _points_of_species(run: ComparedRun) -> dict[_Key, ScorePoint]:
    if run.species is None or not run.species.strains:
        return {}
    return {(score.target, score.species, score.panel): _point(score) for score in run.species.strains[0].species}


def _point(score: OrderScore | SpeciesScore, said: AssessedTarget | None = None) -> ScorePoint:
    return ScorePoint(
        score=score.score,
        low=score.low,
        high=score.high,
        state=score.state,
        assessment=said.assessment if said else None,
        caution=said.caution if said else None,
    )


def _scores(before: Mapping[_Key, ScorePoint], after: Mapping[_Key, ScorePoint]) -> tuple[ScoreChange, ...]:
    return tuple(
        ScoreChange(target=key[0], species=key[1], panel=key[2], before=before.get(key), after=after.get(key))
        for key in dict.fromkeys((*before, *after))
        if _shown(before.get(key)) != _shown(after.get(key))
    )


def _shown(point: ScorePoint | None) -> tuple[str | None, ...] | None:
    """Return what tables say of a score: no record is as not being listed, >0.99 as 0.99, and <0.01 as 0.01."""
    if point is None or point.state is ScoreState.NO_EVIDENCE:
        return None
    text = None if point.score is None else score_text(point.score).lstrip("<>")
    return text, point.state, point.assessment, point.caution
