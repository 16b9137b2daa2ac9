"""Results beyond the real tool's: toxins.json and toxins.tsv, with true coordinates and all that is known of a hit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.native.domains import DOMAINS
from portal.pipeline.digger.nomenclature import name_before_2020
from portal.pipeline.digger.output.tables import blast_evalue

SCHEMA = 1
TSV_COLUMNS = (
    "strain", "protein_id", "contig", "contig_length", "start", "end", "strand", "frame", "length_aa", "class", "rank",
    "hit", "hit_1998", "hit_length", "hit_start", "hit_end", "query_start", "query_end", "identity", "coverage",
    "evalue", "ties", "hmm_family", "hmm_evalue", "partial", "contig_edge", "internal_stop", "accessory", "domains",
)  # fmt: skip


def toxins_document(
    strain: str,
    toxins: Sequence[Toxin],
    *,
    engine: Mapping[str, Any],
    reference: Mapping[str, Any],
    sequences: Mapping[str, int],
) -> dict[str, Any]:
    """Return the content of toxins.json."""
    return {
        "schema": SCHEMA,
        "strain": strain,
        "engine": dict(engine),
        "reference": dict(reference),
        "sequences": dict(sequences),
        "toxins": [toxin_facts(toxin) for toxin in toxins],
    }


def toxin_facts(toxin: Toxin) -> dict[str, Any]:
    """Return one hit for JSON; identity and coverage in percent, coordinates 1-based and true."""
    query, orf, hit = toxin.query, toxin.query.orf, toxin.alignment
    return {
        "protein_id": query.protein_id,
        "contig": query.source.name,
        "contig_length": len(query.source.sequence),
        "start": orf.start,
        "end": orf.end,
        "strand": "-" if orf.frame < 0 else "+",
        "frame": orf.frame,
        "length_aa": orf.length_aa,
        "class": toxin.toxin_class,
        "rank": toxin.rank,
        "blast": hit is not None,
        "identity": None if hit is None else round(hit.identity, 4),
        "coverage": None if toxin.coverage is None else round(toxin.coverage, 4),
        "evalue": None if hit is None else float(blast_evalue(hit.evalue)),
        "hit": _hit_facts(toxin),
        "query": None if hit is None else {"start": hit.query_start, "end": hit.query_end},
        "ties": list(toxin.ties),
        "hmm": None
        if toxin.family is None
        else {
            "family": toxin.family.family,
            "length": toxin.family.length,
            "evalue": float(f"{toxin.family.evalue:.2g}"),
        },
        "partial": toxin.partial,
        "contig_edge": toxin.contig_edge,
        "internal_stop": query.internal_stop,
        "accessory": toxin.accessory,
        "domains": dict(toxin.domains),
        "domain_spans": [{"name": d.name, "start": d.start, "end": d.end} for d in toxin.domain_spans],
    }


def _hit_facts(toxin: Toxin) -> dict[str, Any] | None:
    if toxin.alignment is None or toxin.hit_name is None:
        return None
    return {
        "name": toxin.hit_name,
        "name_1998": name_before_2020(toxin.hit_name),
        "length": toxin.hit_length,
        "start": toxin.alignment.hit_start,
        "end": toxin.alignment.hit_end,
    }


def tsv_row(strain: str, facts: Mapping[str, Any]) -> str:
    """Return one hit as a line of toxins.tsv; what is not known is empty."""
    hit, query, hmm = facts["hit"] or {}, facts["query"] or {}, facts["hmm"] or {}
    cells = {
        **facts,
        "strain": strain,
        "hit": hit.get("name"),
        "hit_1998": hit.get("name_1998"),
        "hit_length": hit.get("length"),
        "hit_start": hit.get("start"),
        "hit_end": hit.get("end"),
        "query_start": query.get("start"),
        "query_end": query.get("end"),
        "ties": ",".join(facts["ties"]),
        "hmm_family": hmm.get("family"),
        "hmm_evalue": hmm.get("evalue"),
        "domains": ",".join(name for name in DOMAINS if facts["domains"][name] == "YES"),
    }
    return "\t".join(_cell(cells[name]) for name in TSV_COLUMNS) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
