"""Write a checked table with the shipped header, and a description beside it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from portal.files.atomic import write_bytes, write_json
from portal.pipeline.shoter.specificity.bibliography import COLUMNS, path_beside
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.specificity.rows import SHIPPED_COLUMNS


def table_bytes(facts: Sequence[Fact]) -> bytes:
    """Return the facts as CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(SHIPPED_COLUMNS)
    for fact in facts:
        values = {
            "fact_id": fact.fact_id,
            "toxin": fact.toxin,
            "toxin_1998": fact.toxin_1998,
            "order": fact.order,
            "species": fact.species_text,
            "taxid": fact.taxid,
            "activity": fact.activity,
            "strength": fact.strength,
            "measure": fact.dose.measure if fact.dose else "",
            "dose": fact.dose.text if fact.dose else "",
            "dose_unit": fact.dose.unit if fact.dose else "",
            "note": fact.note,
            "partner": fact.partner,
            "source_id": fact.source_id,
            "reference": fact.reference,
            "doi": fact.doi or "",
            "url": fact.url or "",
            "source_kind": fact.source_kind,
            "claim_seen": fact.claim_seen,
        }
        writer.writerow([values[name] for name in SHIPPED_COLUMNS])
    return buffer.getvalue().encode()


def bibliography_bytes(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return the rows of a bibliography, each with COLUMNS, as CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def install_table(
    path: Path, content: bytes, *, name: str, version: str, facts: int, bibliography: bytes = b"", sources: int = 0
) -> str:
    """Replace a table, its bibliography and its description with checked content; return its SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    if bibliography:
        write_bytes(path_beside(path), bibliography)
    write_bytes(path, content)
    counts = {"facts": facts, "sources": sources}
    write_json(path.with_suffix(".json"), {"name": name, "version": version, "sha256": digest, **counts})
    return digest
