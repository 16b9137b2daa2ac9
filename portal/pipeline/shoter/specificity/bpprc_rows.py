"""Read rows of the BPPRC specificity database: its export with a header, and its repository's file without one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portal.domain.dose import Dose
from portal.domain.message import Message
from portal.pipeline.shoter.names import is_toxin_name, present_name
from portal.pipeline.shoter.specificity.checked_row import Row, checked_fact
from portal.pipeline.shoter.specificity.dose import WEAK_IN_FOOD, potency, read_dose
from portal.pipeline.shoter.specificity.facts import Fact, parse_doi
from portal.pipeline.shoter.specificity.grades import best_strength, is_patent
from portal.pipeline.shoter.specificity.problem import TableProblem
from portal.results.sources import lasting_address, pubmed_address

BPPRC_COLUMNS = ("name", "target_order", "target_species", "activity", "publication")
# The columns of media/csv_files/meta_data.csv in github.com/bpprc/database, which has no header.
META_DATA_COLUMNS = (
    "name",
    "partnerprotein",
    "partnerprotein_textbox",
    "target_order",
    "target_species",
    "taxonid",
    "activity",
    "lc50",
    "units",
    "percentage_mortality",
    "publication",
    "other_citations",
    "life_stage",
    "instar",
    "assay_material",
    "assay_method",
    "comment",
    "data_entered_by",
)
_YES = frozenset({"yes", "true", "1", "y", "positive"})
_NO = frozenset({"no", "false", "0", "n", "negative"})
_EMPTY = re.compile(r"n/?a\b.*|not (?:specified|applicable|toxic)", re.IGNORECASE)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:\+/-\s*[\d.]+\s*)?%")
_AT_DOSE = re.compile(r"at (\d+(?:\.\d+)?)\s*[µμu]g/ml", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:? ?(\d+)", re.IGNORECASE)
_STUNTED = re.compile(r"stunt|growth|weight", re.IGNORECASE)


def is_meta_data_row(cells: Sequence[str]) -> bool:
    """Return whether a row is a record of `meta_data.csv`: 18 cells, with partner and outcome as Yes or No."""
    return len(cells) == len(META_DATA_COLUMNS) and {cells[1], cells[6]} <= {"Yes", "No"}


def read_bpprc(row: Row, line: int) -> list[Fact] | TableProblem:
    """Return the facts of a row; a row with a partner gives facts for both halves of the pair.

    The grade follows from the content of the row: an LC50 or other figure, an assay, no publication.
    """
    row = {name: "" if _EMPTY.fullmatch(text) else text for name, text in row.items()}
    activity = _activity(row)
    if activity is None:
        return TableProblem(
            line, Message("cell.expected", column="activity", value=row["activity"], choices=("Yes", "No"))
        )
    source = row["publication"] or row.get("other_citations", "")
    dose = read_dose("LC50", row.get("lc50", ""), row.get("units", "")) if activity != "negative" else None
    note = _note(row, dose)
    doi, url = parse_doi(source), _pubmed_entry(source)
    strength = best_strength(
        claim_seen="seen_export_row",
        has_dose=dose is not None,
        note=note,
        is_cited=bool(source),
        patent=is_patent(source),
        link=lasting_address(doi, url),
    )
    facts: list[Fact] = []
    for number, (name, other) in enumerate(_halves(row)):
        found = checked_fact(
            line,
            fact_id=f"X{line:05d}" + ("p" if number else ""),
            toxin=name,
            toxin_1998=row["name"] if number == 0 and row["name"] != name else "",
            order=row["target_order"],
            species_text=row["target_species"],
            taxid=row.get("taxonid", ""),
            activity=activity,
            strength=_negative_strength(strength, activity, note),
            measure=dose.measure if dose else "",
            dose=dose.text if dose else "",
            dose_unit=dose.unit if dose else "",
            note=note,
            partner=other,
            reference=source or "BPPRC specificity database, no publication given",
            doi=doi,
            url=url,
            source_kind="bpprc_export",
            claim_seen="seen_export_row",
        )
        if isinstance(found, TableProblem):
            return found
        facts.extend(found)
    return facts


def _pubmed_entry(source: str) -> str | None:
    found = _PMID.search(source)
    return pubmed_address(found[1]) if found else None


def _negative_strength(strength: str, activity: str, note: str) -> str:
    """Return C for "no" with a trace of an effect ("possible stunting"), which is not a clear negative."""
    return "C" if activity == "negative" and _STUNTED.search(note) and "no " not in note else strength


def _halves(row: Row) -> list[tuple[str, str]]:
    """Return each protein of the row with its partner; "Mpp64Ba/Mpp64Ca" names both in one cell."""
    names = [present_name(name) for name in row["name"].split("/")]
    partner = names[1] if len(names) == 2 else _partner(row)
    return [(names[0], partner)] + ([(partner, names[0])] if partner else [])


def _partner(row: Row) -> str:
    """Return the partner's name; a text that is not a name ("spores") stays in the note."""
    is_pair = row.get("partnerprotein", "").strip().lower() in _YES
    name = present_name(row.get("partnerprotein_textbox", "")) if is_pair else ""
    return name if is_toxin_name(name) else ""


def _note(row: Row, dose: Dose | None) -> str:
    notes = []
    if row.get("lc50") and dose is None:
        notes.append(f"LC50 {row['lc50']} {row.get('units', '')}".strip())
    if row.get("percentage_mortality"):
        text = row["percentage_mortality"]
        notes.append(text if re.search("mortality|weight", text) else f"mortality {text}")
    if row.get("partnerprotein_textbox") and not _partner(row):
        notes.append(f"with {row['partnerprotein_textbox']}")
    rest = ("life_stage", "instar", "assay_material", "assay_method", "comment")
    return "; ".join(notes + [row[name] for name in rest if row.get(name)])


def _activity(row: Row) -> str | None:
    """Return the outcome; less than half of the animals dead, or an effect only at high doses, is weak."""
    if row.get("non_toxic", "").strip().lower() in _YES:
        return "negative"
    text = row["activity"].strip().lower()
    if text in _NO:
        return "negative"
    if text not in _YES:
        return None
    told = f"{row.get('percentage_mortality', '')} {row.get('comment', '')}"
    shares = [float(share) for share in _SHARE.findall(told)]
    doses = [float(dose) for dose in _AT_DOSE.findall(told)]
    dose = read_dose("LC50", row.get("lc50", ""), row.get("units", ""))
    if dose is not None:
        return "weak" if potency(dose) == 0.0 or dose.high is None else "positive"
    is_weak = (shares and max(shares) < 50.0) or (doses and min(doses) >= WEAK_IN_FOOD)
    return "weak" if is_weak else "positive"
