"""Convert scores to the documents of docs/use/formats-shoter.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portal.domain.message import Message
from portal.pipeline.shoter.calibration import Documented
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.names import old_name
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import TargetScore, UnitScore
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.strain import StrainResult
from portal.pipeline.shoter.units import Unit
from portal.results.conclusion import conclude
from portal.results.scores import (
    AccessoryProtein,
    DocumentedShare,
    OrderScore,
    Record,
    ScoredHit,
    ScoredUnit,
    ScoreState,
    SpeciesScore,
    StrainScores,
    StrainSpecies,
    Tier,
    TrialCounts,
    UnitShare,
    UnknownTarget,
)
from portal.results.sources import Source, cited, lasting_address
from portal.results.targets import PANELS, UNKNOWN_STATES, panel_of_species

_ROLES = {
    "zwa": "zwittermicin A biosynthesis (antibiotic)",
    "inha": "immune inhibitor A, metalloprotease",
    "bmp": "secreted metalloprotease",
    "chitinase": "chitinase",
    "enhancin": "enhancin-like metalloprotease",
}


def rounded(value: float) -> float:
    return round(value, 4) + 0.0  # + 0.0 turns -0.0 into 0.0


def _rounded_or_none(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else rounded(100.0 * fraction)


def strain_scores(result: StrainResult, *, mostly_unknown: bool = False) -> StrainScores:
    """Return one strain of strain_scores.json, with its conclusion; see `conclude` for `mostly_unknown`."""
    unit_of = {
        hit.protein_id: unit.unit_id for unit in reversed(result.units) for gene in unit.genes for hit in gene.hits
    }
    flags_of = {
        each.hit.protein_id: each.weight.flags
        for unit in result.units
        for gene in unit.genes
        for each in (*gene.copied, gene)  # a copy may be broken where the gene that stands for both is not
    }
    rows = [(hit, None) for hit in result.selection.kept] + list(result.selection.dropped)
    rows.sort(key=lambda row: row[0].line)
    targets = tuple(_order_score(score) for score in result.orders)
    units = tuple(_unit(unit) for unit in result.units)
    hits = tuple(_hit(hit, unit_of.get(hit.protein_id), reason, flags_of) for hit, reason in rows)
    return StrainScores(
        strain=result.strain,
        conclusion=conclude(targets, hits, units, mostly_unknown=mostly_unknown),
        targets=targets,
        unknown_target=UnknownTarget(
            score=rounded(result.unknown_score),
            hits=tuple(hit.protein_id for unit in result.unknown_units for gene in unit.genes for hit in gene.hits),
        ),
        units=units,
        hits=hits,
        accessory=tuple(_accessory(hit) for hit in result.selection.accessory),
        helpers=result.helpers,
        warnings=tuple(map(str, result.remarks)),
        remarks=result.remarks,
    )


def strain_species(result: StrainResult) -> StrainSpecies:
    """Return one strain of strain_species_scores.json."""
    return StrainSpecies(strain=result.strain, species=tuple(_species_score(score) for score in result.species))


def _known(score: TargetScore, value: float) -> float | None:
    """Return a number of a score; None, not 0, if nothing was tested."""
    return None if score.state == "no_evidence" else rounded(value)


def _decided(score: TargetScore) -> float | None:
    """Return a score; None also if tests are inconclusive."""
    return None if score.state in UNKNOWN_STATES else rounded(score.score)


def _trials(score: TargetScore) -> TrialCounts:
    return TrialCounts(toxins=score.trials.toxins, tried=score.trials.tried, read=score.trials.read)


def _order_score(score: TargetScore) -> OrderScore:
    return OrderScore(
        target=score.target,
        panel=PANELS[score.order],
        score=_decided(score),
        low=_known(score, score.low),
        high=_known(score, score.high),
        state=ScoreState(score.state),
        tier=Tier(score.tier),
        grade=score.evidence_grade,
        unverified_share=rounded(score.unverified_share),
        trials=_trials(score),
        documented=_documented(score.documented),
        units=tuple(_share(entry) for entry in score.units),
    )


def _documented(found: Documented | None) -> DocumentedShare | None:
    if found is None:
        return None
    return DocumentedShare(
        share=rounded(found.share), strains=found.strains, acting=found.documented, low=found.low, high=found.high
    )


def _species_score(score: TargetScore) -> SpeciesScore:
    return SpeciesScore(
        species=score.target,
        target=score.order,
        panel=panel_of_species(score.target, score.order),
        score=_decided(score),
        low=_known(score, score.low),
        high=_known(score, score.high),
        state=ScoreState(score.state),
        tier=Tier(score.tier),
        grade=score.evidence_grade,
        unverified_share=rounded(score.unverified_share),
        trials=_trials(score),
        units=tuple(_share(entry) for entry in score.units),
    )


def _share(entry: UnitScore) -> UnitShare:
    return UnitShare(
        unit_id=entry.unit.unit_id,
        family=entry.unit.family,
        weight=rounded(entry.unit.weight),
        probability=rounded(entry.probability.value),
        rho=entry.rho,
        contribution=rounded(entry.contribution),
        state=ScoreState(entry.state),
        records=tuple(fact.fact_id for fact in entry.probability.own),
        inherited_records=tuple(fact.fact_id for fact in entry.probability.inherited),
        own_contribution=rounded(entry.own),
    )


def _unit(unit: Unit) -> ScoredUnit:
    weakest = min(unit.genes, key=lambda gene: gene.weight.value)
    identities = [gene.identity for gene in unit.genes if gene.identity is not None]
    return ScoredUnit(
        unit_id=unit.unit_id,
        name=unit.name,
        name_1998=" + ".join(gene.hit.name_1998 or gene.name for gene in unit.genes),
        family=unit.family,
        kind=unit.kind,
        hits=tuple(hit.protein_id for gene in unit.genes for hit in gene.hits),
        copies=unit.copies,
        weight=rounded(unit.weight),
        evidence=rounded(weakest.weight.evidence),
        completeness=rounded(weakest.weight.completeness),
        identity_percent=rounded(min(identities)) if identities else None,
        flags=tuple(unit.flags),
        partner_missing=unit.partner_missing,
    )


def _hit(hit: Hit, unit_id: str | None, reason: Message | None, flags_of: Mapping[str, Sequence[str]]) -> ScoredHit:
    return ScoredHit(
        protein_id=hit.protein_id,
        hit_name=hit.hit_name,
        name_2020=hit.name_2020 if hit.blast else None,
        name_1998=hit.name_1998,
        identity_percent=_rounded_or_none(hit.identity),
        coverage_percent=_percent(hit.coverage),
        rank=hit.rank,
        blast=hit.blast,
        hmm=hit.hmm,
        svm=hit.svm,
        domains=dict(hit.domains),
        contig=hit.contig,
        start=hit.location[0] if hit.location else None,
        end=hit.location[1] if hit.location else None,
        unit_id=unit_id,
        kept=reason is None,
        dropped_reason=str(reason) if reason else None,
        dropped=reason,
        flags=tuple(flags_of.get(hit.protein_id, ())) if reason is None else (),
        ties=hit.ties,
    )


def _accessory(hit: Hit) -> AccessoryProtein:
    return AccessoryProtein(
        protein_id=hit.protein_id,
        hit_name=hit.hit_name,
        identity_percent=_rounded_or_none(hit.identity),
        coverage_percent=_percent(hit.coverage),
        rank=hit.rank,
        role=role_of(hit.hit_name),
    )


def role_of(hit_name: str) -> str:
    """Return a short description of an accessory protein's role."""
    lower = hit_name.lower()
    return next((role for start, role in _ROLES.items() if lower.startswith(start)), "virulence factor")


def used_facts(results: Iterable[StrainResult], *, species: bool) -> list[Fact]:
    """Return the distinct records behind the scores, in table order."""
    found = {
        fact.fact_id: fact
        for result in results
        for score in (result.species if species else result.orders)
        for fact in score.facts()
    }
    return sorted(found.values(), key=lambda fact: (fact.line, fact.fact_id))


def records_of(facts: Iterable[Fact], sources: Mapping[str, Source], parameters: ShoterParameters) -> dict[str, Record]:
    """Return `records`: the data that link a number on a page to its sources."""
    return {fact.fact_id: _record(fact, sources.get(fact.source_id), parameters) for fact in facts}


def _record(fact: Fact, source: Source | None, parameters: ShoterParameters) -> Record:
    weight = parameters.strength(fact.grade) * (parameters.weak_factor if fact.activity == "weak" else 1.0)
    return Record(
        toxin=fact.toxin,
        toxin_1998=fact.toxin_1998 or old_name(fact.toxin),
        level=fact.level,
        order=fact.order,
        species=fact.species_text,
        species_name=fact.species,
        activity=fact.activity,
        strength=fact.strength,
        weight=rounded(weight),
        measure=fact.dose.measure if fact.dose else None,
        dose=fact.dose.text if fact.dose else None,
        dose_unit=fact.dose.unit if fact.dose else None,
        source_id=fact.source_id or None,
        citation=cited(source, fact.reference),
        reference=fact.reference,
        doi=fact.doi or (source.doi if source else None) or None,
        url=lasting_address(fact.doi, fact.url) or (source.link if source else None),
        claim_seen=fact.claim_seen,
        unverified=fact.unverified,
        note=fact.note,
        partner=fact.partner or None,
    )
