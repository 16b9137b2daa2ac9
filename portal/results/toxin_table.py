"""The toxin table as rows of plain values, and as CSV and TSV. Pure: takes documents, returns values and text.

Digger reports what was found, Shoter what was not scored and why. Columns:
docs/use/results.md, "Toxin table".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from portal.domain.message import Message
from portal.results.loci import LociDocument, Locus
from portal.results.locus_state import gene_state
from portal.results.toxins import FoundToxin, ToxinsDocument
from portal.results.tsv import guarded, joined_line

if TYPE_CHECKING:  # Digger, which has no scores, uses this module too
    from portal.results.scores import ScoresDocument

_BREAKS = re.compile(r"[\t\r\n]+")
_STRANDS = {"+": "forward", "-": "reverse"}


_COLUMNS: Mapping[str, Callable[[FoundToxin], Any]] = {
    "protein_id": lambda toxin: toxin.protein_id,
    "toxin": lambda toxin: toxin.hit.name if toxin.hit else None,
    "toxin_1998": lambda toxin: toxin.hit.name_1998 if toxin.hit else None,
    "ties": lambda toxin: list(toxin.ties),
    "class": lambda toxin: toxin.toxin_class,
    "rank": lambda toxin: toxin.rank,
    "identity_percent": lambda toxin: toxin.identity_percent,
    "coverage_percent": lambda toxin: toxin.coverage_percent,
    "length_aa": lambda toxin: toxin.length_aa,
    "contig": lambda toxin: toxin.contig,
    "contig_length": lambda toxin: toxin.contig_length,
    "start": lambda toxin: toxin.start,
    "end": lambda toxin: toxin.end,
    "strand": lambda toxin: _STRANDS.get(toxin.strand),
    "partial": lambda toxin: toxin.partial,
    "contig_edge": lambda toxin: toxin.contig_edge,
    "internal_stop": lambda toxin: toxin.internal_stop,
    "profile_only": lambda toxin: not toxin.blast,
    "accessory": lambda toxin: toxin.accessory,
    "domains": lambda toxin: [f"{span.name}:{span.start}-{span.end}" for span in toxin.domain_spans],
}
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
GENE_COLUMNS = ("locus", "verdict", "gene_state")
COLUMNS = ("strain", *_COLUMNS, *GENE_COLUMNS, "not_scored")
# Of a table as the portal delivers it: its owner may name a strain at any time.
NAMED_COLUMNS = (*COLUMNS, "strain_name")


def reasons_not_to_score(document: ScoresDocument) -> dict[str, Message]:
    """Return why Shoter left hits out, by protein id."""
    hits = (hit for strain in document.strains for hit in strain.hits)
    return {hit.protein_id: reason for hit in hits if (reason := hit.why_dropped)}


def gene_cells(loci: Sequence[Locus]) -> dict[str, str | None]:
    """Return the GENE_COLUMNS of a row: ids, verdicts and states of its genes, joined with `;`; None without any."""
    cells = (
        ";".join(locus.locus_id for locus in loci),
        ";".join(str(locus.verdict or "") for locus in loci),
        ";".join(map(gene_state, loci)),
    )
    return {name: cell or None for name, cell in zip(GENE_COLUMNS, cells, strict=True)}


def toxin_rows(
    document: ToxinsDocument, reasons: Mapping[str, Message], loci: LociDocument | None = None
) -> list[dict[str, Any]]:
    """Return one row per gene in the order of `toxins.json`, each with all COLUMNS.

    Args:
        document: what Digger found.
        reasons: why Shoter left hits out, by protein id.
        loci: the genes behind the rows, if Digger wrote them.
    """
    genes = loci.by_row() if loci else {}
    rows = []
    for toxin in document.toxins:
        reason = reasons.get(toxin.protein_id)
        rows.append(
            {
                "strain": document.strain,
                **{name: read(toxin) for name, read in _COLUMNS.items()},
                **gene_cells(genes.get(toxin.protein_id, ())),
                "not_scored": None if reason is None else str(reason),
            }
        )
    return rows


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """Return rows as CSV by RFC 4180: commas, CRLF, quotes if needed."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([plain_cell(row[name]) for name in columns] for row in rows)
    return stream.getvalue()


def as_tsv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """Return rows with tabs between the cells, which contain neither tabs nor line breaks: see `portal.results.tsv`."""
    lines: list[Sequence[str]] = [columns]
    lines += [_unbroken([plain_cell(row[name]) for name in columns]) for row in rows]
    return "".join(map(joined_line, lines))


def _unbroken(cells: list[str]) -> list[str]:
    if "".join(cells).isprintable():
        return cells
    return [cell if cell.isprintable() else _BREAKS.sub(" ", cell) for cell in cells]


def plain_cell(value: Any) -> str:
    """Return a value as text of which no spreadsheet computes anything; None is empty, booleans are yes or no."""
    if type(value) is str:
        return guarded(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    return guarded(";".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
