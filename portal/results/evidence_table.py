"""The records behind the scores as a table: one row per strain and record. Pure: takes documents, returns values.

Written by Shoter as `evidence.json` and `evidence.tsv`; pages, API and commands filter it. Every column:
docs/use/formats-shoter.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs

from portal.results.own_tests import Role, is_same_toxin, role_of_tests
from portal.results.scores import Record, ScoresDocument, SpecificityFacts, StrainScores
from portal.results.sources import Source, lasting_address
from portal.results.species import accepted_name, known_species, names_of
from portal.results.targets import parse_genera, parse_species
from portal.results.units import Percent

EVIDENCE_SCHEMA = 1


class Reading(StrEnum):
    """What was read to verify a record: its publication (text or abstract), a row of another table, a title, nothing.

    Words: `reading.*` of the catalogue, the same in shortlist, report and table of records.
    """

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
    """One record as used for a strain; `speaks_for` are the strain's toxins whose scores rest on it.

    `species` is the accepted name, or the group of species that the record names; `species_as_published` is the text of
    the source, which may be an older name, a misspelling, or name a stage. `identity_percent` is the identity of the
    strain's gene to the tested toxin, the highest of several; None where another toxin than the tested one is the
    gene's closest.
    """

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
    identity_percent: Percent | None = None
    species_as_published: str = ""

    @property
    def is_published_otherwise(self) -> bool:
        """Tell whether the source writes the species in another way."""
        return self.species_as_published not in ("", self.species)

    @property
    def is_of_relative(self) -> bool:
        """Tell whether the tested toxin is another one than the strain's, be that one's gene broken or not."""
        return self.role is Role.RELATIVE or not is_same_toxin(self.identity_percent)


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

        A toxin matches by the beginning of the record's or the strain's toxin name; grades are letters ("AB"); what was
        read is one of Reading. For the species see `_about`.
        """
        return (
            _begins(self.toxin, (row.toxin, row.toxin_1998 or "", *row.speaks_for))
            and (not self.grade or row.grade in self.grade.upper())
            and (not self.read or self.read == row.read)
        )


def _begins(wanted: str, names: Iterable[str]) -> bool:
    start = wanted.strip().lower()
    return not start or any(name.lower().startswith(start) for name in names)


def _about(wanted: str, rows: Sequence[EvidenceRow]) -> Sequence[EvidenceRow]:
    """Return the rows about a species or order.

    A whole scientific name, in any spelling, takes what the shortlist counts for that species: its records, and those
    of its genus or a group that it belongs to. All else takes any part of a name, in Latin, English or Chinese.
    """
    words = " ".join(wanted.split()).lower()
    name = accepted_name(words.capitalize())
    if parse_species(name) == name:
        counted = [row for row in rows if row.species == name or name.partition(" ")[0] in parse_genera(row.species)]
        if name in known_species() or any(row.species == name for row in counted):
            return counted
    return [row for row in rows if _has_part(row, words)]


def _has_part(row: EvidenceRow, part: str) -> bool:
    names = (row.species, row.species_as_published, row.english, row.chinese, row.order)
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
    rows = tuple(row for row in _about(wanted.species, document.rows) if wanted.takes(row))
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


@dataclass
class _Use:
    """What a strain uses a record for in one role: its toxins, and their highest identity to the tested one."""

    names: dict[str, None] = field(default_factory=dict)
    identity: float | None = None

    def add(self, name: str, identity: float | None) -> None:
        self.names[name] = None
        self.identity = max((each for each in (self.identity, identity) if each is not None), default=None)


def _rows(strain: StrainScores, document: ScoresDocument) -> Iterable[EvidenceRow]:
    units = {unit.unit_id: unit for unit in strain.units}
    uses: dict[tuple[str, Role], _Use] = defaultdict(_Use)
    for score in strain.targets:
        for share in score.units:
            unit = units.get(share.unit_id)
            name = unit.name if unit else share.family
            for fact in share.records:
                uses[fact, role_of_tests(unit)].add(name, unit.identity_percent if unit else None)
            for fact in share.inherited_records:
                uses[fact, Role.RELATIVE].add(name, None)
    for fact_id, record in document.records.items():
        role = next((role for role in Role if (fact_id, role) in uses), None)
        if role:
            source = document.sources.get(record.source_id or "")
            yield _row(strain.strain, fact_id, record, role, uses[fact_id, role], source)


def _row(strain: str, fact_id: str, record: Record, role: Role, use: _Use, source: Source | None) -> EvidenceRow:
    names = names_of(record.species_name or "")
    return EvidenceRow(
        strain=strain,
        record=fact_id,
        toxin=record.toxin,
        toxin_1998=record.toxin_1998 if record.toxin_1998 != record.toxin else None,
        role=role,
        speaks_for=tuple(use.names),
        order=record.order,
        species=record.organism,
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
        identity_percent=use.identity,
        species_as_published=record.species,
    )


def table_rows(document: EvidenceDocument) -> Sequence[Mapping[str, Any]]:
    """Return the rows by column, for CSV and TSV."""
    return [{**structs.asdict(row), "run_id": document.run_id} for row in document.rows]
