"""The loci of a genome: the content of `loci.json`.

A locus is one gene, intact or not: all pieces that one reference entry explains, across frames, stops, insertions,
gaps, ends of contigs and the origin of a circular contig. Positions are 1-based and inclusive, on the plus strand
of the contig; residues are those of the reference entry; identity and coverage are in percent, shares from 0 to 1.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from portal.results.units import (
    Bases,
    Contig,
    CoveragePercent,
    Fraction,
    OldToxinName,
    Percent,
    Position,
    ProteinId,
    Residue,
    Residues,
    Strain,
    Strand,
    ToxinName,
)

LOCI_SCHEMA = 1
# From so many unknown letters inside on, only a part of a gene was seen: as many in a row are a gap.
UNKNOWN_PART = 10


class Verdict(StrEnum):
    """The state of a gene in one word."""

    INTACT = "intact"
    FRAMESHIFT = "frameshift"
    PREMATURE_STOP = "premature_stop"
    INSERTION = "insertion"
    SPLIT = "split"
    EDGE = "edge"
    REMNANT = "remnant"


class EventKind(StrEnum):
    """The kind of change at one place of a gene."""

    FRAMESHIFT = "frameshift"
    STOP = "stop"
    INSERTION = "insertion"
    DELETION = "deletion"
    DUPLICATION = "duplication"
    GAP = "gap"
    CONTIG_JOINT = "contig_joint"
    ORIGIN = "origin"
    CONTIG_END = "contig_end"
    GAP_END = "gap_end"
    RECORD_END = "record_end"
    NO_STOP = "no_stop"
    NO_START = "no_start"
    UNKNOWN = "unknown"


_UNSEEN = frozenset({EventKind.CONTIG_END, EventKind.GAP_END, EventKind.RECORD_END, EventKind.GAP, EventKind.UNKNOWN})


class Event(Struct, frozen=True, kw_only=True):
    """A change in a gene at residue `residue` of its reference.

    `bases` counts bases that are extra (below 0: missing), unknown, or shared by two contig ends; `repeated` of the
    extra ones are a copy of the bases beside them, a duplication inside the gene (`duplication`: one in frame, so short
    that alleles may differ by it). `unknown` counts the unknown letters in a stretch of a piece, `gap` those between
    two pieces; `no_start` is a codon other than ATG where the reference begins. `no_stop` counts the bases from where
    the stop codon should be up to the next one; `record_end` is an end of a protein or coding sequence in its file.
    `to_contig` and `to_position` are where a gene
    continues that leaves its contig.
    """

    kind: EventKind
    residue: Residue
    contig: Contig
    position: Position
    bases: Bases | None = None
    repeated: Bases | None = None
    to_contig: str | None = None
    to_position: Position | None = None


class Piece(Struct, frozen=True, kw_only=True):
    """A part of a gene that can be read without a break; `protein_id` names its row in All_Toxins.txt, if any.

    Pieces with the same `reading` are read as one: only the end of a contig or a gap separates them.
    """

    protein_id: ProteinId | None
    contig: Contig
    start: Position
    end: Position
    strand: Strand
    reading: int
    reference_start: Residue | None
    reference_end: Residue | None
    identity_percent: Percent | None


class DomainPart(Struct, frozen=True, kw_only=True):
    """A domain of the reference entry, and the share of its residues that the pieces cover."""

    name: str
    start: Residue
    end: Residue
    share: Fraction


class Locus(Struct, frozen=True, kw_only=True):
    """One gene and its state.

    `name` is the best entry's name, or if several are equally good, what their names have in common; `equal_to` lists
    these. Of a gene that is cut, split or has unknown letters inside, identity, entries and coverage are those of what
    was seen. `protein` is the repaired reading: X replaces a stop, a broken codon, and each residue that was not seen.
    """

    locus_id: str
    name: str
    equal_to: tuple[str, ...]
    reference: ToxinName | None
    reference_1998: OldToxinName | None
    reference_length: Residues | None
    verdict: Verdict | None
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    accessory: bool
    hmm: bool
    pieces: tuple[Piece, ...]
    events: tuple[Event, ...]
    domains: tuple[DomainPart, ...]
    domain_calls: dict[str, str]
    protein: str
    as_read: str | None = None
    other_rows: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether the gene is complete and unbroken."""
        return self.verdict in (Verdict.INTACT, Verdict.SPLIT)

    @property
    def has_no_stop(self) -> bool:
        """Tell whether the stop codon at the gene's end is missing."""
        return any(event.kind is EventKind.NO_STOP for event in self.events)

    @property
    def has_no_start(self) -> bool:
        """Tell whether the gene has another codon than ATG where its reference begins."""
        return any(event.kind is EventKind.NO_START for event in self.events)

    @property
    def unknown_letters(self) -> int:
        """Return how many letters inside the gene are unknown: N and the like, X of a protein."""
        return sum(event.bases or 0 for event in self.events if event.kind in (EventKind.UNKNOWN, EventKind.GAP))

    @property
    def is_seen_in_part(self) -> bool:
        """Tell whether so many letters inside a gene without a break are unknown that only a part of it was seen."""
        return self.is_whole and self.unknown_letters >= UNKNOWN_PART

    @property
    def is_compared_by_parts(self) -> bool:
        """Tell whether something of the gene was not seen: identity and closest entries are those of what was seen."""
        if any(event.kind in _UNSEEN for event in self.events):
            return True
        is_joined = any(event.kind is EventKind.CONTIG_JOINT and not event.bases for event in self.events)
        return is_joined and (self.coverage_percent or 0.0) < 100.0

    @property
    def is_protein(self) -> bool:
        """Tell whether a protein was searched, not DNA."""
        return self.pieces[0].strand == "."

    @property
    def protein_ids(self) -> tuple[str, ...]:
        """Return the rows of All_Toxins.txt that are pieces of this gene, or readings of a piece in another frame."""
        of_pieces = (piece.protein_id for piece in self.pieces if piece.protein_id)
        return tuple(dict.fromkeys((*of_pieces, *self.other_rows)))


class LociDocument(Struct, frozen=True, kw_only=True):
    """The loci of one genome."""

    schema: int = LOCI_SCHEMA
    strain: Strain
    loci: tuple[Locus, ...]

    def by_row(self) -> dict[str, tuple[Locus, ...]]:
        """Return the loci of each row of All_Toxins.txt: one, or two if two genes are in one frame."""
        found: dict[str, tuple[Locus, ...]] = {}
        for locus in self.loci:
            for protein_id in locus.protein_ids:
                found[protein_id] = (*found.get(protein_id, ()), locus)
        return found
