"""Writing a checked table in the header that this project ships, with a description beside it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from portal.files.atomic import write_bytes, write_json
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
            "note": fact.note,
            "partner": fact.partner,
            "reference": fact.reference,
            "doi": fact.doi or "",
            "url": fact.url or "",
            "source_kind": fact.source_kind,
            "claim_seen": fact.claim_seen,
        }
        writer.writerow([values[name] for name in SHIPPED_COLUMNS])
    return buffer.getvalue().encode()


def install_table(path: Path, content: bytes, *, name: str, version: str) -> str:
    """Replace a table and its description; return its SHA-256. What `content` holds was checked before."""
    digest = hashlib.sha256(content).hexdigest()
    write_bytes(path, content)
    write_json(path.with_suffix(".json"), {"name": name, "version": version, "sha256": digest})
    return digest
