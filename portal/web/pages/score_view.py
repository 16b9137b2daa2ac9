"""Prepare a task's scores and list of files for the results page. Pure: takes values, returns values.

The scores already contain the assessment of each target. `toxin_view.py` does the same for the toxins. Everything in
these files may come from a name in an upload, so nothing here is markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeAlias

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.results.conclusion import AssessedTarget, Assessment, Conclusion
from portal.results.gene_state import RECORD_END, Damage, GeneCondition, is_cut, is_part
from portal.results.names import REPORT_HTML, with_language
from portal.results.own_tests import EffectCounts, counts_of, is_same_toxin, tests_of
from portal.results.ranking import shown_limits
from portal.results.score_words import assessment_note
from portal.results.scores import (
    DocumentedShare,
    Helper,
    OrderScore,
    Record,
    ScoredUnit,
    ScoresDocument,
    ScoreVersions,
    StrainScores,
    TrialCounts,
    UnitShare,
)
from portal.results.sources import lasting_address
from portal.services.answers import ResultFile

_LATIN = re.compile(r"[A-Z][a-z]+( [a-z]{2,}|/[A-Z]|$)")
_DRIVES = 0.1  # a contribution below this explains nothing
_Cite: TypeAlias = "Callable[[str, bool], CitedRecord | None]"


@dataclass(frozen=True)
class CitedRecord:
    """One record of the literature behind a score; `href` leads to its source, or is None."""

    fact_id: str
    toxin: str
    toxin_1998: str | None
    species: str
    as_published: str  # empty where the source has the accepted name
    activity: str
    grade: str  # the effective grade: an unchecked source is C
    reference: str
    doi: str | None
    href: str | None
    unverified: bool
    note: str
    inherited: bool

    @cached_property
    def is_binomial(self) -> bool:
        """Return whether the target is a genus or species (set in italics), not a group."""
        return bool(_LATIN.match(self.species))


@dataclass(frozen=True)
class Contribution:
    """The contribution of one toxin (or pair) to one score.

    `relative_percent` is the identity to the toxin of its records where that is another toxin, else None. `is_part`
    tells that only a part of the toxin was seen.
    """

    name: str
    name_1998: str | None
    family: str
    value: float
    state: str
    relative_percent: float | None
    is_part: bool
    evidence: tuple[CitedRecord, ...]

    @cached_property
    def own(self) -> tuple[CitedRecord, ...]:
        return tuple(record for record in self.evidence if not record.inherited)

    @cached_property
    def of_relatives(self) -> tuple[CitedRecord, ...]:
        return tuple(record for record in self.evidence if record.inherited)


@dataclass(frozen=True)
class Target:
    """The score (0-1) of one order with its 5-95 % interval and assessment; the score is 0 without records.

    Tests count records with an effect and without, of the strain's own toxins, of those seen only in part and of those
    whose genes are broken. `note` says why the assessment is not what the score suggests, `genes` the state of
    all genes behind the score.
    """

    target: str
    assessment: Assessment
    score: float
    low: float
    high: float
    state: str
    tier: str
    grade: str | None
    unverified_share: float
    trials: TrialCounts | None
    documented: DocumentedShare | None
    contributions: tuple[Contribution, ...]
    own_tests: EffectCounts
    broken_tests: EffectCounts
    part_tests: EffectCounts
    note: Message | None
    genes: GeneCondition

    @property
    def shown_limits(self) -> tuple[float, float]:
        """Return the limits of the interval as they are to be shown with two decimals."""
        return shown_limits(self.low, self.high)

    @property
    def drivers(self) -> tuple[str, ...]:
        """Return the toxins (or pairs) behind the score, strongest first, without those that add next to nothing.

        If some were tested themselves, those that only inherit from relatives are left out.
        """
        ranked = sorted((part for part in self.contributions if part.value >= _DRIVES), key=lambda part: -part.value)
        tested = [part for part in ranked if part.state == "tested"]
        return tuple(dict.fromkeys(part.name for part in tested or ranked))

    @property
    def key(self) -> str:
        """Return the name as part of an HTML id."""
        return target_key(self.target)


def target_key(target: str) -> str:
    """Return the name of a target as part of an HTML id."""
    return re.sub(r"[^a-z]+", "-", target.lower())


@dataclass(frozen=True)
class Scores:
    """Shoter's scores of one strain: pests with a score, found inactive, tested too little or never; others apart."""

    strain: str
    conclusion: Conclusion
    scored: tuple[Target, ...]
    non_pest: tuple[Target, ...]
    inactive: tuple[Target, ...]
    undecided: tuple[Target, ...]
    untested: tuple[Target, ...]
    damage: Damage
    cut: tuple[str, ...]
    in_file: tuple[str, ...]
    unknown_score: float
    unknown_hits: tuple[str, ...]
    helpers: tuple[Helper, ...]
    remarks: tuple[Message, ...]
    parameters: Mapping[str, Any]
    versions: ScoreVersions
    run_id: str


def read_scores(document: ScoresDocument) -> Scores | None:
    """Return the scores of the first (only) strain, in the order of its conclusion; None if there is none."""
    if not document.strains:
        return None
    strain = document.strains[0]
    units = {unit.unit_id: unit for unit in strain.units}
    scores = {score.target: score for score in strain.targets}

    @cache  # a record stands behind several toxins and orders
    def cite(fact_id: str, inherited: bool) -> CitedRecord | None:
        record = document.records.get(fact_id)
        return _cited(fact_id, record, inherited) if record else None

    def targets(said: Sequence[AssessedTarget], *assessments: Assessment) -> tuple[Target, ...]:
        return tuple(
            _target(scores[each.target], each, strain, units, cite, document.records)
            for each in said
            if each.target in scores and (each.assessment in assessments or not assessments)
        )

    conclusion = strain.conclusion
    cut = [unit for unit in strain.units if is_cut(unit.flags)]
    return Scores(
        strain=strain.strain,
        conclusion=conclusion,
        scored=tuple(target for target in targets(conclusion.pest) if target.score > 0),
        non_pest=tuple(target for target in targets(conclusion.non_pest) if target.score > 0),
        inactive=targets(conclusion.all, Assessment.INACTIVE),
        undecided=targets(conclusion.all, Assessment.UNDECIDED),
        untested=targets(conclusion.all, Assessment.NO_RECORD),
        damage=strain.damage,
        cut=tuple(dict.fromkeys(unit.name for unit in cut if RECORD_END not in unit.flags)),
        in_file=tuple(dict.fromkeys(unit.name for unit in cut if RECORD_END in unit.flags)),
        unknown_score=strain.unknown_target.score,
        unknown_hits=strain.unknown_target.hits,
        helpers=strain.helpers,
        remarks=strain.told,
        parameters=document.parameters,
        versions=document.versions,
        run_id=document.run_id,
    )


def _target(
    score: OrderScore,
    said: AssessedTarget,
    strain: StrainScores,
    units: Mapping[str, ScoredUnit],
    cite: _Cite,
    records: Mapping[str, Record],
) -> Target:
    tests = tests_of(score.units, units)
    return Target(
        target=score.target,
        assessment=said.assessment,
        score=score.value,
        low=score.low or 0.0,
        high=score.high or 0.0,
        state=score.state,
        tier=score.tier,
        grade=score.grade,
        unverified_share=score.unverified_share,
        trials=score.trials,
        documented=score.documented,
        contributions=tuple(_contribution(share, units, cite) for share in score.units),
        own_tests=_counts(tests.own, records),
        broken_tests=_counts(tests.broken, records),
        part_tests=_counts(tests.part, records),
        note=assessment_note(said, score.value, score.low or 0.0, score.high or 0.0),
        genes=strain.genes_behind(score),
    )


def _counts(facts: Sequence[str], records: Mapping[str, Record]) -> EffectCounts:
    return counts_of(records[fact] for fact in facts if fact in records)


def _contribution(share: UnitShare, units: Mapping[str, ScoredUnit], cite: _Cite) -> Contribution:
    unit = units.get(share.unit_id)
    own = [cite(fact_id, False) for fact_id in share.records]
    of_relatives = [cite(fact_id, True) for fact_id in share.inherited_records]
    return Contribution(
        name=unit.name if unit else share.family,
        name_1998=_other_name(unit.name, unit.name_1998) if unit else None,
        family=share.family,
        value=share.contribution,
        state=share.state,
        relative_percent=None if unit is None or is_same_toxin(unit.identity_percent) else unit.identity_percent,
        is_part=unit is not None and is_part(unit.flags),
        evidence=tuple(record for record in own + of_relatives if record is not None),
    )


def _other_name(name: str, name_1998: str | None) -> str | None:
    """Return the 1998 name if it differs."""
    return name_1998 if name_1998 and name_1998 != name else None


def _cited(fact_id: str, record: Record, inherited: bool) -> CitedRecord:
    href = lasting_address(record.doi, record.url)
    return CitedRecord(
        fact_id=fact_id,
        toxin=record.toxin,
        toxin_1998=_other_name(record.toxin, record.toxin_1998),
        species=record.organism,
        as_published=record.published_otherwise,
        activity=record.activity,
        grade=record.grade,
        reference=record.citation or record.reference,
        doi=record.doi if href and record.doi else None,
        href=href,
        unverified=record.unverified,
        note=record.note,
        inherited=inherited,
    )


def _place(name: str, order: Sequence[str]) -> int:
    return next((place for place, start in enumerate(order) if name.startswith(start)), len(order))


@dataclass(frozen=True)
class Shelf:
    """Result files in the layout of the page."""

    bundle: ResultFile | None
    report: tuple[ResultFile, ...]
    pictures: tuple[ResultFile, ...]
    folders: tuple[tuple[str, tuple[ResultFile, ...]], ...]


def arrange(files: Sequence[ResultFile], bundle_name: str, lang: str, picture_order: Sequence[str]) -> Shelf:
    """Arrange result files: the bundle, the report (current language first), pictures, and all files by folder."""
    rest = [file for file in files if file.name != bundle_name]
    folders = sorted({file.folder for file in rest})
    pictures = sorted(
        (file for file in rest if file.name.endswith(".svg")),
        key=lambda file: (_place(file.name, picture_order), file.name),
    )
    in_order = (with_language(REPORT_HTML, Lang(lang)), REPORT_HTML)  # the plain name has the task's own language
    reports = [file for name in in_order for file in rest if file.name == name]
    return Shelf(
        bundle=next((file for file in files if file.name == bundle_name), None),
        report=tuple(reports),
        pictures=tuple(pictures),
        folders=tuple((folder, tuple(file for file in rest if file.folder == folder)) for folder in folders),
    )
