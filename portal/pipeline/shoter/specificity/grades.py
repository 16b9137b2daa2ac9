"""The grading rule: grades depend on what was read, not on the standing of a journal.

A: a measured effect (a dose, or a figure at one) of the protein itself, in a publication that a reader can open by its
DOI or PubMed number. B: another assay of the protein. C: a patent, a strain or its crystals, cells in culture, a row
without a citation, or an unread claim.
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


def best_strength(*, claim_seen: str, has_dose: bool, note: str, is_cited: bool, patent: bool, link: str | None) -> str:
    """Return the best grade that the rule allows for a record; `link` is the address of its DOI or PubMed entry."""
    if not is_cited or patent:
        return "C"
    best = BEST[claim_seen]
    return best if best != "A" or (link and (has_dose or has_figure(note))) else "B"
