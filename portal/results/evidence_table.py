"""The records behind the scores as a table: one row per strain and record. Pure: takes documents, returns values.

Written by Shoter as `evidence.json` and `evidence.tsv`; pages, API and commands filter it. Every column:
docs/use/formats-shoter.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs

from portal.results.gene_state import is_broken
from portal.results.scores import Record, ScoresDocument, SpecificityFacts, StrainScores
from portal.results.sources import Source, lasting_address
from portal.results.species import names_of

EVIDENCE_SCHEMA = 1


class Role(StrEnum):
    """Whether a record is about a toxin of the strain, one whose gene is broken, or a related one."""

    OWN = "own"
    BROKEN = "broken"
    RELATIVE = "relative"


class Reading(StrEnum):
    """What was read to verify a record: its publication, a row of another table, a title, or nothing."""

    TEXT = "text"
    ROW = "row"
    TITLE = "title"
    NO = "no"


_READINGS = {
    "seen_abstract_or_text": Reading.TEXT,
    "seen_strain_or_crystal_level": Reading.TEXT,
    "seen_bpprc_row": Reading.ROW,
    "seen_export_row": Reading.ROW,
    "title_only": Reading.TITLE,
}


def reading_of(record: Record) -> Reading:
    """Return what was read to verify a record."""
    return _READINGS.get(record.claim_seen, Reading.NO)


class EvidenceRow(Struct, frozen=True, kw_only=True):
    """One record as used for a strain; `speaks_for` are the strain's toxins whose scores rest on it."""

    strain: str
    record: str
    toxin: str
    toxin_1998: str | None
    role: Role
    speaks_for: tuple[str, ...]
    order: str
    species: str
    english: str
    chinese: str
    activity: str
    measure: str | None
    dose: str | None
    dose_unit: str | None
    grade: str
    read: Reading
    claim_seen: str
    partner: str | None
    note: str
    source_id: str | None
    citation: str
    authors: tuple[str, ...]
    year: str
    title: str
    container: str
    doi: str | None
    pmid: str | None
    link: str | None


class EvidenceDocument(Struct, frozen=True, kw_only=True):
    """`evidence.json`: the table, the versions that produced it, and the publications that its rows cite."""

    schema: int = EVIDENCE_SCHEMA
    run_id: str
    specificity: SpecificityFacts
    rows: tuple[EvidenceRow, ...]
    sources: Mapping[str, Source]


COLUMNS = (*EvidenceRow.__struct_fields__, "run_id")


@dataclass(frozen=True)
class EvidenceFilter:
    """Which rows to show; an empty or None field accepts all."""

    toxin: str = ""
    species: str = ""
    grade: str = ""
    read: str = ""

    def takes(self, row: EvidenceRow) -> bool:
        """Tell whether a row passes.

        A toxin matches by the beginning of the record's or the strain's toxin name; a species or order by any part of a
        name, in Latin, English or Chinese; grades are letters ("AB"); what was read is one of Reading.
        """
        return (
            _begins(self.toxin, (row.toxin, row.toxin_1998 or "", *row.speaks_for))
            and _is_in(self.species, (row.species, row.english, row.chinese, row.order))
            and (not self.grade or row.grade in self.grade.upper())
            and (not self.read or self.read == row.read)
        )


def _begins(wanted: str, names: Iterable[str]) -> bool:
    start = wanted.strip().lower()
    return not start or any(name.lower().startswith(start) for name in names)


def _is_in(wanted: str, names: Iterable[str]) -> bool:
    part = wanted.strip().lower()
    return not part or any(part in name.lower() for name in names)


def evidence_of(document: ScoresDocument) -> EvidenceDocument:
    """Return the table of all strains of a document, in the order of the table of facts."""
    rows = tuple(row for strain in document.strains for row in _rows(strain, document))
    used = {row.source_id for row in rows}
    return EvidenceDocument(
        run_id=document.run_id,
        specificity=document.versions.specificity,
        rows=rows,
        sources={key: source for key, source in document.sources.items() if key in used},
    )


def filtered(document: EvidenceDocument, wanted: EvidenceFilter) -> EvidenceDocument:
    """Return the rows that pass, and their publications."""
    rows = tuple(row for row in document.rows if wanted.takes(row))
    used = {row.source_id for row in rows}
    return structs.replace(
        document, rows=rows, sources={key: source for key, source in document.sources.items() if key in used}
    )


def merged(documents: Iterable[EvidenceDocument]) -> EvidenceDocument:
    """Merge the results of several filters of one table, each row once; at least one document is needed."""
    first, *others = documents
    rows = {(row.strain, row.record): row for each in (first, *others) for row in each.rows}
    sources = {key: source for each in (first, *others) for key, source in each.sources.items()}
    return structs.replace(first, rows=tuple(rows.values()), sources=dict(sorted(sources.items())))


def _rows(strain: StrainScores, document: ScoresDocument) -> Iterable[EvidenceRow]:
    names = {unit.unit_id: unit.name for unit in strain.units}
    broken_units = {unit.unit_id for unit in strain.units if is_broken(unit.flags)}
    own: dict[str, dict[str, None]] = {}
    broken: dict[str, dict[str, None]] = {}
    lent: dict[str, dict[str, None]] = {}
    for score in strain.targets:
        for share in score.units:
            name = names.get(share.unit_id, share.family)
            of_toxin = broken if share.unit_id in broken_units else own
            for fact in share.records:
                of_toxin.setdefault(fact, {})[name] = None
            for fact in share.inherited_records:
                lent.setdefault(fact, {})[name] = None
    for fact_id, record in document.records.items():
        roles = ((Role.OWN, own), (Role.BROKEN, broken), (Role.RELATIVE, lent))
        role, speaks_for = next(((role, found[fact_id]) for role, found in roles if fact_id in found), (None, {}))
        if role:
            source = document.sources.get(record.source_id or "")
            yield _row(strain.strain, fact_id, record, role, tuple(speaks_for), source)


def _row(
    strain: str, fact_id: str, record: Record, role: Role, speaks_for: tuple[str, ...], source: Source | None
) -> EvidenceRow:
    names = names_of(record.species_name or "")
    return EvidenceRow(
        strain=strain,
        record=fact_id,
        toxin=record.toxin,
        toxin_1998=record.toxin_1998 if record.toxin_1998 != record.toxin else None,
        role=role,
        speaks_for=speaks_for,
        order=record.order,
        species=record.species,
        english=names.english,
        chinese=names.chinese,
        activity=record.activity,
        measure=record.measure,
        dose=record.dose,
        dose_unit=record.dose_unit,
        grade=record.grade,
        read=reading_of(record),
        claim_seen=record.claim_seen,
        partner=record.partner,
        note=record.note,
        source_id=record.source_id,
        citation=record.citation or record.reference,
        authors=source.authors if source else (),
        year=source.year if source else "",
        title=source.title if source else "",
        container=source.container if source else "",
        doi=record.doi or (source.doi if source else None) or None,
        pmid=(source.pmid if source else None) or None,
        link=lasting_address(record.doi, record.url),
    )


def table_rows(document: EvidenceDocument) -> Sequence[Mapping[str, Any]]:
    """Return the rows by column, for CSV and TSV."""
    return [{**structs.asdict(row), "run_id": document.run_id} for row in document.rows]
