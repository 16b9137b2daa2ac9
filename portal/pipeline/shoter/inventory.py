"""Data that Digger's `toxins.json` adds to a row of All_Toxins.txt: the closest toxin, contig, ends, stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.names import old_name, present_name, ranks_of
from portal.results.codec import DocumentError, from_json
from portal.results.names import TOXINS_JSON
from portal.results.toxins import ClosestToxin, FoundToxin, ToxinsDocument


def read_inventory(path: Path) -> ToxinsDocument:
    """Return the content of toxins.json.

    Raises:
        InvalidInput: it cannot be read or violates its schema; the message names the field.
    """
    try:
        return from_json(path.read_bytes(), ToxinsDocument)
    except OSError as error:
        message = Message("table.unreadable", name=path.name, reason=os_reason(error))
        raise InvalidInput(message, field=TOXINS_JSON) from None
    except DocumentError as error:
        raise InvalidInput(Message("table.form", name=path.name, reason=error.message), field=TOXINS_JSON) from None


def enrich(hits: Sequence[Hit], inventory: ToxinsDocument) -> list[Hit]:
    """Return the hits with the inventory's data on their genes; genes it does not list are unchanged.

    The inventory belongs to one genome: in a table of several strains it applies only to its own.
    """
    genes = {gene.protein_id: gene for gene in inventory.toxins}
    return [
        _with_gene(hit, genes[hit.protein_id]) if hit.protein_id in genes and inventory.strain == hit.strain else hit
        for hit in hits
    ]


def _with_gene(hit: Hit, gene: FoundToxin) -> Hit:
    """Take over true coordinates and Digger's data on contig ends, which `partial` does not cover.

    The table names BLAST's first hit, the inventory the toxin that a row is closest to.
    """
    if hit.blast and gene.hit and gene.hit.name != hit.hit_name:
        hit = _named(hit, gene, gene.hit)
    return replace(
        hit,
        identity=gene.identity_percent if hit.blast and gene.hit else hit.identity,
        contig=gene.contig or hit.contig,
        location=(gene.start, gene.end),
        at_contig_edge=gene.contig_edge is not None,
        internal_stop=gene.internal_stop,
        ties=gene.ties,
    )


def _named(hit: Hit, gene: FoundToxin, closest: ClosestToxin) -> Hit:
    name = present_name(closest.name)
    return replace(
        hit,
        hit_name=closest.name,
        name_2020=name,
        name_1998=old_name(name),
        ranks=ranks_of(name),
        coverage=None if gene.coverage_percent is None else gene.coverage_percent / 100.0,
        reference_length=closest.length,
        reference_range=(closest.start, closest.end),
        rank=gene.rank,
    )
