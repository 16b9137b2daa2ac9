"""Write hits as GFF3, for genome browsers, and as readable alignments; wording shared with GenBank records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.output.gene_regions import GeneRegion, gene_regions
from portal.results.loci import LociDocument
from portal.results.locus_words import story

_GFF_SAFE = " :()/.-_+"  # in attributes
_GFF_SAFE_ID = ".:^*$@!+_?-|"  # allowed in column 1 by the specification, besides letters and digits
# Characters that separate values, or are already escaped, in these attributes.
_LISTED = {"Parent": ",", "Target": "%"}


def gff3(toxins: Sequence[Toxin], loci: LociDocument | None = None) -> str:
    """Return genes with their parts, and hits with true coordinates and their domains.

    A gene is one feature per stretch of a contig that contains pieces of it; hits are its children.
    """
    regions = gene_regions(loci.loci if loci else (), toxins)
    genes = (line for region in regions for line in _gene_lines(region))
    hits = (
        line
        for toxin in toxins
        for line in _gff_lines(
            toxin, [region.feature_id for region in regions if toxin.query.protein_id in region.rows]
        )
    )
    return "##gff-version 3\n" + "".join((*genes, *hits))


def _gene_lines(region: GeneRegion) -> Iterator[str]:
    seqid, locus = _seqid(region.contig), region.locus
    attributes = {"ID": region.feature_id, "Name": locus.name, "locus": locus.locus_id}
    if region.count > 1:
        attributes["part"] = f"{region.number}/{region.count}"
    attributes["verdict"] = str(locus.verdict or "not_judged")
    attributes["Note"] = "; ".join(map(str, story(locus)))
    yield _gff_line(seqid, "gene", region.start, region.end, region.strand, ".", attributes)
    if len(locus.pieces) == 1:
        return
    for number, piece in region.pieces:
        of_piece = {"ID": f"{locus.locus_id}_p{number}", "Name": locus.name, "Parent": region.feature_id}
        if piece.reference_start is not None:
            of_piece["Target"] = f"{quote(locus.reference or locus.name)} {piece.reference_start} {piece.reference_end}"
        yield _gff_line(seqid, "CDS_fragment", piece.start, piece.end, piece.strand, "0", of_piece)


def _seqid(contig: str) -> str:
    return quote(contig, safe=_GFF_SAFE_ID).replace("~", "%7E")  # which `quote` never escapes


def _gff_lines(toxin: Toxin, parents: Sequence[str]) -> Iterator[str]:
    query, orf = toxin.query, toxin.query.orf
    strand = {-1: "-", 0: ".", 1: "+"}[(orf.frame > 0) - (orf.frame < 0)]
    seqid = _seqid(query.source.name)
    attributes = {"ID": query.protein_id, "Name": toxin.hit_name or toxin.toxin_class, "product": product(toxin)}
    attributes["Note"] = evidence(toxin)
    if parents:
        attributes["Parent"] = ",".join(parents)
    kind, phase = ("CDS", "0") if orf.frame else ("polypeptide", ".")
    yield _gff_line(seqid, kind, orf.start, orf.end, strand, phase, attributes)
    for number, span in enumerate(toxin.domain_spans, start=1):
        start, end = genome_span(toxin, span.start, span.end)
        of_domain = {"ID": f"{query.protein_id}_d{number}", "Name": span.name, "Derives_from": query.protein_id}
        yield _gff_line(seqid, "polypeptide_domain", start, end, strand, ".", of_domain)


def _gff_line(seqid: str, kind: str, start: int, end: int, strand: str, phase: str, attributes: dict[str, str]) -> str:
    text = ";".join(
        f"{name}={quote(value, safe=_GFF_SAFE + _LISTED.get(name, ''))}" for name, value in attributes.items()
    )
    return f"{seqid}\tbttoxin-portal\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\t{text}\n"


def genome_span(toxin: Toxin, first_aa: int, last_aa: int) -> tuple[int, int]:
    """Return the 1-based bases (amino acids in a protein file) of a stretch of a hit's protein."""
    orf = toxin.query.orf
    if orf.frame == 0:
        return first_aa, last_aa
    if orf.frame > 0:
        return orf.start + 3 * (first_aa - 1), orf.start + 3 * last_aa - 1
    return orf.end - 3 * last_aa + 1, orf.end - 3 * (first_aa - 1)


def product(toxin: Toxin) -> str:
    """Return a short description of the protein."""
    if toxin.hit_name is None:
        return f"{toxin.toxin_class} family protein"
    if toxin.accessory:
        return f"{toxin.hit_name.removesuffix('-other')} homologue (accessory factor)"
    return f"pesticidal protein similar to {toxin.hit_name}"


def evidence(toxin: Toxin) -> str:
    """Return the evidence for the protein: rank, identity and coverage, profile."""
    words = [toxin.rank]
    if toxin.alignment is not None:
        words.append(
            f"identity {toxin.alignment.known_identity:.2f}% coverage {toxin.coverage:.2f}% to {toxin.hit_name}"
        )
    if toxin.family is not None:
        words.append(f"profile {toxin.family.family} E={toxin.family.evalue:.2g}")
    return "; ".join(words)


def alignment_text(toxin: Toxin) -> str:
    """Return the alignment of the best hit, 60 columns per row; empty if only a profile found the protein."""
    hit = toxin.alignment
    if hit is None:
        return ""
    lines = [f">{toxin.query.protein_id} against {toxin.hit_name}: {evidence(toxin)}; score {hit.score}"]
    query_at, hit_at = hit.query_start, hit.hit_start
    for start in range(0, hit.columns, 60):
        query_row, hit_row = hit.query_row[start : start + 60], hit.hit_row[start : start + 60]
        same = "".join(a if a == b else " " for a, b in zip(query_row, hit_row, strict=True))
        query_next = query_at + len(query_row) - query_row.count("-")
        hit_next = hit_at + len(hit_row) - hit_row.count("-")
        lines += ["", f"query {query_at:>5} {query_row} {query_next - 1}", f"            {same}".rstrip()]
        lines.append(f"hit   {hit_at:>5} {hit_row} {hit_next - 1}")
        query_at, hit_at = query_next, hit_next
    return "\n".join(lines) + "\n\n"
