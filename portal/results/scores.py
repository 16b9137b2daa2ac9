"""`strain_scores.json` and `strain_species_scores.json`: Shoter's results, as typed documents.

Written by Shoter, read by pictures, report, pages, API, commands and comparison. Every field:
docs/use/formats-shoter.md; as JSON Schema: /api/openapi.json. Unknown fields are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from portal.domain.message import Message, verbatim
from portal.results.conclusion import Conclusion, genes_behind
from portal.results.facts import EngineFacts
from portal.results.gene_state import Damage, GeneCondition, damage_of
from portal.results.sources import Source
from portal.results.targets import Panel
from portal.results.units import (
    Contig,
    CoveragePercent,
    Fraction,
    OldToxinName,
    ParameterValues,
    Percent,
    Position,
    ProteinId,
    Rank,
    Score,
    Sha256,
    Species,
    Strain,
    Target,
    ToxinName,
)

SCORES_SCHEMA = 2


class ScoreState(StrEnum):
    """What a score rests on, from the strongest statement to none at all."""

    TESTED = "tested"
    INHERITED = "inherited"
    PARTNER_MISSING = "partner_missing"
    BROKEN = "broken"
    NEGATIVE_ONLY = "negative_only"
    INCONCLUSIVE = "inconclusive"
    NO_EVIDENCE = "no_evidence"


class Tier(StrEnum):
    """Whether direct tests of the strain's own toxins, on not much fewer species than on its best order, show it."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    NONE = "none"


class TrialCounts(Struct, frozen=True, kw_only=True):
    """How many of a strain's toxins were tested on a target themselves, and for how many a direct test was read."""

    toxins: int
    tried: int
    read: int


class DocumentedShare(Struct, frozen=True, kw_only=True):
    """Published strains with such a score: the `share` documented to act, by the curve of the order.

    Counted were `acting` of the `strains` with a score from `low` to `high`.
    """

    share: Fraction
    strains: int = field(name="of")
    acting: int
    low: Score | None = None
    high: Score | None = None


class UnitShare(Struct, frozen=True, kw_only=True):
    """What one unit gives to the score of one target: contribution = 1 - (1 - weight x probability) ** rho.

    `own_contribution` is the same by the tests of the strain's own toxin alone, without its relatives'; None in earlier
    results.
    """

    unit_id: str
    family: str
    weight: Fraction
    probability: Fraction = field(name="p")
    rho: Fraction
    contribution: Fraction
    state: ScoreState
    records: tuple[str, ...]
    inherited_records: tuple[str, ...]
    own_contribution: Fraction | None = None


class OrderScore(Struct, frozen=True, kw_only=True):
    """A score (0-1) of one strain for one target with its 5-95 % interval.

    The score is None if the tests are inconclusive; score and interval are None if nothing was tested.
    """

    target: Target
    panel: Panel
    score: Score | None
    low: Score | None
    high: Score | None
    state: ScoreState
    tier: Tier
    grade: str | None = field(name="evidence_grade")
    unverified_share: Fraction
    trials: TrialCounts | None
    documented: DocumentedShare | None = None
    units: tuple[UnitShare, ...]

    @property
    def value(self) -> float:
        """The score for a bar or a colour; 0 if there is none, which only `state` distinguishes from a real 0."""
        return self.score or 0.0


class SpeciesScore(Struct, frozen=True, kw_only=True):
    """A score (0-1) of one strain for one species, see OrderScore; `target` is its order."""

    species: Species
    target: Target = field(name="order")
    panel: Panel
    score: Score | None
    low: Score | None
    high: Score | None
    state: ScoreState
    tier: Tier = Tier.NONE
    grade: str | None = field(name="evidence_grade")
    unverified_share: Fraction
    trials: TrialCounts | None
    units: tuple[UnitShare, ...]

    @property
    def value(self) -> float:
        """The score for a bar or a colour; 0 if there is none."""
        return self.score or 0.0


class ScoredUnit(Struct, frozen=True, kw_only=True):
    """A unit of action: a toxin, a pair, or a gene assembled from pieces. The weights are fractions."""

    unit_id: str
    name: str
    name_1998: str | None
    family: str
    kind: str
    hits: tuple[str, ...]
    copies: int
    weight: Fraction
    evidence: Fraction
    completeness: Fraction
    identity_percent: Percent | None
    flags: tuple[str, ...]
    partner_missing: str | None


class ScoredHit(Struct, frozen=True, kw_only=True):
    """One row of All_Toxins.txt as Shoter saw it."""

    protein_id: ProteinId
    hit_name: str
    name_2020: ToxinName | None
    name_1998: OldToxinName | None
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    rank: Rank
    blast: bool
    hmm: bool
    svm: bool
    domains: dict[str, bool | None]
    contig: Contig
    start: Position | None
    end: Position | None
    unit_id: str | None
    kept: bool
    dropped_reason: str | None
    flags: tuple[str, ...]
    ties: tuple[str, ...]
    dropped: Message | None = None

    @property
    def name(self) -> str:
        """The best available name."""
        return self.hit_name or self.protein_id

    @property
    def why_dropped(self) -> Message | None:
        """Why it is not scored; earlier versions kept only the sentence."""
        return self.dropped or (verbatim(self.dropped_reason) if self.dropped_reason else None)


class AccessoryProtein(Struct, frozen=True, kw_only=True):
    """A virulence factor that is not a toxin and does not count in any score."""

    protein_id: ProteinId
    hit_name: str
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    rank: Rank
    role: str


class Helper(Struct, frozen=True, kw_only=True):
    """A toxin that is known to enhance others of the strain."""

    helper: str
    helps: tuple[str, ...]
    note: str


class UnknownTarget(Struct, frozen=True, kw_only=True):
    """The score for acting on an untested target, and the hits without any record."""

    score: Score
    hits: tuple[str, ...]


class StrainScores(Struct, frozen=True, kw_only=True):
    """All of Shoter's results for one strain."""

    strain: Strain
    conclusion: Conclusion
    targets: tuple[OrderScore, ...] = field(name="orders")
    unknown_target: UnknownTarget
    units: tuple[ScoredUnit, ...]
    hits: tuple[ScoredHit, ...]
    accessory: tuple[AccessoryProtein, ...]
    helpers: tuple[Helper, ...]
    warnings: tuple[str, ...]
    remarks: tuple[Message, ...] = ()

    @property
    def damage(self) -> Damage:
        """How many of the scored genes are broken or cut."""
        return damage_of(hit.flags for hit in self.hits)

    def genes_behind(self, score: OrderScore | SpeciesScore) -> GeneCondition:
        """Return the state of all genes behind one of its scores, as grids, pictures and tables mark it."""
        if score.state is ScoreState.BROKEN:
            return GeneCondition.BROKEN
        return genes_behind([score], {unit.unit_id: unit.flags for unit in self.units})

    @property
    def told(self) -> tuple[Message, ...]:
        """Remarks for the reader; earlier versions kept only the sentences."""
        return self.remarks or tuple(map(verbatim, self.warnings))


class Record(Struct, frozen=True, kw_only=True):
    """One fact of the specificity table; `url` leads only to its DOI or PubMed entry."""

    toxin: str
    toxin_1998: str | None
    level: str
    order: str
    species: Species
    species_name: str | None = None
    activity: str
    strength: str
    weight: Fraction
    measure: str | None = None
    dose: str | None = None
    dose_unit: str | None = None
    source_id: str | None = None
    citation: str = ""
    reference: str
    doi: str | None
    url: str | None
    claim_seen: str
    unverified: bool
    note: str
    partner: str | None

    @property
    def organism(self) -> str:
        """The accepted name of the species, else the group in the words of the source."""
        return self.species_name or self.species

    @property
    def published_otherwise(self) -> str:
        """The species as the source writes it (older name, misspelling, stage), where that is not the accepted name."""
        return self.species if self.species != self.organism else ""

    @property
    def grade(self) -> str:
        """The effective grade: an unread source is C."""
        return "C" if self.unverified else self.strength


class SpecificityFacts(Struct, frozen=True, kw_only=True):
    """The specificity table that was used; `unverified_facts` of its `facts` rest on unread sources."""

    name: str
    version: str
    sha256: Sha256
    facts: int
    unverified_facts: int
    sources: int = 0


class ScoreVersions(Struct, frozen=True, kw_only=True):
    """The versions behind the scores; `input_sha256` is that of All_Toxins.txt."""

    shoter: str
    specificity: SpecificityFacts
    input_sha256: Sha256
    engine: EngineFacts | None


class CalibrationFacts(Struct, frozen=True, kw_only=True):
    """The strains behind `documented`, the orders with a curve, and in `not_applied` why there is none."""

    strains_name: str
    strains: int
    orders: tuple[str, ...]
    not_applied: str | None


class PanelTarget(Struct, frozen=True, kw_only=True):
    """A target and its panel."""

    target: Target
    panel: Panel


class _ScoreHead(Struct, frozen=True, kw_only=True):
    """The fields at the start of all documents of a Shoter run."""

    schema: int = SCORES_SCHEMA
    uncalibrated: bool
    run_id: str
    parameters: ParameterValues
    versions: ScoreVersions
    calibration: CalibrationFacts | None = None
    targets: tuple[PanelTarget, ...]


class ScoresDocument(_ScoreHead, frozen=True, kw_only=True):
    """`strain_scores.json`: every strain of the run, every record behind a score by its id, and every publication."""

    strains: tuple[StrainScores, ...]
    records: Mapping[str, Record]
    sources: Mapping[str, Source] = field(default_factory=dict)


class StrainSpecies(Struct, frozen=True, kw_only=True):
    """The species of one strain, best first."""

    strain: Strain
    species: tuple[SpeciesScore, ...]


class SpeciesDocument(_ScoreHead, frozen=True, kw_only=True):
    """`strain_species_scores.json`; units and hits are those of `strain_scores.json`."""

    strains: tuple[StrainSpecies, ...]
    records: Mapping[str, Record]


class ShoterRun(_ScoreHead, frozen=True, kw_only=True):
    """`shoter.json`: the run; `outputs` are the SHA-256 of the other files by their names."""

    strains: tuple[str, ...]
    hits: int
    kept_hits: int
    warnings: tuple[str, ...]
    outputs: dict[str, str]
    remarks: tuple[Message, ...] = ()
