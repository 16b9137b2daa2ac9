"""`bioassays.json`: which species to test a strain on, and what is published on each. Pure: takes documents.

The shortlist draws no conclusion of its own: the assessment is that of the species' order in the strain's conclusion,
scores and tests are those of Shoter. Every field: docs/use/formats-shoter.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import chain

from msgspec import Struct

from portal.domain.natural_order import natural_key
from portal.results.conclusion import Assessment, Conclusion
from portal.results.evidence_table import Reading, reading_of
from portal.results.own_tests import EffectCounts, Role, counts_of, tests_of
from portal.results.published_doses import (
    LowestDoses,
    PublishedDose,
    dose_with_source,
    lowest_doses,
    lowest_with_sources,
    published_doses,
)
from portal.results.ranking import contribution_sum, rank_key
from portal.results.scores import (
    Record,
    ScoredUnit,
    ScoresDocument,
    ScoreState,
    SpeciesDocument,
    SpeciesScore,
    StrainScores,
    StrainSpecies,
)
from portal.results.species import names_of
from portal.results.targets import Panel
from portal.results.toxin_shares import ToxinShare, toxin_shares
from portal.results.units import Contribution, Percent, Score, Species, Strain, Target, ToxinName

BIOASSAYS_SCHEMA = 1
_DOSES_KEPT = 5


class Reason(StrEnum):
    """Why a test of the species is worth its cost."""

    CONFIRM = "confirm"  # its own toxins act on this very species, and not only weakly
    WEAK = "weak"  # its own toxins act only weakly
    GROUP = "group"  # its own toxins act on a group of species ("mosquito larvae") or a genus; none names this one
    PART = "part"  # only a part of the toxins that act was seen: a contig's end cuts their genes
    CONTRADICTION = "contradiction"  # published tests disagree
    RELATIVES = "relatives"  # only relatives were tested
    BROKEN = "broken"  # the genes of the toxins that act are broken
    PARTNER = "partner"  # the toxin acts with a partner that the strain lacks
    UNCERTAIN = "uncertain"  # tests cannot be told one way or the other
    INACTIVE = "inactive"  # its own toxins were tested and do not act


class Bioassay(Struct, frozen=True, kw_only=True):
    """One species; `effect` and `no_effect` count published tests, `read` those whose publication was read.

    The tests are of own toxins, of relatives, of toxins whose genes are broken here, and of those seen only in part.
    Of the tests with an effect `*_weak` report a weak one. Of all own tests `own_group` name no species but a group or
    a genus that this one belongs to. `toxin` contributes most to the score; `toxin_identity_percent` is the identity of
    the strain's gene to it. `toxins` are all that the score rests on, strongest first, and `contribution_sum` is what
    they add, by which species of one score are ordered. `lowest_doses` are those of own toxins, by measure and family
    of units. `rows_read` counts tests of which a row of another table was read. `order_score` is that of the order.
    Earlier results have none of the five.
    """

    species: Species
    english: str
    chinese: str
    target: Target
    panel: Panel
    assessment: Assessment
    score: Score | None
    low: Score | None
    high: Score | None
    state: ScoreState
    reason: Reason
    toxin: ToxinName | None
    toxin_identity_percent: Percent | None
    own_effect: int
    own_no_effect: int
    relatives_effect: int
    relatives_no_effect: int
    read: int
    doses: tuple[PublishedDose, ...]
    broken_effect: int = 0
    broken_no_effect: int = 0
    part_effect: int = 0
    part_no_effect: int = 0
    own_weak: int = 0
    own_group: int = 0
    relatives_weak: int = 0
    broken_weak: int = 0
    part_weak: int = 0
    contribution_sum: Contribution | None = None
    toxins: tuple[ToxinShare, ...] = ()
    lowest_doses: tuple[LowestDoses, ...] = ()
    rows_read: int = 0
    order_score: Score | None = None

    @property
    def acting(self) -> tuple[ToxinShare, ...]:
        """The strain's own toxins that act on this species in published tests of their own, strongest first."""
        return tuple(toxin for toxin in self.toxins if toxin.acts)


class StrainBioassays(Struct, frozen=True, kw_only=True):
    """The shortlist of one strain, the most promising species first."""

    strain: Strain
    species: tuple[Bioassay, ...]


class BioassayDocument(Struct, frozen=True, kw_only=True):
    """`bioassays.json`: the shortlists of a run."""

    schema: int = BIOASSAYS_SCHEMA
    run_id: str
    strains: tuple[StrainBioassays, ...]


def bioassays_of(scores: ScoresDocument, species: SpeciesDocument) -> BioassayDocument:
    """Return the shortlists of all strains: pests before others, then by the conclusion, then by score."""
    scored = {strain.strain: strain for strain in scores.strains}
    strains = []
    for listed in species.strains:
        strain = scored[listed.strain]
        units = {unit.unit_id: unit for unit in strain.units}
        rows = tuple(
            _bioassay(each, strain, units, species.records)
            for each in in_order(listed.species, strain.conclusion)
            if each.state is not ScoreState.NO_EVIDENCE
        )
        strains.append(StrainBioassays(strain=listed.strain, species=rows))
    return BioassayDocument(run_id=scores.run_id, strains=tuple(strains))


def in_order(species: Iterable[SpeciesScore], conclusion: Conclusion) -> list[SpeciesScore]:
    """Return species as shortlist, chart and report list them: pests first, by their order's conclusion, by `rank_key`.

    Those without any record come last.
    """
    return sorted(species, key=lambda score: (*place_of(score, conclusion), score.species))


# No evidence, no pest, the assessment of its order, the key of its score.
Place = tuple[bool, bool, int, float, float]


def place_of(score: SpeciesScore, conclusion: Conclusion) -> Place:
    """Return the key that sorts the species of a strain as `in_order` lists them."""
    ranked = rank_key(score.value, (unit.contribution for unit in score.units))
    assessment = list(Assessment).index(conclusion.of(score.target).assessment)
    return score.state is ScoreState.NO_EVIDENCE, score.panel is not Panel.PEST, assessment, *ranked


def order_of_all(places: Iterable[tuple[str, Place]]) -> list[str]:
    """Return the species of several strains, each once: by its first place in any of them, then by name.

    So a pest on which one of them is likely to act comes before all on which none is, in a grid and in a picture.
    """
    first: dict[str, Place] = {}
    for species, place in places:
        first[species] = min(place, first.get(species, place))
    return sorted(first, key=lambda species: (first[species], natural_key(species)))


def species_order(strains: Iterable[StrainScores], species: Iterable[StrainSpecies]) -> list[str]:
    """Return the species of several strains in the order of `order_of_all`; a strain has one name in both."""
    conclusions = {strain.strain: strain.conclusion for strain in strains}
    return order_of_all(
        (score.species, place_of(score, conclusions[each.strain]))
        for each in species
        for score in each.species
        if each.strain in conclusions
    )


def _bioassay(
    score: SpeciesScore, strain: StrainScores, units: Mapping[str, ScoredUnit], records: Mapping[str, Record]
) -> Bioassay:
    own, part, broken, lent = (
        {fact: records[fact] for fact in facts if fact in records} for facts in tests_of(score.units, units)
    )
    groups = dict(zip(Role, (own, part, broken, lent), strict=True))
    best = max(score.units, key=lambda share: share.contribution, default=None)
    unit = units.get(best.unit_id) if best else None
    names = names_of(score.species)
    own_tests, part_tests, broken_tests, lent_tests = (counts_of(each.values()) for each in groups.values())
    readings = Counter(reading_of(record) for each in groups.values() for record in each.values())
    named = [record for record in own.values() if record.species_name == score.species]
    return Bioassay(
        species=score.species,
        english=names.english,
        chinese=names.chinese,
        target=score.target,
        panel=score.panel,
        assessment=strain.conclusion.of(score.target).assessment,
        score=score.score,
        low=score.low,
        high=score.high,
        state=score.state,
        reason=_reason(
            score.state,
            own=own_tests,
            named=counts_of(named),
            part=part_tests,
            relatives=lent_tests,
        ),
        toxin=unit.name if unit else None,
        toxin_identity_percent=unit.identity_percent if unit else None,
        own_effect=own_tests.effect,
        own_no_effect=own_tests.none,
        relatives_effect=lent_tests.effect,
        relatives_no_effect=lent_tests.none,
        read=readings[Reading.TEXT],
        doses=tuple(chain.from_iterable(published_doses(each, role) for role, each in groups.items()))[:_DOSES_KEPT],
        broken_effect=broken_tests.effect,
        broken_no_effect=broken_tests.none,
        part_effect=part_tests.effect,
        part_no_effect=part_tests.none,
        own_weak=own_tests.weak,
        own_group=len(own) - len(named),
        relatives_weak=lent_tests.weak,
        broken_weak=broken_tests.weak,
        part_weak=part_tests.weak,
        contribution_sum=contribution_sum(share.contribution for share in score.units),
        toxins=toxin_shares(score.units, units, records),
        lowest_doses=lowest_doses(own),
        rows_read=readings[Reading.ROW],
        order_score=next((order.score for order in strain.targets if order.target == score.target), None),
    )


def _reason(
    state: ScoreState, *, own: EffectCounts, named: EffectCounts, part: EffectCounts, relatives: EffectCounts
) -> Reason:
    """Return the reason; `named` counts those own tests that name the species itself.

    Own tests decide wherever one of them shows an effect, then those of toxins seen only in part; relatives count only
    where none does.
    """
    if state is ScoreState.BROKEN:
        return Reason.BROKEN
    if state is ScoreState.PARTNER_MISSING:
        return Reason.PARTNER
    if state is ScoreState.NEGATIVE_ONLY:
        return Reason.INACTIVE
    if state is ScoreState.INCONCLUSIVE:
        return Reason.UNCERTAIN
    if part.effect and not own.effect:
        return Reason.PART
    none = own.none if own.effect else own.none + part.none + relatives.none
    if none and (own.effect or relatives.effect):
        return Reason.CONTRADICTION
    if not own.effect:
        return Reason.RELATIVES
    if own.effect == own.weak:
        return Reason.WEAK
    return Reason.CONFIRM if named.effect > named.weak else Reason.GROUP


# Lists, each written as one text: by field, their column of the table.
_LISTS = {"toxins": "toxin_contributions", "lowest_doses": "lowest_doses", "doses": "published_doses"}
_PLAIN = tuple(name for name in Bioassay.__struct_fields__ if name not in _LISTS)
COLUMNS = ("strain", *_PLAIN, *_LISTS.values(), "run_id")


def table_rows(document: BioassayDocument) -> list[Mapping[str, object]]:
    """Return a row per strain and species, for the TSV; doses are written with toxin and source."""
    return [
        {
            "strain": strain.strain,
            **{name: getattr(row, name) for name in _PLAIN},
            _LISTS["toxins"]: "; ".join(map(_toxin_with_tests, row.toxins)),
            _LISTS["lowest_doses"]: lowest_with_sources(row.lowest_doses),
            _LISTS["doses"]: "; ".join(map(dose_with_source, row.doses)),
            "run_id": document.run_id,
        }
        for strain in document.strains
        for row in strain.species
    ]


def _toxin_with_tests(share: ToxinShare) -> str:
    """Return what a toxin adds, with its own tests: `Cry1Ac9 0.99 (own: 1 with effect, 0 without)`."""
    tests = f"{share.effect} with effect, {share.no_effect} without"
    return f"{share.toxin} {share.contribution:.2f} ({share.role}: {tests})"
