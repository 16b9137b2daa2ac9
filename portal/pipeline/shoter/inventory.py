"""What Digger's `toxins.json` adds to a row of All_Toxins.txt: contig, ends, stops and ties."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.hits import Hit

INVENTORY_NAME = "toxins.json"


def read_inventory(path: Path) -> dict[str, Any]:
    """Return the content of toxins.json.

    Raises:
        InvalidInput: where it is no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput(f"{path.name} cannot be read: {error}", field=INVENTORY_NAME) from None
    if not isinstance(content, dict) or not isinstance(content.get("toxins"), list):
        raise InvalidInput(f"{path.name} has no list of toxins", field=INVENTORY_NAME)
    return content


def enrich(hits: Sequence[Hit], inventory: Mapping[str, Any]) -> list[Hit]:
    """Return the hits with what the inventory knows of their genes; genes it does not list stay as they are.

    The inventory belongs to one genome: in a table of several strains it speaks for its own strain only.
    """
    genes = {
        gene["protein_id"]: gene for gene in inventory["toxins"] if isinstance(gene, dict) and "protein_id" in gene
    }
    strain = inventory.get("strain")
    return [
        _with_gene(hit, genes[hit.protein_id]) if hit.protein_id in genes and strain in (None, hit.strain) else hit
        for hit in hits
    ]


def _with_gene(hit: Hit, gene: Mapping[str, Any]) -> Hit:
    """Take over true coordinates and Digger's verdict on contig ends; `partial` says nothing about those."""
    start, end = gene.get("start"), gene.get("end")
    return replace(
        hit,
        contig=str(gene.get("contig") or hit.contig),
        location=(start, end) if isinstance(start, int) and isinstance(end, int) else hit.location,
        at_contig_edge=bool(gene["contig_edge"]) if "contig_edge" in gene else hit.at_contig_edge,
        internal_stop=bool(gene.get("internal_stop", hit.internal_stop)),
        ties=tuple(str(tie) for tie in gene.get("ties") or ()),
    )
