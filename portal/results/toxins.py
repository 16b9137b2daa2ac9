"""`toxins.json`: Digger's results for one genome, as a typed document.

Both engines write it; Shoter, pictures, report, pages and the toxin table read it. Every field:
docs/use/formats-digger.md; as JSON Schema: /api/openapi.json. Unknown fields are ignored.
"""

from __future__ import annotations

from msgspec import Struct, field

from portal.domain.message import Message
from portal.results.facts import EngineFacts, ReferenceFacts, SequenceFacts
from portal.results.units import (
    Bases,
    Contig,
    CoveragePercent,
    EValue,
    OldToxinName,
    Percent,
    Position,
    ProteinId,
    Rank,
    Residue,
    Residues,
    Strain,
    Strand,
    ToxinClass,
    ToxinName,
)

TOXINS_SCHEMA = 2
DIGGER_RUN_SCHEMA = 1


class Span(Struct, frozen=True, kw_only=True):
    """A named region of a protein: residues, 1-based, inclusive."""

    name: str
    start: Residue
    end: Residue


class Interval(Struct, frozen=True, kw_only=True):
    """A range of residues, 1-based, inclusive."""

    start: Residue
    end: Residue


class ClosestToxin(Struct, frozen=True, kw_only=True):
    """The named toxin that a protein is closest to; `start` to `end` of its `length` residues are aligned."""

    name: ToxinName
    name_1998: OldToxinName | None
    length: Residues | None
    start: Residue
    end: Residue


class ProfileMatch(Struct, frozen=True, kw_only=True):
    """The family whose profile recognises a protein."""

    family: str
    length: Residues | None
    evalue: EValue | None


class FoundToxin(Struct, frozen=True, kw_only=True):
    """One gene; `start` and `end` are positions on the contig, 1-based; `length_aa` is in residues."""

    protein_id: ProteinId
    contig: Contig
    contig_length: Bases
    start: Position
    end: Position
    strand: Strand
    frame: int
    length_aa: Residues
    toxin_class: ToxinClass = field(name="class")
    rank: Rank
    blast: bool
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    evalue: EValue | None
    hit: ClosestToxin | None
    query: Interval | None
    ties: tuple[str, ...]
    hmm: ProfileMatch | None
    partial: bool
    contig_edge: str | None
    internal_stop: bool
    accessory: bool
    domains: dict[str, str]
    domain_spans: tuple[Span, ...]

    @property
    def name(self) -> str:
        """The best available name: the closest toxin, else the family of the profile, else the class."""
        if self.hit:
            return self.hit.name
        return self.hmm.family if self.hmm else self.toxin_class


class ToxinsDocument(Struct, frozen=True, kw_only=True):
    """Digger's results for one genome; genes in the order of All_Toxins.txt, including accessory factors.

    `circular_contigs` are the contigs with genes whose header says that they are circular; earlier versions name none.
    """

    schema: int = TOXINS_SCHEMA
    strain: Strain
    engine: EngineFacts
    reference: ReferenceFacts
    sequences: SequenceFacts
    toxins: tuple[FoundToxin, ...]
    circular_contigs: tuple[Contig, ...] = ()


class SearchedStrain(Struct, frozen=True, kw_only=True):
    """One genome of a Digger run; `kind` is nucl, orfs or prot, the counts are those of its table.

    `notes` are the English sentences of `remarks`.
    """

    strain: Strain
    contigs: int
    bases: Bases
    n50: Bases
    kind: str
    toxins: int
    accessory: int
    notes: tuple[str, ...]
    remarks: tuple[Message, ...] = ()

    @property
    def mostly_unknown(self) -> Message | None:
        """The remark that half of the genome's letters or more are unknown; None if they are not, or nothing tells."""
        return next((remark for remark in self.remarks if remark.code == "note.mostly_unknown"), None)


class DiggerRun(Struct, frozen=True, kw_only=True):
    """`digger.json`: the run."""

    schema: int = DIGGER_RUN_SCHEMA
    engine: EngineFacts
    reference: ReferenceFacts
    strains: tuple[SearchedStrain, ...]
