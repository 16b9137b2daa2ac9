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
    target = parse_order(values["order"])
    if problem := _problem(values, target is not None):
        return TableProblem(line, problem)
    try:
        dose = parse_dose(values.get("measure", ""), values.get("dose", ""), values.get("dose_unit", ""))
    except InvalidValue as error:
        return TableProblem(line, error.message)
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


def _problem(values: Values, knows_order: bool) -> Message | None:
    toxin, partner, source = values["toxin"], values.get("partner", ""), values.get("source_id", "")
    checks: tuple[tuple[bool, Callable[[], Message]], ...] = (
        (bool(values["fact_id"]), lambda: Message("cell.empty", column="fact_id")),
        (is_toxin_name(toxin) or bool(_NAMED_OTHERWISE.fullmatch(toxin)), lambda: _unknown("toxin", toxin)),
        (knows_order, lambda: _unknown("order", values["order"])),
        (values["activity"] in ACTIVITIES, lambda: _expected("activity", values["activity"], ACTIVITIES)),
        (values["strength"] in STRENGTHS, lambda: _expected("strength", values["strength"], STRENGTHS)),
        (values["claim_seen"] in CLAIM_STATES, lambda: _unknown("claim_seen", values["claim_seen"])),
        (not partner or is_toxin_name(partner), lambda: _unknown("partner", partner)),
        (not source or bool(_SOURCE_ID.fullmatch(source)), lambda: Message("cell.source_id", value=source)),
        (any((values.get("reference"), values.get("doi"), values.get("url"))), lambda: Message("cell.no_source")),
    )
    return next((wrong() for is_right, wrong in checks if not is_right), None)


def _unknown(column: str, value: str) -> Message:
    return Message("cell.unknown", column=column, value=value)


def _expected(column: str, value: str, choices: Iterable[str]) -> Message:
    return Message("cell.expected", column=column, value=value, choices=sorted(choices))
