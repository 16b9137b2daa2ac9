"""Data that Digger's `loci.json` adds to the rows of All_Toxins.txt: which rows are pieces of the same gene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.pipeline.shoter.hits import Hit
from portal.results.codec import DocumentError, from_json
from portal.results.loci import LociDocument, Locus
from portal.results.names import LOCI_JSON


def loci_beside(path: Path, strains: Sequence[str]) -> list[Path]:
    """Return the loci that Digger wrote beside a file, for one genome or for each strain of a batch."""
    names = [LOCI_JSON, *(f"{strain}.{LOCI_JSON}" for strain in strains if "/" not in strain)]
    return [path.with_name(name) for name in names if path.with_name(name).is_file()]


def read_loci(path: Path) -> LociDocument:
    """Return the content of loci.json.

    Raises:
        InvalidInput: it cannot be read or violates its format.
    """
    try:
        return from_json(path.read_bytes(), LociDocument)
    except OSError as error:
        unread = Message("table.unreadable", name=path.name, reason=os_reason(error))
        raise InvalidInput(unread, field=LOCI_JSON) from None
    except DocumentError as error:
        raise InvalidInput(Message("table.form", name=path.name, reason=error.message), field=LOCI_JSON) from None


def with_loci(hits: Sequence[Hit], document: LociDocument) -> list[Hit]:
    """Return the hits, each with its locus; a row with two genes in one frame becomes two hits.

    The loci belong to one genome: in a table of several strains they apply only to their own.
    """
    by_row: dict[str, list[Locus]] = defaultdict(list)
    for locus in document.loci:
        for protein_id in locus.protein_ids:
            by_row[protein_id].append(locus)
    placed = []
    for hit in hits:
        loci = by_row.get(hit.protein_id, []) if hit.strain == document.strain else []
        own = [locus for locus in loci if locus.reference in (None, hit.hit_name)] or loci
        placed.append(replace(hit, locus=own[0]) if own else hit)
        placed += [replace(hit, locus=other) for other in loci if other is not own[0]]
    return placed
