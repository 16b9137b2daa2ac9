"""The toxin table as rows of plain values, and as CSV and TSV. Pure: takes JSON values, returns values and text.

Digger's `toxins.json` says what was found, Shoter's `strain_scores.json` what of it was not scored and why. Columns:
docs/use/results.md, "Toxin table".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

# Spreadsheets take a cell that begins like this for a formula (OWASP, CSV Injection); names come from uploads.
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_BREAKS = re.compile(r"[\t\r\n]+")
_STRANDS = {"+": "forward", "-": "reverse"}


def _hit(row: Row, key: str) -> Any:
    return (row.get("hit") or {}).get(key)


def _spans(row: Row) -> list[str]:
    return [f"{span['name']}:{span['start']}-{span['end']}" for span in row.get("domain_spans") or ()]


_COLUMNS: Mapping[str, Callable[[Row], Any]] = {
    "protein_id": lambda row: row["protein_id"],
    "toxin": lambda row: _hit(row, "name"),
    "toxin_1998": lambda row: _hit(row, "name_1998"),
    "ties": lambda row: list(row.get("ties") or ()),
    "class": lambda row: row.get("class"),
    "rank": lambda row: row.get("rank"),
    "identity_percent": lambda row: row.get("identity"),
    "coverage_percent": lambda row: row.get("coverage"),
    "length_aa": lambda row: row.get("length_aa"),
    "contig": lambda row: row.get("contig"),
    "contig_length": lambda row: row.get("contig_length"),
    "start": lambda row: row.get("start"),
    "end": lambda row: row.get("end"),
    "strand": lambda row: _STRANDS.get(str(row.get("strand"))),
    "partial": lambda row: bool(row.get("partial")),
    "contig_edge": lambda row: row.get("contig_edge"),
    "internal_stop": lambda row: bool(row.get("internal_stop")),
    "profile_only": lambda row: not row.get("blast", True),
    "accessory": lambda row: bool(row.get("accessory")),
    "domains": _spans,
}
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
}
COLUMNS = ("strain", *_COLUMNS, "not_scored")


def reasons_not_to_score(data: Mapping[str, Any]) -> dict[str, str]:
    """Return why Shoter left hits out, by protein id."""
    hits = [hit for strain in data.get("strains", ()) for hit in strain.get("hits", ())]
    return {str(hit["protein_id"]): str(hit["dropped_reason"]) for hit in hits if hit.get("dropped_reason")}


def toxin_rows(data: Mapping[str, Any], reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one row per gene in the order of `toxins.json`, each with all COLUMNS.

    Args:
        data: content of `toxins.json`.
        reasons: why Shoter left hits out, by protein id.
    """
    strain = data.get("strain")
    return [
        {
            "strain": strain,
            **{name: read(row) for name, read in _COLUMNS.items()},
            "not_scored": reasons.get(str(row["protein_id"])),
        }
        for row in data.get("toxins") or ()
    ]


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as RFC 4180 has them: commas, CRLF, quotes where needed."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
    return stream.getvalue()


def as_tsv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows with tabs between the cells, which hold neither tabs nor line breaks."""
    lines: list[Sequence[str]] = [COLUMNS]
    lines += [[_BREAKS.sub(" ", _cell(row[name])) for name in COLUMNS] for row in rows]
    return "".join("\t".join(line) + "\n" for line in lines)


def _cell(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula; nothing is empty, truth is yes or no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ";".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if _FORMULA.match(text) else text
