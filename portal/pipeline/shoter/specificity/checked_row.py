"""Check the values of one row and convert them to a fact; used by all table readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypedDict, Unpack

from portal.domain.errors import InvalidValue
from portal.domain.message import Message
from portal.pipeline.shoter.names import is_toxin_name, ranks_of
from portal.pipeline.shoter.specificity.dose import parse_dose
from portal.pipeline.shoter.specificity.facts import ACTIVITIES, CLAIM_STATES, STRENGTHS, Fact
from portal.pipeline.shoter.specificity.problem import TableProblem
from portal.results.targets import parse_order, parse_species

Row = Mapping[str, str]

# Chimeras and laboratory codes outside the nomenclature that have records; matched by exact name.
_NAMED_OTHERWISE = re.compile(r"Cry1A\.105|axmi\d{3}|AXMI-?\d{3}")
_SOURCE_ID = re.compile(r"R\d{4}")


class Values(TypedDict, total=False):
    """The texts of a row under the column names of the shipped table; missing ones may be omitted."""

    fact_id: str
    toxin: str
    toxin_1998: str
    order: str
    species_text: str
    taxid: str
    activity: str
    strength: str
    measure: str
    dose: str
    dose_unit: str
    note: str
    partner: str
    source_id: str
    reference: str
    doi: str | None
    url: str | None
    source_kind: str
    claim_seen: str


def checked_fact(line: int, **values: Unpack[Values]) -> list[Fact] | TableProblem:
    """Return the fact of a row, or its first problem."""
    if problem := _problem(values):
        return TableProblem(line, problem)
    try:
        dose = parse_dose(values.get("measure", ""), values.get("dose", ""), values.get("dose_unit", ""))
    except InvalidValue as error:
        return TableProblem(line, error.message)
    target = parse_order(values["order"])
    assert target is not None
    fact = Fact(
        fact_id=values["fact_id"],
        toxin=values["toxin"],
        toxin_1998=values.get("toxin_1998", ""),
        order=target,
        species=None if target == "Human cancer cells" else parse_species(values["species_text"]),
        species_text=values["species_text"],
        taxid=values.get("taxid", ""),
        activity=values["activity"],
        strength=values["strength"],
        dose=dose,
        note=values.get("note", ""),
        partner=values.get("partner", ""),
        source_id=values.get("source_id", ""),
        reference=values.get("reference", ""),
        doi=values.get("doi"),
        url=values.get("url"),
        source_kind=values.get("source_kind", ""),
        claim_seen=values["claim_seen"],
        line=line,
        ranks=ranks_of(values["toxin"]),
    )
    return [fact]


def _problem(values: Values) -> Message | None:
    return next((wrong(values) for is_right, wrong in _CHECKS if not is_right(values)), None)


def _unknown(column: str, value: str) -> Message:
    return Message("cell.unknown", column=column, value=value)


def _expected(column: str, value: str, choices: Iterable[str]) -> Message:
    return Message("cell.expected", column=column, value=value, choices=sorted(choices))


def _is_toxin(toxin: str) -> bool:
    return is_toxin_name(toxin) or bool(_NAMED_OTHERWISE.fullmatch(toxin))


# Conditions in the order of the columns, each with what to say about a row that does not meet it.
_CHECKS: tuple[tuple[Callable[[Values], object], Callable[[Values], Message]], ...] = (
    (lambda row: row["fact_id"], lambda _: Message("cell.empty", column="fact_id")),
    (lambda row: _is_toxin(row["toxin"]), lambda row: _unknown("toxin", row["toxin"])),
    (lambda row: parse_order(row["order"]), lambda row: _unknown("order", row["order"])),
    (lambda row: row["activity"] in ACTIVITIES, lambda row: _expected("activity", row["activity"], ACTIVITIES)),
    (lambda row: row["strength"] in STRENGTHS, lambda row: _expected("strength", row["strength"], STRENGTHS)),
    (lambda row: row["claim_seen"] in CLAIM_STATES, lambda row: _unknown("claim_seen", row["claim_seen"])),
    (
        lambda row: not row.get("partner") or is_toxin_name(row["partner"]),
        lambda row: _unknown("partner", row["partner"]),
    ),
    (
        lambda row: not row.get("source_id") or _SOURCE_ID.fullmatch(row["source_id"]),
        lambda row: Message("cell.source_id", value=row["source_id"]),
    ),
    (lambda row: row.get("reference") or row.get("doi") or row.get("url"), lambda _: Message("cell.no_source")),
)
