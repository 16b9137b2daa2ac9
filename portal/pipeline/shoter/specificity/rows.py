"""Convert rows of a specificity CSV to facts, for the shipped table and for fact lists.

`bpprc_rows.py` handles exports of the BPPRC specificity database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.pipeline.shoter.specificity.bpprc_rows import BPPRC_COLUMNS, META_DATA_COLUMNS, is_meta_data_row, read_bpprc
from portal.pipeline.shoter.specificity.checked_row import Row, checked_fact
from portal.pipeline.shoter.specificity.facts import Fact, parse_doi
from portal.pipeline.shoter.specificity.problem import TableProblem

RowReader = Callable[[Row, int], "list[Fact] | TableProblem"]

SHIPPED_COLUMNS = (
    "fact_id",
    "toxin",
    "toxin_1998",
    "order",
    "species",
    "taxid",
    "activity",
    "strength",
    "measure",
    "dose",
    "dose_unit",
    "note",
    "partner",
    "source_id",
    "reference",
    "doi",
    "url",
    "source_kind",
    "claim_seen",
)
# Missing from tables built before doses and sources had columns.
_ADDED_COLUMNS = frozenset({"measure", "dose", "dose_unit", "source_id"})
_NEEDED_COLUMNS = tuple(name for name in SHIPPED_COLUMNS if name not in _ADDED_COLUMNS)
_FACT_LIST_COLUMNS = ("fact_id", "toxin_2020", "target_group", "activity", "evidence_strength", "claim_seen")


class Dialect:
    """How a table is read: its columns, its row reader, and whether its first row is already a record."""

    def __init__(self, columns: Sequence[str], reader: RowReader, *, has_header: bool = True) -> None:
        self.columns = tuple(columns)
        self.read_row = reader
        self.has_header = has_header

    @property
    def skips_repeats(self) -> bool:
        """Return whether repeated rows are dropped silently.

        Repeats are reported to maintainers of a table; an export cannot be corrected, and lists each pair twice.
        """
        return self.read_row is read_bpprc


def dialect_of(first: Sequence[str]) -> Dialect:
    """Return the dialect of a table that begins with this row.

    Raises:
        InvalidInput: naming the columns that are missing.
    """
    if is_meta_data_row(first):
        return Dialect(META_DATA_COLUMNS, read_bpprc, has_header=False)
    if len(set(first)) != len(first):
        double = next(name for name in first if list(first).count(name) > 1)
        raise InvalidInput(Message("table.column_twice", column=double), line=1, field="specificity")
    dialects: tuple[tuple[Sequence[str], RowReader], ...] = (
        (_NEEDED_COLUMNS, _read_shipped),
        (_FACT_LIST_COLUMNS, _read_fact_list),
        (BPPRC_COLUMNS, read_bpprc),
    )
    for columns, reader in dialects:
        if set(columns) <= set(first):
            return Dialect(first, reader)
    closest = max(dialects, key=lambda item: len(set(item[0]) & set(first)) / len(item[0]))[0]
    missing = [name for name in closest if name not in first]
    raise InvalidInput(Message("table.lacks", columns=missing), line=1, field="specificity")


def _read_shipped(row: Row, line: int) -> list[Fact] | TableProblem:
    return checked_fact(
        line,
        fact_id=row["fact_id"],
        toxin=row["toxin"],
        toxin_1998=row["toxin_1998"],
        order=row["order"],
        species_text=row["species"],
        taxid=row["taxid"],
        activity=row["activity"],
        strength=row["strength"],
        measure=row.get("measure", ""),
        dose=row.get("dose", ""),
        dose_unit=row.get("dose_unit", ""),
        note=row["note"],
        partner=row["partner"],
        source_id=row.get("source_id", ""),
        reference=row["reference"],
        doi=row["doi"] or None,
        url=row["url"] or None,
        source_kind=row["source_kind"],
        claim_seen=row["claim_seen"],
    )


def _read_fact_list(row: Row, line: int) -> list[Fact] | TableProblem:
    source = row.get("doi_or_id", "")
    return checked_fact(
        line,
        fact_id=row["fact_id"],
        toxin=row["toxin_2020"],
        toxin_1998=row.get("toxin_1998_or_alias", ""),
        order=row["target_group"],
        species_text=row.get("species", ""),
        taxid=row.get("taxid", ""),
        activity=row["activity"],
        strength=row["evidence_strength"],
        note=row.get("potency_or_note", ""),
        partner=row.get("partner", ""),
        reference=row.get("reference", ""),
        doi=parse_doi(source),
        url=_address(source),
        source_kind=row.get("source_kind", ""),
        claim_seen=row["claim_seen"],
    )


def _address(source: str) -> str | None:
    """Return an address for identifiers other than DOIs."""
    if match := re.search(r"\bPMC\d+", source):
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{match.group()}/"
    if match := re.search(r"\bPMID:(\d+)", source):
        return f"https://pubmed.ncbi.nlm.nih.gov/{match.group(1)}/"
    if match := re.search(r"\bpatent:(\w+)", source):
        return f"https://patents.google.com/patent/{match.group(1)}"
    if match := re.search(r"\burl:(\S+)", source):
        return f"https://{match.group(1)}"
    return None
