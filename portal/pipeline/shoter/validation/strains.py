"""Strains with known toxins and known targets, from an extensible CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.pipeline.shoter.genes import find_genes
from portal.pipeline.shoter.hits import DOMAIN_COLUMNS, Hit
from portal.pipeline.shoter.names import old_name, present_name, ranks_of
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.units import Unit, build_units
from portal.results.targets import parse_order

REQUIRED_COLUMNS = (
    "strain_id",
    "strain",
    "toxin_inventory",
    "expected_primary",
    "acceptable_secondary",
    "documented_negative",
)


@dataclass(frozen=True)
class KnownStrain:
    """A strain whose toxins and targets are published; a control is one without a primary target."""

    strain_id: str
    name: str
    toxins: tuple[str, ...]
    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    negative: tuple[str, ...]
    sources: frozenset[str] = frozenset()  # publications of inventory and spectrum, as normalised by `source_keys`

    @property
    def is_control(self) -> bool:
        return not self.primary


def read_strains(content: bytes) -> list[KnownStrain]:
    """Return the strains of a CSV; lists within a cell are separated by semicolons.

    Raises:
        InvalidInput: with the line, if a column is missing, or an order or toxin name is unknown.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(Message("table.encoding"), field="strains") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [name for name in REQUIRED_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidInput(Message("table.lacks", columns=missing), line=1, field="strains")
    strains: list[KnownStrain] = []
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            raise InvalidInput(Message("table.other_cells"), line=line, field="strains")
        strains.append(_strain(row, line))
        if any(other.strain_id == strains[-1].strain_id for other in strains[:-1]):
            twice = Message("table.twice", column="strain_id", value=strains[-1].strain_id)
            raise InvalidInput(twice, line=line, field="strains")
    if not strains:
        raise InvalidInput(Message("table.no_rows"), line=1, field="strains")
    return strains


def _strain(row: dict[str, str], line: int) -> KnownStrain:
    toxins = tuple(present_name(name) for name in _split(row["toxin_inventory"]))
    for name in toxins:
        if ranks_of(name) is None:
            raise InvalidInput(
                Message("cell.unknown", column="toxin_inventory", value=name), line=line, field="strains"
            )
    if not row["strain_id"].strip():
        raise InvalidInput(Message("cell.empty", column="strain_id"), line=line, field="strains")
    return KnownStrain(
        strain_id=row["strain_id"].strip(),
        name=row["strain"].strip(),
        toxins=toxins,
        primary=_orders(row["expected_primary"], line),
        secondary=_orders(row["acceptable_secondary"], line),
        negative=_orders(row["documented_negative"], line),
        sources=source_keys(row.get("doi_or_id") or ""),
    )


def source_keys(text: str) -> frozenset[str]:
    """Return the DOIs, patents and PubMed numbers in a text, normalised for comparison."""
    dois = (doi.rstrip(".").lower() for doi in re.findall(r"10\.\d{4,9}/[^\s;,\"']+", text))
    patents = (f"{land}{number}" for land, number in re.findall(r"\b(US|WO|EP|CN|JP) ?(?:patent )?(\d{5,})", text))
    return frozenset([*dois, *patents, *(f"pmid:{number}" for number in re.findall(r"PMID: ?(\d+)", text))])


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _orders(cell: str, line: int) -> tuple[str, ...]:
    orders = []
    for text in _split(cell):
        order = parse_order(text)
        if order is None:
            raise InvalidInput(Message("cell.unknown", column="order", value=text), line=line, field="strains")
        orders.append(order)
    return tuple(orders)


def known_units(strain: KnownStrain, parameters: ShoterParameters) -> list[Unit]:
    """Return the units of a published inventory: every toxin complete and identical to its reference."""
    hits = [_complete_hit(strain.strain_id, name, line) for line, name in enumerate(strain.toxins, start=1)]
    return build_units(find_genes(hits, parameters), parameters)


def _complete_hit(strain: str, name: str, line: int) -> Hit:
    calls: Sequence[str] = DOMAIN_COLUMNS
    return Hit(
        strain=strain,
        protein_id=f"{strain}_{line:05d}",
        hit_name=name,
        name_2020=name,
        name_1998=old_name(name),
        ranks=ranks_of(name),
        identity=100.0,
        coverage=1.0,
        reference_length=None,
        reference_range=None,
        rank="Rank4",
        blast=True,
        hmm=True,
        svm=False,
        domains=dict.fromkeys(calls),
        contig=strain,
        location=None,
        at_contig_edge=False,
        internal_stop=False,
        sequence="",
        line=line,
    )
