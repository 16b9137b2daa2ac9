"""Results beyond the real tool's: toxins.json and toxins.tsv, with true coordinates and all data on a hit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.native.domains import DOMAINS
from portal.pipeline.digger.nomenclature import name_before_2020
from portal.pipeline.digger.output.tables import blast_evalue
from portal.pipeline.digger.topology import is_circular
from portal.results.loci import Locus
from portal.results.toxin_table import GENE_COLUMNS, gene_cells
from portal.results.toxins import ClosestToxin, FoundToxin, Interval, ProfileMatch, Span
from portal.results.tsv import tsv_line

TSV_COLUMNS = (
    "strain", "protein_id", "contig", "contig_length", "start", "end", "strand", "frame", "length_aa", "class", "rank",
    "hit", "hit_1998", "hit_length", "hit_start", "hit_end", "query_start", "query_end", "identity", "coverage",
    "evalue", "ties", "hmm_family", "hmm_evalue", "partial", "contig_edge", "internal_stop", "accessory", "domains",
    *GENE_COLUMNS,
)  # fmt: skip


def found_toxin(toxin: Toxin) -> FoundToxin:
    """Return one hit in the form of toxins.json."""
    query, orf, hit = toxin.query, toxin.query.orf, toxin.alignment
    return FoundToxin(
        protein_id=query.protein_id,
        contig=query.source.name,
        contig_length=len(query.source.sequence),
        start=orf.start,
        end=orf.end,
        strand="-" if orf.frame < 0 else "+",
        frame=orf.frame,
        length_aa=orf.length_aa,
        toxin_class=toxin.toxin_class,
        rank=toxin.rank,
        blast=hit is not None,
        identity_percent=None if hit is None else round(hit.known_identity, 4),
        coverage_percent=None if toxin.coverage is None else round(toxin.coverage, 4),
        evalue=None if hit is None else float(blast_evalue(hit.evalue)),
        hit=_closest(toxin),
        query=None if hit is None else Interval(start=hit.query_start, end=hit.query_end),
        ties=toxin.ties,
        hmm=_profile(toxin),
        partial=toxin.partial,
        contig_edge=toxin.contig_edge,
        internal_stop=query.internal_stop,
        accessory=toxin.accessory,
        domains=dict(toxin.domains),
        domain_spans=tuple(Span(name=d.name, start=d.start, end=d.end) for d in toxin.domain_spans),
    )


def circular_contigs(toxins: Iterable[Toxin]) -> tuple[str, ...]:
    """Return the names of the genes' contigs that are circular by their headers."""
    contigs = {toxin.query.source.name: toxin.query.source for toxin in toxins if toxin.query.orf.frame}
    return tuple(sorted(name for name, contig in contigs.items() if is_circular(contig)))


def _closest(toxin: Toxin) -> ClosestToxin | None:
    if toxin.alignment is None or toxin.hit_name is None:
        return None
    return ClosestToxin(
        name=toxin.hit_name,
        name_1998=name_before_2020(toxin.hit_name),
        length=toxin.hit_length,
        start=toxin.alignment.hit_start,
        end=toxin.alignment.hit_end,
    )


def _profile(toxin: Toxin) -> ProfileMatch | None:
    if toxin.family is None:
        return None
    family = toxin.family
    return ProfileMatch(family=family.family, length=family.length, evalue=float(f"{family.evalue:.2g}"))


def tsv_row(strain: str, toxin: FoundToxin, loci: Sequence[Locus] = ()) -> str:
    """Return one hit and its genes as a line of toxins.tsv; unknown values are empty."""
    hit, query, hmm = toxin.hit, toxin.query, toxin.hmm
    cells = (
        strain, toxin.protein_id, toxin.contig, toxin.contig_length, toxin.start, toxin.end, toxin.strand, toxin.frame,
        toxin.length_aa, toxin.toxin_class, toxin.rank,
        *((hit.name, hit.name_1998, hit.length, hit.start, hit.end) if hit else (None,) * 5),
        *((query.start, query.end) if query else (None,) * 2),
        toxin.identity_percent, toxin.coverage_percent, toxin.evalue, ",".join(toxin.ties),
        *((hmm.family, hmm.evalue) if hmm else (None,) * 2),
        toxin.partial, toxin.contig_edge, toxin.internal_stop, toxin.accessory,
        ",".join(name for name in DOMAINS if toxin.domains[name] == "YES"), *gene_cells(loci).values(),
    )  # fmt: skip
    return tsv_line(map(_cell, cells))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
