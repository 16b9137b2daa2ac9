"""Which species to test a strain on, from its scores: the rows of `bioassays.json`. Pure: takes documents.

It draws no conclusion of its own: the assessment is that of the species' order in the strain's conclusion, scores and
tests are those of Shoter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from portal.results.bioassays import Bioassay, BioassayDocument, Reason, StrainBioassays
from portal.results.evidence_table import Reading, reading_of
from portal.results.own_tests import EffectCounts, Role, counts_of, tests_of
from portal.results.particulars import with_particulars
from portal.results.published_doses import lowest_doses, published_doses
from portal.results.ranking import contribution_sum
from portal.results.scores import (
    Record,
    ScoredUnit,
    ScoresDocument,
    ScoreState,
    SpeciesDocument,
    SpeciesScore,
    StrainScores,
)
from portal.results.species import names_of
from portal.results.species_order import in_order, is_without_effect, own_contribution
from portal.results.toxin_shares import relative_tests, toxin_shares

_DOSES_KEPT = 5


def bioassays_of(scores: ScoresDocument, species: SpeciesDocument) -> BioassayDocument:
    """Return the shortlists of all strains, their species by `species_order`."""
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
        strains.append(StrainBioassays(strain=listed.strain, species=with_particulars(rows)))
    return BioassayDocument(run_id=scores.run_id, strains=tuple(strains))


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
        reason=reason_of(
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
        own_sum=contribution_sum(map(own_contribution, score.units)),
        without_effect=is_without_effect(score),
        toxins=toxin_shares(score.units, units, records),
        relatives=relative_tests(lent.values()),
        lowest_doses=lowest_doses(own),
        rows_read=readings[Reading.ROW],
        order_score=next((order.score for order in strain.targets if order.target == score.target), None),
    )


def reason_of(
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
