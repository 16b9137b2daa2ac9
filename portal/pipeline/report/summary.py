"""The content of the report as facts, before it is worded in a language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.domain.message import Message
from portal.pipeline.report.counted_genes import counted_genes
from portal.results.conclusion import AssessedTarget, Assessment, Caution
from portal.results.evidence_table import Reading, reading_of
from portal.results.gene_state import RECORD_END, Damage, GeneCondition, is_broken, is_cut, is_part
from portal.results.loci import LociDocument, Locus
from portal.results.locus_words import equally_close, state_word, what_happened, what_it_means
from portal.results.own_tests import is_same_toxin
from portal.results.ranking import is_above_order, joined_limits, score_text, shown_limits
from portal.results.reading import TaskResults
from portal.results.score_words import assessment_note, genes_note
from portal.results.scores import (
    AccessoryProtein,
    OrderScore,
    Record,
    ScoredUnit,
    SpeciesScore,
    StrainScores,
    UnitShare,
)
from portal.results.species_order import in_order
from portal.results.targets import UNKNOWN_STATES, Panel

# More names than this make a sentence unreadable.
BLIND_SPOTS_NAMED = 12


@dataclass(frozen=True)
class ScoreSource:
    """The contribution of one unit to a target, and the ids of the records behind it.

    `is_part` tells that only a part of the toxin was seen.
    """

    unit: ScoredUnit
    contribution: float
    state: str
    is_part: bool
    records: tuple[str, ...]
    inherited: tuple[str, ...]


@dataclass(frozen=True)
class TargetLine:
    """One target with everything that the report says about it."""

    score: OrderScore
    said: AssessedTarget
    sources: tuple[ScoreSource, ...]
    genes: GeneCondition

    @property
    def genes_note(self) -> Message | None:
        """Return that all genes behind the score are broken or cut, unless its state says so."""
        return None if self.score.state.value == self.genes.value else genes_note(self.genes)

    @property
    def note(self) -> Message | None:
        """Return why the assessment is not what the score as shown suggests."""
        return assessment_note(self.said, self.score.value, self.score.low or 0.0, self.score.high or 0.0)


@dataclass(frozen=True)
class GeneLine:
    """One gene and its state; `story` describes its events sentence by sentence."""

    locus: Locus
    verdict: Message
    story: tuple[Message, ...]


@dataclass(frozen=True)
class Closeness:
    """Counts of genes by closeness to a named toxin (limits in percent identity: 95, 76 and 45)."""

    same_toxin: int
    same_subfamily: int
    same_family: int
    distant: int
    profile_only: int


@dataclass(frozen=True)
class Summary:
    """All facts of one strain's report; `unscored` counts those of its genes that lie below the thresholds."""

    strain: StrainScores
    species: tuple[SpeciesScore, ...]
    loci: tuple[GeneLine, ...]
    families: tuple[tuple[str, tuple[ScoredUnit, ...]], ...]
    genes: int
    unscored: int
    closeness: Closeness
    targets: tuple[TargetLine, ...]
    unknown_units: tuple[ScoredUnit, ...]
    damage: Damage
    cut: tuple[ScoredUnit, ...]
    in_file: tuple[ScoredUnit, ...]
    broken: tuple[ScoredUnit, ...]
    halves: tuple[ScoredUnit, ...]
    unused: int
    accessory: tuple[tuple[str, int], ...]
    records: int
    readings: Counter[Reading]  # of the records, by what was read of the source
    mostly_unknown: Message | None = None  # the remark that so little of the file is known that little follows from it

    @property
    def unverified(self) -> int:
        """The number of records whose source was not checked."""
        return self.readings[Reading.NO]

    @property
    def has_species_above_order(self) -> bool:
        """Whether a species scores above its order, which asks for a word why."""
        orders = {line.score.target: line.score.score for line in self.targets}
        return any(is_above_order(each.score, orders.get(each.target)) for each in self.species)

    @property
    def has_toxins(self) -> bool:
        return bool(self.strain.units)

    def said(self, assessment: Assessment, panel: Panel = Panel.PEST) -> tuple[TargetLine, ...]:
        """Return the targets of a panel with this assessment, in the order of the conclusion."""
        return tuple(line for line in self.targets if line.said.assessment is assessment and line.score.panel is panel)

    @property
    def beside_primary(self) -> tuple[TargetLine, ...]:
        """Return the targets called possible only because a primary one is likely."""
        return tuple(line for line in self.targets if line.said.caution is Caution.BESIDE_PRIMARY)

    def coverage_of(self, unit: ScoredUnit) -> float | None:
        """Return how much of the closest toxin the gene of a unit covers, in percent: all pieces together.

        Of several genes (a pair, copies) it is the first one's; without loci, that of the row closest to the toxin.
        """
        genes = [line.locus for line in self.loci if set(line.locus.protein_ids) & set(unit.hits[:1])]
        if genes:
            return None if genes[0].coverage_percent is None else min(100.0, genes[0].coverage_percent)
        rows = [hit for hit in self.strain.hits if hit.protein_id in unit.hits]
        best = max(rows, key=lambda hit: hit.identity_percent or 0.0, default=None)
        return best.coverage_percent if best else None

    @property
    def inactive(self) -> tuple[TargetLine, ...]:
        """Return the targets on which the toxins were tested and found inactive."""
        return tuple(line for line in self.targets if line.said.assessment is Assessment.INACTIVE)

    def in_state(self, state: str) -> tuple[TargetLine, ...]:
        """Return the targets of a state, in their order."""
        return tuple(line for line in self.targets if line.score.state == state)


def interval_text(score: OrderScore | SpeciesScore) -> str:
    """Return the 5-95 % interval of a score; a dash without any record, 0-1 if tests are inconclusive."""
    if score.state in UNKNOWN_STATES:
        return "–" if score.state == "no_evidence" else "0–1"
    low, high = map(score_text, shown_limits(score.low or 0.0, score.high or 0.0))
    return low if low == high else joined_limits(low, high)


def shown_score(score: OrderScore | SpeciesScore) -> str:
    """Return a score as text; a dash, not 0, if nothing is known."""
    return "–" if score.state in UNKNOWN_STATES else score_text(score.value)


def summarise(results: TaskResults, strain: StrainScores) -> Summary:
    """Return the facts of one strain's report, with targets in the order of the conclusion."""
    units = {unit.unit_id: unit for unit in strain.units}
    scores = {score.target: score for score in strain.targets}
    records = results.scores.records
    lines = [
        _line(scores[said.target], said, strain, units, records)
        for said in strain.conclusion.all
        if said.target in scores
    ]
    used = {fact for line in lines for source in line.sources for fact in source.records + source.inherited}
    unknown = set(strain.unknown_target.hits)
    genes = counted_genes(results, strain)
    return Summary(
        strain=strain,
        species=tuple(in_order(results.species_of(strain.strain), strain.conclusion)),
        loci=_gene_lines(results.loci, strain.strain),
        families=_families(strain.units),
        genes=len(genes),
        unscored=sum(not gene.is_scored for gene in genes),
        closeness=_closeness([gene.identity_percent for gene in genes if gene.is_scored]),
        targets=tuple(lines),
        unknown_units=tuple(unit for unit in strain.units if unknown & set(unit.hits)),
        damage=strain.damage,
        cut=tuple(unit for unit in strain.units if is_cut(unit.flags) and RECORD_END not in unit.flags),
        in_file=tuple(unit for unit in strain.units if is_cut(unit.flags) and RECORD_END in unit.flags),
        broken=tuple(unit for unit in strain.units if is_broken(unit.flags)),
        halves=tuple(unit for unit in strain.units if unit.partner_missing),
        unused=sum(not hit.kept for hit in strain.hits),
        accessory=_accessory(strain.accessory),
        records=len(used),
        readings=Counter(reading_of(records[fact]) for fact in used),
        mostly_unknown=results.mostly_unknown,
    )


def _gene_lines(document: LociDocument | None, strain: str) -> tuple[GeneLine, ...]:
    """Return the toxin genes of a strain, incomplete ones first."""
    if document is None or document.strain != strain:
        return ()
    toxins = [locus for locus in document.loci if not locus.accessory]
    return tuple(_gene_line(locus) for locus in sorted(toxins, key=lambda locus: locus.is_whole))


def _gene_line(locus: Locus) -> GeneLine:
    said = (equally_close(locus), *what_happened(locus), what_it_means(locus))
    return GeneLine(locus, state_word(locus), tuple(message for message in said if message is not None))


def _line(
    score: OrderScore,
    said: AssessedTarget,
    strain: StrainScores,
    units: Mapping[str, ScoredUnit],
    records: Mapping[str, Record],
) -> TargetLine:
    sources = tuple(_source(share, units[share.unit_id], records) for share in score.units if share.unit_id in units)
    return TargetLine(score=score, said=said, sources=sources, genes=strain.genes_behind(score))


def _source(share: UnitShare, unit: ScoredUnit, records: Mapping[str, Record]) -> ScoreSource:
    """Return a unit's contribution; records of the closest toxin are a relative's where that is another toxin."""
    closest, others = (
        tuple(fact for fact in facts if fact in records) for facts in (share.records, share.inherited_records)
    )
    is_same = is_same_toxin(unit.identity_percent)
    return ScoreSource(
        unit=unit,
        contribution=share.contribution,
        state=share.state,
        is_part=is_part(unit.flags),
        records=closest if is_same else (),
        inherited=others if is_same else closest + others,
    )


def _families(units: Sequence[ScoredUnit]) -> tuple[tuple[str, tuple[ScoredUnit, ...]], ...]:
    families: dict[str, list[ScoredUnit]] = {}
    for unit in units:
        families.setdefault(unit.family, []).append(unit)
    ordered = sorted(families.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((family, tuple(sorted(members, key=lambda unit: unit.name))) for family, members in ordered)


def _closeness(values: Sequence[float | None]) -> Closeness:
    known = [value for value in values if value is not None]
    return Closeness(
        same_toxin=sum(value >= 95 for value in known),
        same_subfamily=sum(76 <= value < 95 for value in known),
        same_family=sum(45 <= value < 76 for value in known),
        distant=sum(value < 45 for value in known),
        profile_only=len(values) - len(known),
    )


def _accessory(proteins: Sequence[AccessoryProtein]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(protein.role or protein.hit_name for protein in proteins).most_common())
