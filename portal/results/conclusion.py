"""The conclusion about which targets a strain acts on: drawn once from its scores, and only worded elsewhere.

Shoter draws it when it writes `strain_scores.json`; pages, report, API, commands and comparison put it into words.
Older results without a conclusion get it from the same function when they are read. For the rule and its validation
see docs/science/method.md, "What a strain acts on".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from portal.results.gene_state import GeneCondition, behind, condition_of_all
from portal.results.ranking import rank_key
from portal.results.targets import Panel

CONCLUSION_SCHEMA = 1
LIKELY_FROM = 0.7
# Also the score that controls must stay below when the scoring is validated.
POSSIBLE_FROM = 0.35


class Assessment(StrEnum):
    """The assessments of one target, the strongest first."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    LITTLE_SUPPORT = "little_support"
    CANNOT_BE_TOLD = "cannot_be_told"
    INACTIVE = "inactive"
    UNDECIDED = "undecided"
    NO_RECORD = "no_record"


# Assessments that do not depend on the score: the tests decide, or nothing does.
_OF_STATE = {
    "negative_only": Assessment.INACTIVE,
    "inconclusive": Assessment.UNDECIDED,
    "no_evidence": Assessment.NO_RECORD,
}


class Outcome(StrEnum):
    """The outcome for a strain: the strongest assessment among pests, or why there is none."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    NONE_SUPPORTED = "none_supported"
    NO_RECORD = "no_record"
    NOT_SCORED = "not_scored"
    NO_TOXINS = "no_toxins"
    MOSTLY_UNKNOWN = "mostly_unknown"


# The outcomes of a genome without a toxin.
NOTHING_FOUND = frozenset({Outcome.NO_TOXINS, Outcome.MOSTLY_UNKNOWN})


class Caution(StrEnum):
    """Why a target with the score of a likely one is only called possible."""

    WIDE_INTERVAL = "wide_interval"
    BESIDE_PRIMARY = "beside_primary"


class AssessedTarget(Struct, frozen=True):
    """One target of the conclusion."""

    target: str
    assessment: Assessment
    caution: Caution | None = None


class Conclusion(Struct, frozen=True, kw_only=True):
    """What a strain acts on. Both lists hold every target of their panel, in order of presentation.

    `genes_broken` tells that the genes of all toxins that add to the score of a pest are broken. `genes_cut` tells that
    all of them are broken or seen only in part, and at least one in part: whether they act cannot be told.
    """

    schema: int = CONCLUSION_SCHEMA
    outcome: Outcome
    pest: tuple[AssessedTarget, ...]
    non_pest: tuple[AssessedTarget, ...]
    genes_broken: bool = False
    genes_cut: bool = False

    @property
    def genes_behind(self) -> GeneCondition:
        """The state of all genes behind the conclusion: broken, cut, or else whole, if some of them may be."""
        return behind(broken=self.genes_broken, cut=self.genes_cut)

    @property
    def likely(self) -> tuple[str, ...]:
        """The pests that the strain likely acts on."""
        return names_of(self.pest, Assessment.LIKELY)

    @property
    def possible(self) -> tuple[str, ...]:
        """The pests that the strain may act on."""
        return names_of(self.pest, Assessment.POSSIBLE)

    @property
    def besides(self) -> tuple[str, ...]:
        """The likely or possible targets that are not pests (beneficial animals, cells in culture)."""
        return names_of(self.non_pest, Assessment.LIKELY, Assessment.POSSIBLE)

    @property
    def all(self) -> tuple[AssessedTarget, ...]:
        """All targets in the order in which tables list them: by assessment, pests before others."""
        order = list(Assessment)
        return tuple(sorted(self.pest + self.non_pest, key=lambda each: order.index(each.assessment)))

    def of(self, target: str) -> AssessedTarget:
        """Return the assessment of one target; a target that was not scored has no record."""
        found = (each for each in self.pest + self.non_pest if each.target == target)
        return next(found, AssessedTarget(target, Assessment.NO_RECORD))


class _Share(Protocol):
    @property
    def unit_id(self) -> str: ...
    @property
    def contribution(self) -> float: ...
    @property
    def state(self) -> str: ...


class Rated(Protocol):
    """A score and the units that it is made of, of a target or of a species; see `scores.OrderScore`."""

    @property
    def score(self) -> float | None: ...
    @property
    def units(self) -> Sequence[_Share]: ...


class Scored(Rated, Protocol):
    """The fields of a score that the conclusion uses; see `scores.OrderScore`."""

    @property
    def target(self) -> str: ...
    @property
    def panel(self) -> Panel: ...
    @property
    def low(self) -> float | None: ...
    @property
    def state(self) -> str: ...
    @property
    def tier(self) -> str: ...


class NamedHit(Protocol):
    """The fields of a hit that the conclusion uses; see `scores.ScoredHit`."""

    @property
    def blast(self) -> bool: ...
    @property
    def hmm(self) -> bool: ...
    @property
    def kept(self) -> bool: ...


class FlaggedUnit(Protocol):
    """The fields of a unit that the conclusion uses; see `scores.ScoredUnit`."""

    @property
    def unit_id(self) -> str: ...
    @property
    def flags(self) -> Collection[str]: ...


def names_of(targets: Iterable[AssessedTarget], *assessments: Assessment) -> tuple[str, ...]:
    """Return the names of the targets with one of these assessments, in their order."""
    return tuple(each.target for each in targets if each.assessment in assessments)


def conclude(
    scores: Iterable[Scored],
    hits: Iterable[NamedHit],
    units: Iterable[FlaggedUnit],
    *,
    mostly_unknown: bool = False,
) -> Conclusion:
    """Draw the conclusion from the scores of one strain.

    Args:
        scores: one for each target.
        hits: every row that names a toxin, accessory proteins apart.
        units: the toxins and pairs that the scores are made of.
        mostly_unknown: half of the sequence or more is unknown, so that no toxin found is no answer.
    """
    listed = list(scores)
    flags = {unit.unit_id: unit.flags for unit in units}
    of_pests = [score for score in listed if score.panel == Panel.PEST]
    pest = _panel(of_pests, flags)
    non_pest = _panel([score for score in listed if score.panel != Panel.PEST], flags)
    genes = genes_behind(of_pests, flags)
    return Conclusion(
        outcome=_outcome(pest, hits, mostly_unknown=mostly_unknown),
        pest=pest,
        non_pest=non_pest,
        genes_broken=genes is GeneCondition.BROKEN,
        genes_cut=genes is GeneCondition.CUT,
    )


def genes_behind(scores: Iterable[Rated], flags: Mapping[str, Collection[str]]) -> GeneCondition:
    """Return the state of all genes that add to some scores, those found inactive apart; whole if none adds.

    Args:
        scores: those of one target or species, or of several.
        flags: of each unit, by its id.
    """
    adding = {
        share.unit_id
        for score in scores
        if score.score is not None
        for share in score.units
        if share.contribution > 0.0 and share.state != "negative_only"
    }
    return condition_of_all(flags.get(unit_id, ()) for unit_id in adding)


def assess(score: Scored, genes: GeneCondition = GeneCondition.WHOLE) -> AssessedTarget:
    """Assess one target by its score alone; a high score with a wide interval is only a possibility.

    genes: the state of all genes behind the score. A low score of genes seen only in part speaks neither for nor
    against the target: the strain may have them whole.
    """
    if score.state in _OF_STATE:
        return AssessedTarget(score.target, _OF_STATE[score.state])
    if score.score is None:
        return AssessedTarget(score.target, Assessment.NO_RECORD)
    if score.score >= LIKELY_FROM:
        if (score.low or 0.0) >= POSSIBLE_FROM:
            return AssessedTarget(score.target, Assessment.LIKELY)
        return AssessedTarget(score.target, Assessment.POSSIBLE, Caution.WIDE_INTERVAL)
    if score.score >= POSSIBLE_FROM:
        return AssessedTarget(score.target, Assessment.POSSIBLE)
    is_cut = genes is GeneCondition.CUT
    return AssessedTarget(score.target, Assessment.CANNOT_BE_TOLD if is_cut else Assessment.LITTLE_SUPPORT)


def _panel(scores: Sequence[Scored], flags: Mapping[str, Collection[str]]) -> tuple[AssessedTarget, ...]:
    """Assess the targets of one panel; if a primary one is likely, others are at most called possible."""
    found = [(score, assess(score, genes_behind([score], flags))) for score in scores]
    settled = any(_is_likely(said) and score.tier == "primary" for score, said in found)
    if settled:
        held = Caution.BESIDE_PRIMARY
        found = [
            (score, AssessedTarget(score.target, Assessment.POSSIBLE, held))
            if _is_likely(said) and score.tier != "primary"
            else (score, said)
            for score, said in found
        ]
    order = list(Assessment)

    def place(entry: tuple[Scored, AssessedTarget]) -> tuple[int, float, float]:
        score, said = entry
        return order.index(said.assessment), *rank_key(score.score or 0.0, (unit.contribution for unit in score.units))

    return tuple(said for _, said in sorted(found, key=place))


def _is_likely(said: AssessedTarget) -> bool:
    return said.assessment is Assessment.LIKELY


def _outcome(pest: Sequence[AssessedTarget], hits: Iterable[NamedHit], *, mostly_unknown: bool) -> Outcome:
    found = [hit for hit in hits if hit.blast or hit.hmm]  # a classifier's prediction alone does not make a toxin
    if not found:
        return Outcome.MOSTLY_UNKNOWN if mostly_unknown else Outcome.NO_TOXINS
    if not any(hit.kept for hit in found):
        return Outcome.NOT_SCORED
    best = {each.assessment for each in pest}
    if Assessment.LIKELY in best:
        return Outcome.LIKELY
    if Assessment.POSSIBLE in best:
        return Outcome.POSSIBLE
    return Outcome.NO_RECORD if best <= {Assessment.NO_RECORD} else Outcome.NONE_SUPPORTED
