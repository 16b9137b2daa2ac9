"""`loci.tsv`: the loci of one or several genomes as a table, one row per gene. Columns: docs/science/loci.md."""

from __future__ import annotations

from portal.domain.status import Lang
from portal.results.loci import Locus
from portal.results.locus_state import gene_state
from portal.results.locus_words import place_text, residues_text, what_happened, what_it_means
from portal.results.tsv import tsv_line

LOCI_COLUMNS = (
    "strain", "locus", "name", "equal_to", "reference", "reference_1998", "reference_length", "verdict",
    "identity_percent", "coverage_percent", "accessory", "pieces", "places", "reference_residues", "protein_ids",
    "protein_length", "length_as_read", "what_happened", "meaning",
    "gene_state",
)  # fmt: skip


def locus_row(strain: str, locus: Locus) -> str:
    """Return one gene as a line of loci.tsv; unknown values are empty, lists are joined with `;`."""
    meaning = what_it_means(locus)
    cells = (
        strain, locus.locus_id, locus.name, ";".join(locus.equal_to), locus.reference, locus.reference_1998,
        locus.reference_length, locus.verdict, locus.identity_percent, locus.coverage_percent,
        "yes" if locus.accessory else "no", len(locus.pieces), ";".join(map(place_text, locus.pieces)),
        ";".join(map(residues_text, locus.pieces)), ";".join(locus.protein_ids), len(locus.protein),
        None if locus.as_read is None else len(locus.as_read),
        "; ".join(message.word(Lang.EN) for message in what_happened(locus)),
        None if meaning is None else meaning.word(Lang.EN), gene_state(locus),
    )  # fmt: skip
    return tsv_line("" if cell is None else str(cell) for cell in cells)
