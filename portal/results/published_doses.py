"""The published doses behind a score: as published, each with its source, and the lowest of those that can be compared.

Which doses can be compared, and which of two is certainly the lower one: `portal.domain.dose`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from portal.domain.dose import Dose, DoseFamily, NoDose, dose_of, lowest_of
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.results.evidence_table import Reading, reading_of
from portal.results.own_tests import Role
from portal.results.scores import Record
from portal.results.units import ToxinName


class PublishedDose(Struct, frozen=True, kw_only=True):
    """A dose as published, with its source.

    `role` tells whose it is: the strain's own toxin's, that of one seen only in part, of one whose gene is broken here,
    or a relative's.
    """

    record: str
    toxin: ToxinName
    role: Role
    measure: str
    dose: str
    dose_unit: str | None
    citation: str
    doi: str | None


class LowestDoses(Struct, frozen=True, kw_only=True):
    """The lowest of the `compared` doses of one measure and one family of units.

    `doses` are several only where "<" or ">" leave open which is lower, or where they are equal.
    """

    measure: str
    family: DoseFamily
    compared: int
    doses: tuple[PublishedDose, ...]


def published_doses(records: Mapping[str, Record], role: Role) -> list[PublishedDose]:
    """Return the published doses, those whose publication was read first, then in the order of the table."""
    dosed = [(fact, record) for fact, record in records.items() if record.dose and record.measure]
    dosed.sort(key=lambda item: reading_of(item[1]) is not Reading.TEXT)
    return [_published(fact, record, role) for fact, record in dosed]


def lowest_doses(records: Mapping[str, Record]) -> tuple[LowestDoses, ...]:
    """Return the lowest doses in records of a strain's own toxins, by measure and family, in the order of the table.

    A dose that is recorded for both halves of a pair counts once. One that cannot be read is not compared.
    """
    groups: dict[tuple[str, DoseFamily], dict[tuple[object, ...], tuple[Dose, PublishedDose]]] = defaultdict(dict)
    for fact, record in records.items():
        if dose := _parsed(record):
            of_pair = frozenset({record.toxin, record.partner or record.toxin})
            key = (of_pair, dose.text, dose.unit, record.citation or record.reference)
            groups[dose.measure, dose.family].setdefault(key, (dose, _published(fact, record, Role.OWN)))
    return tuple(
        LowestDoses(
            measure=measure,
            family=family,
            compared=len(found),
            doses=tuple(list(found.values())[place][1] for place in lowest_of([dose for dose, _ in found.values()])),
        )
        for (measure, family), found in groups.items()
    )


def _parsed(record: Record) -> Dose | None:
    try:
        return dose_of(record.measure or "", record.dose or "", record.dose_unit or "")
    except NoDose:
        return None


def _published(fact: str, record: Record, role: Role) -> PublishedDose:
    return PublishedDose(
        record=fact,
        toxin=record.toxin,
        role=role,
        measure=record.measure or "",
        dose=record.dose or "",
        dose_unit=record.dose_unit,
        citation=record.citation or record.reference,
        doi=record.doi,
    )


def dose_text(dose: PublishedDose) -> str:
    """Return a dose as published: `LC50 0.8 ug/ml`."""
    return " ".join(part for part in (dose.measure, dose.dose, dose.dose_unit or "") if part)


def dose_with_source(dose: PublishedDose) -> str:
    """Return a dose for a table: `LC50 0.8 ug/ml (Cry1Ac, Tabashnik 1993)`, marked if it is not an own one."""
    whose = [] if dose.role is Role.OWN else [Message(f"bioassay.whose.{dose.role}").word(Lang.EN)]
    return f"{dose_text(dose)} ({', '.join([dose.toxin, *whose, dose.citation])})"


def lowest_with_sources(lowest: Iterable[LowestDoses]) -> str:
    """Return the lowest doses for a table: `LC50 0.1 ug/ml (Cry2Ab, Ruiz 2007) of 4`, joined with `;`."""
    return "; ".join(f"{dose_with_source(dose)} of {each.compared}" for each in lowest for dose in each.doses)
