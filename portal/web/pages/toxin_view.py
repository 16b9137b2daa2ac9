"""From Digger's `toxins.json` to the toxin table of the results page. Pure: takes JSON values, returns values.

Everything in this file may come from a name in an upload, so that nothing here is markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_LIST_LIMIT = 500  # rows of a table in the page; the files hold all


@dataclass(frozen=True)
class Domain:
    """A domain along a protein; residues, 1-based, the end included."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class ToxinRow:
    """One gene of the toxin table; identity and coverage in percent, `start` and `end` on the contig, 1-based."""

    protein_id: str
    name: str
    name_1998: str | None
    ties: tuple[str, ...]
    family: str
    rank: str
    identity: float | None
    coverage: float | None
    length_aa: int
    contig: str
    start: int
    end: int
    strand: str
    flags: tuple[str, ...]
    not_scored: str | None = None  # why, in the words of Shoter
    contig_length: int = 0
    accessory: bool = False
    domains: tuple[Domain, ...] = ()
    aligned: tuple[int, int] | None = None  # residues that align to the closest known toxin
    number: int = 0  # of the row in the page, from 1; accessory proteins have none

    @property
    def cut(self) -> bool:
        """Tell whether a part of the gene is missing."""
        return "contig_edge" in self.flags or "partial" in self.flags


@dataclass(frozen=True)
class Inventory:
    """What Digger says of one genome."""

    toxins: tuple[ToxinRow, ...]
    accessory: tuple[ToxinRow, ...]
    hidden: int
    engine: Mapping[str, Any]
    reference: Mapping[str, Any]
    sequences: Mapping[str, Any]
    families: tuple[tuple[str, int], ...] = field(default=())
    unscored: int = 0  # of all toxins, the hidden ones too


def read_inventory(data: Mapping[str, Any], reasons: Mapping[str, str]) -> Inventory:
    """Return the toxin table, best hits first, and the accessory proteins apart.

    `reasons` are those of `toxin_table.reasons_not_to_score`.
    """
    rows = [_toxin(row, reasons) for row in data.get("toxins", ())]
    best_first = sorted(
        (row for row in rows if not row.accessory),
        key=lambda row: (-(row.identity or 0.0), -(row.coverage or 0.0), row.name, row.protein_id),
    )
    toxins = [replace(row, number=number) for number, row in enumerate(best_first, 1)]
    counts: dict[str, int] = {}
    for row in toxins:
        counts[row.family] = counts.get(row.family, 0) + 1
    return Inventory(
        toxins=tuple(toxins[:_LIST_LIMIT]),
        accessory=tuple(row for row in rows if row.accessory)[:_LIST_LIMIT],
        hidden=max(0, len(toxins) - _LIST_LIMIT),
        engine=data.get("engine") or {},
        reference=data.get("reference") or {},
        sequences=data.get("sequences") or {},
        families=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        unscored=sum(row.not_scored is not None for row in toxins),
    )


def _toxin(row: Mapping[str, Any], reasons: Mapping[str, str]) -> ToxinRow:
    hit, query = row.get("hit") or {}, row.get("query")
    name = str(hit.get("name") or (row.get("hmm") or {}).get("family") or row.get("class") or "?")
    return ToxinRow(
        protein_id=str(row["protein_id"]),
        name=name,
        name_1998=str(hit["name_1998"]) if hit.get("name_1998") else None,
        ties=tuple(str(tie) for tie in row.get("ties") or ()),
        family=family(name),
        rank=str(row.get("rank", "")),
        identity=row.get("identity"),
        # An alignment with gaps is longer than what it covers.
        coverage=None if row.get("coverage") is None else min(100.0, row["coverage"]),
        length_aa=int(row.get("length_aa") or 0),
        contig=str(row.get("contig", "")),
        start=int(row.get("start") or 0),
        end=int(row.get("end") or 0),
        strand=str(row.get("strand", "")),
        flags=tuple(
            flag
            for flag, on in (
                ("contig_edge", row.get("contig_edge")),
                ("partial", row.get("partial") and not row.get("contig_edge")),
                ("internal_stop", row.get("internal_stop")),
                ("hmm_only", not row.get("blast", True)),
            )
            if on
        ),
        not_scored=reasons.get(str(row["protein_id"])),
        contig_length=int(row.get("contig_length") or 0),
        accessory=bool(row.get("accessory")),
        domains=tuple(Domain(str(d["name"]), int(d["start"]), int(d["end"])) for d in row.get("domain_spans") or ()),
        aligned=(int(query["start"]), int(query["end"])) if query else None,
    )


def family(name: str) -> str:
    """Return the first rank of a toxin's name: Cry1 of Cry1Ac1; other names stay as they are."""
    found = re.match(r"[A-Za-z]+\d+", name)
    return found.group() if found else name
