"""Hits as GenBank records, for genome browsers: each gene with its surroundings, written by Biopython."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.output.annotations import evidence, product
from portal.pipeline.digger.output.gene_regions import GeneRegion, gene_regions
from portal.pipeline.digger.output.tables import FLANK
from portal.results.loci import EventKind, LociDocument
from portal.results.locus_words import story

if TYPE_CHECKING:
    from Bio.SeqFeature import SeqFeature
    from Bio.SeqRecord import SeqRecord

_LINE = 80
_INDENT = 21  # of qualifiers


def genbank_records(toxins: Sequence[Toxin], day: date, loci: LociDocument | None = None) -> Iterator[str]:
    """Yield each hit with up to 10 kb on either side as one GenBank record; `day` is the date of their LOCUS lines.

    The genes of a hit are features of its record, with the pieces that the record covers.
    """
    regions = gene_regions(loci.loci if loci else (), toxins)
    for toxin in toxins:
        yield _text(_record(toxin, day, [region for region in regions if toxin.query.protein_id in region.rows]))


def day_of(genome: Path) -> date:
    """Return the day (UTC) of a file's last change; for a task, the day of submission."""
    return datetime.fromtimestamp(genome.stat().st_mtime, UTC).date()


def _record(toxin: Toxin, day: date, genes: Sequence[GeneRegion]) -> SeqRecord:
    # Importing Biopython takes a third of a second: skip it for a genome without toxins.
    from Bio.Seq import Seq
    from Bio.SeqFeature import AfterPosition, BeforePosition, ExactPosition, SeqFeature, SimpleLocation
    from Bio.SeqRecord import SeqRecord

    query, orf = toxin.query, toxin.query.orf
    contig = query.source.sequence
    first, last = max(1, orf.start - FLANK), min(len(contig), orf.end + FLANK)
    left, right = ExactPosition(orf.start - first), ExactPosition(orf.end - first + 1)
    gene = SimpleLocation(
        # `<` and `>`: the gene continues beyond the end of the contig, or in a gap.
        BeforePosition(left) if toxin.contig_edge in ("left", "both") else left,
        AfterPosition(right) if toxin.contig_edge in ("right", "both") else right,
        -1 if orf.frame < 0 else 1,
    )
    qualifiers: dict[str, object] = {
        "locus_tag": query.protein_id,
        "product": product(toxin),
        "note": f"{query.source.name} {orf.start}..{orf.end} frame {orf.frame:+d}; {evidence(toxin)}",
        "codon_start": 1,
        "transl_table": 11,
        "translation": orf.protein,
    }
    return SeqRecord(
        Seq(contig[first - 1 : last]),
        id=query.protein_id,
        name=query.protein_id,
        description=f"{product(toxin)}; {query.source.name} {first}..{last}",
        annotations={
            "molecule_type": "DNA",
            "topology": "linear",
            "data_file_division": "BCT",
            "date": cast("str", day),  # the writer also accepts dates, and formats months in English
        },
        features=[
            SeqFeature(SimpleLocation(0, last - first + 1), "source", qualifiers={"mol_type": "genomic DNA"}),
            *(_gene(region, first, last) for region in genes),
            SeqFeature(gene, "CDS", qualifiers=qualifiers),
        ],
    )


def _gene(region: GeneRegion, first: int, last: int) -> SeqFeature:
    """Return a gene within the bases of a record; pieces that are read through are joined."""
    from Bio.SeqFeature import CompoundLocation, SeqFeature, SimpleLocation

    locus, sign = region.locus, -1 if region.strand == "-" else 1
    inside = [piece for _, piece in region.pieces if piece.start <= last and piece.end >= first]
    parts = [SimpleLocation(max(p.start, first) - first, min(p.end, last) - first + 1, sign) for p in inside]
    qualifiers: dict[str, object] = {
        "gene": locus.name,
        "locus_tag": region.feature_id,
        "note": "; ".join([f"verdict: {locus.verdict or 'not judged'}", *map(str, story(locus))]),
    }
    if any(event.kind in (EventKind.FRAMESHIFT, EventKind.STOP, EventKind.INSERTION) for event in locus.events):
        qualifiers["pseudogene"] = "unknown"
    location = parts[0] if len(parts) == 1 else CompoundLocation(parts)
    return SeqFeature(location, "gene", qualifiers=qualifiers)


def _text(record: SeqRecord) -> str:
    from Bio import BiopythonWarning
    from Bio.SeqIO.InsdcIO import GenBankWriter

    stream = io.StringIO()
    writer = GenBankWriter(stream)
    # A word that is broken over two lines is read back as two words, and a quote at the end of a line ends the value:
    # lines get the room that such need. Biopython reads lines of any length, as do browsers.
    writer.MAX_WIDTH = max(_LINE, *(_room(text) for text in _texts(record)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiopythonWarning)  # a LOCUS line longer than the 2018 format allowed
        writer.write_record(record)
    return stream.getvalue()


def _texts(record: SeqRecord) -> Iterator[str]:
    yield from (record.id or "", record.description)
    for feature in record.features:
        for name, value in feature.qualifiers.items():
            if isinstance(value, str) and name != "translation":
                yield f'/{name}="{value}"'


def _room(text: str) -> int:
    """Return the line width at which a text is not changed by wrapping."""
    words = [text] if '"' in text[1:-1].partition('="')[2] else text.split()
    return _INDENT + max(len(word) + word.count('"') for word in words)
