"""The grading rule: grades depend on what was read, not on the standing of a journal.

A: a measured effect (a dose, or a figure at one) of the protein itself. B: another assay of the protein. C: a patent, a
strain or its crystals, cells in culture, a row without a citation, or an unread claim.
"""

from __future__ import annotations

import re

# The best grade of a claim, by how it was read.
BEST = {
    "seen_abstract_or_text": "A",
    "seen_bpprc_row": "A",
    "seen_export_row": "A",
    "seen_strain_or_crystal_level": "C",
    "title_only": "B",
    "recalled": "C",
}
# A number with a dose unit, or a mortality: either makes an effect a measured one.
_FIGURE = re.compile(r"\d\s*(?:%|(?:[nuµμm]?g|g)(?:/|\b)|ppm)", re.IGNORECASE)
_PATENT = re.compile(r"\b(?:US|WO|EP|CN|JP)[ -]?(?:patent )?\d{5,}|\bpatent\b", re.IGNORECASE)


def has_figure(note: str) -> bool:
    """Return whether a note gives a figure: a dose or a mortality."""
    return bool(_FIGURE.search(note))


def is_patent(reference: str) -> bool:
    """Return whether a citation is a patent."""
    return bool(_PATENT.search(reference))


def best_strength(*, claim_seen: str, has_dose: bool, note: str, is_cited: bool, patent: bool) -> str:
    """Return the best grade that the rule allows for a record."""
    if not is_cited or patent:
        return "C"
    best = BEST[claim_seen]
    return best if best != "A" or has_dose or has_figure(note) else "B"


def problem_with(
    strength: str, *, claim_seen: str, has_dose: bool, note: str, is_cited: bool, patent: bool
) -> str | None:
    """Return the problem with a printed grade, None if it follows the rule; a lower grade always does."""
    best = best_strength(claim_seen=claim_seen, has_dose=has_dose, note=note, is_cited=is_cited, patent=patent)
    if strength >= best:
        return None
    why = {
        "B": "without a dose or another figure of the effect" if BEST[claim_seen] == "A" else f"read as {claim_seen}",
        "C": "of a patent or without a citation" if patent or not is_cited else f"read as {claim_seen}",
    }[best]
    return f"strength {strength}, but a record {why} is {best} at most"
