"""Write the screening of a genome: as JSON, as rows of a table, and as features of the GFF3 file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from portal.results import names
from portal.results.codec import to_json
from portal.results.screening import GenePlace, GeneState, PanC, ScreenedGene, ScreeningDocument
from portal.results.tsv import tsv_line

SCREENING_COLUMNS = (
    "strain", "gene", "system", "state", "reference", "reference_length", "identity_percent", "coverage_percent",
    "evalue", "places",
)  # fmt: skip
_GFF_SAFE_ID = ".:^*$@!+_?-|"  # as in `annotations`
_GFF_SAFE = " :()/.-_+"


def write_screening(document: ScreeningDocument, out_dir: Path) -> None:
    """Write `screening.json` and `screening.tsv` of a single genome."""
    (out_dir / names.SCREENING_JSON).write_bytes(to_json(document, indent=True))
    header = "\t".join(SCREENING_COLUMNS) + "\n"
    table = "".join((header, *screening_rows(document)))
    (out_dir / names.SCREENING_TSV).write_text(table, encoding="utf-8", newline="\n")


def screening_rows(document: ScreeningDocument) -> Iterator[str]:
    """Yield a line of screening.tsv per gene of the panel, found or not; none if the genome was not screened."""
    if document.panel is None:
        return
    yield tsv_line((document.strain, *_pan_c_cells(document.pan_c)))
    for gene in document.genes:
        yield tsv_line((document.strain, *_gene_cells(gene)))


def _pan_c_cells(pan_c: PanC | None) -> tuple[str, ...]:
    if pan_c is None:
        return ("panC", "panC", str(GeneState.ABSENT), "", "", "", "", "", "")
    state = f"group {pan_c.group}" if pan_c.is_close else f"group {pan_c.group}*"
    identity, coverage = str(pan_c.identity_percent), str(pan_c.coverage_percent)
    return ("panC", "panC", state, pan_c.reference, "", identity, coverage, "", place_of(pan_c.place))


def _gene_cells(gene: ScreenedGene) -> tuple[str, ...]:
    numbers = (gene.identity_percent, gene.coverage_percent, gene.evalue)
    texts = ("" if number is None else str(number) for number in numbers)
    places = ";".join(map(place_of, gene.places))
    return (gene.gene, gene.system, str(gene.state), gene.reference, str(gene.reference_length), *texts, places)


def place_of(place: GenePlace) -> str:
    """Return a place as `contig:start-end (strand)`."""
    return f"{place.contig}:{place.start}-{place.end} ({place.strand})"


def screening_features(document: ScreeningDocument) -> str:
    """Return the genes that were found as lines of GFF3, in the order of the panel."""
    told: list[tuple[str, str, tuple[GenePlace, ...]]] = []
    if document.pan_c is not None:
        told.append(("panC", f"panC group {document.pan_c.group}", (document.pan_c.place,)))
    told += [
        (gene.gene, f"{gene.state}; identity {gene.identity_percent}% coverage {gene.coverage_percent}%", gene.places)
        for gene in document.genes
        if gene.state is not GeneState.ABSENT
    ]
    return "".join(
        _feature(name, number, f"screening: {note}", place)
        for name, note, places in told
        for number, place in enumerate(places, start=1)
    )


def _feature(name: str, number: int, note: str, place: GenePlace) -> str:
    contig = quote(place.contig, safe=_GFF_SAFE_ID).replace("~", "%7E")
    attributes = f"ID=screening_{quote(name)}_{number};Name={quote(name)};Note={quote(note, safe=_GFF_SAFE)}"
    line = (contig, "bttoxin-portal", "sequence_feature", place.start, place.end, ".", place.strand, ".", attributes)
    return "\t".join(map(str, line)) + "\n"
