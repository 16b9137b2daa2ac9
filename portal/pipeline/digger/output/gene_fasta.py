"""Write the genes of a genome as FASTA: proteins of the repaired genes, and DNA with flanks.

Proteins: one record per gene, with X for a stop or a broken codon. DNA: one record per stretch of a contig that
contains pieces of the gene, in the direction of the gene; upper case is the gene, lower case its flanks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.output.gene_regions import GeneRegion, gene_regions
from portal.results.loci import Locus
from portal.results.locus_state import gene_state

FLANK_BP = 500
_WIDTH = 80
_COMPLEMENT = bytes.maketrans(b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv", b"TGCAANYRSWMKVHDBtgcaanyrswmkvhdb")


def contigs_of(loci: Iterable[Locus]) -> frozenset[str]:
    """Return the names of the contigs with genes."""
    return frozenset(piece.contig for locus in loci for piece in locus.pieces)


def protein_fasta(loci: Iterable[Locus]) -> str:
    """Return the proteins; a gene found only by a profile is translated unrepaired."""
    return "".join(
        f">{locus.locus_id} {_described(locus)} length={len(locus.protein)}\n{_lines(locus.protein)}" for locus in loci
    )


def gene_fasta(loci: Sequence[Locus], toxins: Sequence[Toxin], contigs: Mapping[str, bytes]) -> str:
    """Return the genes with up to 500 bases on either side.

    Args:
        contigs: sequences of the contigs that `contigs_of` returns.
    """
    return "".join(_record(region, contigs[region.contig]) for region in gene_regions(loci, toxins))


def _record(region: GeneRegion, contig: bytes) -> str:
    start, end = max(1, region.start), min(len(contig), region.end)
    first, last = max(1, start - FLANK_BP), min(len(contig), end + FLANK_BP)
    before, gene, behind = (
        contig[first - 1 : start - 1].lower(), contig[start - 1 : end].upper(), contig[end:last].lower()
    )  # fmt: skip
    letters = before + gene + behind
    if region.strand == "-":
        letters = letters.translate(_COMPLEMENT)[::-1]
    place = f"{region.contig}:{first}-{last}({region.strand}) gene={start}-{end}"
    part = f" part={region.number}/{region.count}" if region.count > 1 else ""
    return f">{region.feature_id} {_described(region.locus)}{part} {place}\n{_lines(letters.decode('ascii'))}"


def _described(locus: Locus) -> str:
    identity = "" if locus.identity_percent is None else f" identity={locus.identity_percent:.1f}%"
    like = f" reference={locus.reference}" if locus.reference else ""
    return f"{locus.name} state={gene_state(locus) or 'not_judged'}{like}{identity}"


def _lines(letters: str) -> str:
    return "".join(f"{letters[at : at + _WIDTH]}\n" for at in range(0, len(letters), _WIDTH))
