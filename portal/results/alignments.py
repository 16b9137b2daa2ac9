"""`alignments.json`: each gene's protein aligned with the named toxins that it is closest to.

Proteins are those of `loci.json` (repaired where a gene is broken). Every field: docs/use/formats-digger.md.
"""

from __future__ import annotations

from msgspec import Struct

from portal.results.units import OldToxinName, Percent, Residue, Residues, Strain, ToxinName

ALIGNMENTS_SCHEMA = 1


class ReferenceAlignment(Struct, frozen=True, kw_only=True):
    """The best local alignment of a gene's protein with one named toxin.

    `same` are the other names of the same sequence. `start` to `end` of the gene's protein are opposite
    `reference_start` to `reference_end`; both rows have equally many columns, `-` is a gap and X an unknown residue.
    Identity is in percent of the columns.
    """

    reference: ToxinName
    reference_1998: OldToxinName | None
    reference_length: Residues
    same: tuple[str, ...]
    identity_percent: Percent
    start: Residue
    end: Residue
    reference_start: Residue
    reference_end: Residue
    protein_row: str
    reference_row: str


class AlignedGene(Struct, frozen=True, kw_only=True):
    """The alignments of one gene: with the entry that names it, then with other sequences that are equally close.

    `omitted` counts further equally close sequences.
    """

    locus_id: str
    alignments: tuple[ReferenceAlignment, ...]
    omitted: int = 0


class AlignmentsDocument(Struct, frozen=True, kw_only=True):
    """The alignments of one genome, in the order of `loci.json`; `omitted` counts genes after the first 500."""

    schema: int = ALIGNMENTS_SCHEMA
    strain: Strain
    genes: tuple[AlignedGene, ...]
    omitted: int = 0

    def of(self, locus_id: str) -> AlignedGene | None:
        """Return the alignments of one gene; None if it has none."""
        return next((gene for gene in self.genes if gene.locus_id == locus_id), None)
