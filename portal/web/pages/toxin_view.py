"""Prepare Digger's toxins for the toxin table of the results page. Pure: takes values, returns values.

All values may come from a name in an upload, so nothing here is markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from portal.domain.message import Message
from portal.results.facts import EngineFacts, ReferenceFacts, SequenceFacts
from portal.results.loci import LociDocument, Locus
from portal.results.toxin_lookup import toxin_genes
from portal.results.toxins import FoundToxin, Span, ToxinsDocument

LIST_LIMIT = 500  # rows of a table on the page; the files contain all


@dataclass(frozen=True)
class ToxinRow:
    """One gene of the toxin table; identity and coverage in percent, `start` and `end` on the contig, 1-based."""

    protein_id: str
    name: str
    name_1998: str | None
    ties: tuple[str, ...]
    family: str
    rank: str
    identity: float | None
    coverage: float | None
    length_aa: int
    contig: str
    start: int
    end: int
    strand: str
    flags: tuple[str, ...]
    not_scored: Message | None = None  # why
    contig_length: int = 0
    accessory: bool = False
    domains: tuple[Span, ...] = ()
    aligned: tuple[int, int] | None = None  # residues aligned to the closest known toxin
    number: int = 0  # row number on the page, from 1; none for accessory proteins
    loci: tuple[Locus, ...] = ()  # the genes that the row belongs to, if Digger wrote them

    @property
    def cut(self) -> bool:
        """Return whether part of the gene is missing."""
        return "contig_edge" in self.flags or "partial" in self.flags

    @property
    def piece(self) -> tuple[int, int] | None:
        """Return which piece of a gene on several contigs the row is, from 1, and how many there are; else None."""
        for locus in self.loci:
            contigs = list(dict.fromkeys(piece.contig for piece in locus.pieces))
            if len(contigs) > 1 and self.contig in contigs:
                return contigs.index(self.contig) + 1, len(contigs)
        return None

    @property
    def residues(self) -> int:
        """Return the length of the gene's protein; of a row that is not one gene, that of its reading frame."""
        is_gene = len(self.loci) == 1 and len(self.loci[0].pieces) == 1
        return len(self.loci[0].protein) if is_gene else self.length_aa

    @property
    def broken(self) -> bool:
        """Return whether the row's gene is not whole."""
        return any(not locus.is_whole for locus in self.loci)


@dataclass(frozen=True)
class ToxinList:
    """Digger's results for one genome."""

    toxins: tuple[ToxinRow, ...]
    accessory: tuple[ToxinRow, ...]
    hidden: int
    engine: EngineFacts
    reference: ReferenceFacts
    sequences: SequenceFacts
    families: tuple[tuple[str, int], ...] = field(default=())
    genes: int | None = 0  # `toxin_genes`, hidden ones too; None if the genes behind the rows cannot be read
    unscored: int = 0  # of these genes


def list_toxins(
    document: ToxinsDocument,
    reasons: Mapping[str, Message],
    loci: LociDocument | None = None,
    *,
    limit: int = LIST_LIMIT,
    are_loci_read: bool = True,
) -> ToxinList:
    """Return the toxin table, best hits first, with accessory proteins separate.

    `reasons` are those of `toxin_table.reasons_not_to_score`; `loci` are the genes behind the rows. `are_loci_read` is
    False if there are some that cannot be read, so that nobody knows how many genes the rows are.
    """
    by_row = loci.by_row() if loci else {}
    rows = [_row(toxin, reasons, by_row.get(toxin.protein_id, ())) for toxin in document.toxins]
    best_first = sorted(
        (row for row in rows if not row.accessory),
        key=lambda row: (-(row.identity or 0.0), -(row.coverage or 0.0), row.name, row.protein_id),
    )
    toxins = [replace(row, number=number) for number, row in enumerate(best_first, 1)]
    genes = toxin_genes(document, loci)
    counts = Counter(family(gene.name) for gene in genes)
    return ToxinList(
        toxins=tuple(toxins[:limit]),
        accessory=tuple(row for row in rows if row.accessory)[:limit],
        hidden=max(0, len(toxins) - limit),
        engine=document.engine,
        reference=document.reference,
        sequences=document.sequences,
        families=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        genes=len(genes) if are_loci_read else None,
        unscored=sum(all(hit.protein_id in reasons for hit in gene.hits) for gene in genes),
    )


def _row(toxin: FoundToxin, reasons: Mapping[str, Message], loci: tuple[Locus, ...]) -> ToxinRow:
    return ToxinRow(
        protein_id=toxin.protein_id,
        name=toxin.name,
        name_1998=toxin.hit.name_1998 if toxin.hit else None,
        ties=toxin.ties,
        family=family(toxin.name),
        rank=toxin.rank,
        identity=toxin.identity_percent,
        # An alignment with gaps is longer than what it covers.
        coverage=None if toxin.coverage_percent is None else min(100.0, toxin.coverage_percent),
        length_aa=toxin.length_aa,
        contig=toxin.contig,
        start=toxin.start,
        end=toxin.end,
        strand=toxin.strand,
        flags=tuple(_flags(toxin)),
        not_scored=reasons.get(toxin.protein_id),
        contig_length=toxin.contig_length,
        accessory=toxin.accessory,
        domains=toxin.domain_spans,
        aligned=(toxin.query.start, toxin.query.end) if toxin.query else None,
        loci=loci,
    )


def _flags(toxin: FoundToxin) -> Iterator[str]:
    if toxin.contig_edge:
        yield "contig_edge"
    elif toxin.partial:
        yield "partial"
    if toxin.internal_stop:
        yield "internal_stop"
    if not toxin.blast:
        yield "hmm_only"


def family(name: str) -> str:
    """Return the rank-1 name of a toxin: Cry1 for Cry1Ac1; other names are returned unchanged."""
    found = re.match(r"[A-Za-z]+\d+", name)
    return found.group() if found else name
