"""One row of a specificity CSV -> facts, for each of the three headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.names import is_toxin_name, present_name
from portal.pipeline.shoter.specificity.checks import Problem
from portal.pipeline.shoter.specificity.facts import ACTIVITIES, CLAIM_STATES, STRENGTHS, Fact, parse_doi, parse_ranks
from portal.results.targets import parse_order, parse_species

Row = Mapping[str, str]
RowReader = Callable[[Row, int], "list[Fact] | Problem"]

SHIPPED_COLUMNS = (
    "fact_id",
    "toxin",
    "toxin_1998",
    "order",
    "species",
    "taxid",
    "activity",
    "strength",
    "note",
    "partner",
    "reference",
    "doi",
    "url",
    "source_kind",
    "claim_seen",
)
_FACT_LIST_COLUMNS = ("fact_id", "toxin_2020", "target_group", "activity", "evidence_strength", "claim_seen")
_BPPRC_COLUMNS = ("name", "target_order", "target_species", "activity", "publication")

# Chimeras and laboratory codes that are no names of the nomenclature but have records; matched by their exact name.
_NAMED_OTHERWISE = re.compile(r"Cry1A\.105|axmi\d{3}|AXMI-?\d{3}")


def dialect_of(header: Sequence[str]) -> tuple[RowReader, bool]:
    """Return the reader for a header, and whether repeated rows are left out without a word.

    Who maintains a table is told of repeats; an export is nobody's to mend, and names each pair from both sides.

    Raises:
        InvalidInput: naming the columns that are missing.
    """
    if len(set(header)) != len(header):
        double = next(name for name in header if list(header).count(name) > 1)
        raise InvalidInput(f"the column {double!r} is there twice", line=1, field="specificity")
    dialects: tuple[tuple[Sequence[str], RowReader], ...] = (
        (SHIPPED_COLUMNS, _read_shipped),
        (_FACT_LIST_COLUMNS, _read_fact_list),
        (_BPPRC_COLUMNS, _read_bpprc),
    )
    for columns, reader in dialects:
        if set(columns) <= set(header):
            return reader, reader is _read_bpprc
    closest = max(dialects, key=lambda item: len(set(item[0]) & set(header)) / len(item[0]))[0]
    missing = [name for name in closest if name not in header]
    raise InvalidInput(f"the header lacks {', '.join(missing)}", line=1, field="specificity")


def _read_shipped(row: Row, line: int) -> list[Fact] | Problem:
    return _fact(
        line,
        fact_id=row["fact_id"],
        toxin=row["toxin"],
        toxin_1998=row["toxin_1998"],
        order=row["order"],
        species_text=row["species"],
        taxid=row["taxid"],
        activity=row["activity"],
        strength=row["strength"],
        note=row["note"],
        partner=row["partner"],
        reference=row["reference"],
        doi=row["doi"] or None,
        url=row["url"] or None,
        source_kind=row["source_kind"],
        claim_seen=row["claim_seen"],
    )


def _read_fact_list(row: Row, line: int) -> list[Fact] | Problem:
    source = row.get("doi_or_id", "")
    return _fact(
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
    """Return an address for identifiers that are no DOI."""
    if match := re.search(r"\bPMC\d+", source):
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{match.group()}/"
    if match := re.search(r"\bPMID:(\d+)", source):
        return f"https://pubmed.ncbi.nlm.nih.gov/{match.group(1)}/"
    if match := re.search(r"\bpatent:(\w+)", source):
        return f"https://patents.google.com/patent/{match.group(1)}"
    if match := re.search(r"\burl:(\S+)", source):
        return f"https://{match.group(1)}"
    return None


def _read_bpprc(row: Row, line: int) -> list[Fact] | Problem:
    """Read a row of the BPPRC export; a row that names a partner speaks for both halves of the pair.

    Grades follow from what the row has: LC50, another assay, no publication.
    """
    activity = _bpprc_activity(row)
    if activity is None:
        return Problem(line, f"activity {row['activity']!r}: expected Yes or No")
    source = row["publication"] or row.get("other_citations", "")
    toxin = present_name(row["name"])
    partner = _bpprc_partner(row)
    halves = [(toxin, partner)] + ([(partner, toxin)] if partner else [])
    facts: list[Fact] = []
    for number, (name, other) in enumerate(halves):
        found = _fact(
            line,
            fact_id=f"X{line:05d}" + ("p" if number else ""),
            toxin=name,
            toxin_1998="",
            order=row["target_order"],
            species_text=row["target_species"],
            taxid=row.get("taxonid", ""),
            activity=activity,
            strength=_bpprc_strength(bool(row.get("lc50")) and activity == "positive", source),
            note=_bpprc_note(row),
            partner=other,
            reference=source or "BPPRC specificity database, no publication given",
            doi=parse_doi(source),
            url=None,
            source_kind="bpprc_export",
            claim_seen="seen_export_row",
        )
        if isinstance(found, Problem):
            return found
        facts.extend(found)
    return facts


def _bpprc_partner(row: Row) -> str:
    """Return the partner's name; a text that is no name ("spores") stays in the note."""
    name = present_name(row.get("partnerprotein_textbox", "")) if _is_yes(row.get("partnerprotein", "")) else ""
    return name if is_toxin_name(name) else ""


def _bpprc_note(row: Row) -> str:
    notes = []
    if row.get("lc50"):
        notes.append(f"LC50 {row['lc50']} {row.get('units', '')}".strip())
    if row.get("percentage_mortality"):
        notes.append(f"mortality {row['percentage_mortality']}")
    if row.get("partnerprotein_textbox") and not _bpprc_partner(row):
        notes.append(f"with {row['partnerprotein_textbox']}")
    rest = ("life_stage", "instar", "assay_material", "assay_method", "comment")
    return "; ".join(notes + [row[name] for name in rest if row.get(name)])


def _bpprc_strength(quantified: bool, source: str) -> str:
    """Return A for a quantified effect, B for another assay, C where the row names no source to look up."""
    if not source:
        return "C"
    return "A" if quantified else "B"


def _is_yes(text: str) -> bool:
    return text.strip().lower() in {"yes", "true", "1", "y"}


def _bpprc_activity(row: Row) -> str | None:
    if _is_yes(row.get("non_toxic", "")):
        return "negative"
    text = row["activity"].strip().lower()
    if text in {"yes", "true", "1", "y", "positive"}:
        return "positive"
    return "negative" if text in {"no", "false", "0", "n", "negative"} else None


def _fact(line: int, *, order: str, species_text: str, **values: str | None) -> list[Fact] | Problem:
    toxin = values["toxin"] or ""
    ranks = parse_ranks(toxin)
    target = parse_order(order)
    checks = (
        (bool(values["fact_id"]), "fact_id is empty"),
        (is_toxin_name(toxin) or bool(_NAMED_OTHERWISE.fullmatch(toxin)), f"toxin name {toxin!r} is not known"),
        (target is not None, f"order {order!r} is not known"),
        (values["activity"] in ACTIVITIES, f"activity {values['activity']!r}: expected {', '.join(ACTIVITIES)}"),
        (values["strength"] in STRENGTHS, f"strength {values['strength']!r}: expected A, B or C"),
        (values["claim_seen"] in CLAIM_STATES, f"claim_seen {values['claim_seen']!r} is not known"),
        (
            not values["partner"] or is_toxin_name(values["partner"]),
            f"partner {values['partner']!r} is not known",
        ),
        (any(values[name] for name in ("reference", "doi", "url")), "no source: reference, doi and url are empty"),
    )
    for is_right, text in checks:
        if not is_right:
            return Problem(line, text)
    assert target is not None
    species = parse_species(species_text)
    fact = Fact(order=target, species=species, species_text=species_text, line=line, ranks=ranks, **values)  # type: ignore[arg-type]
    return [fact]
