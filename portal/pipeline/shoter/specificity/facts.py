"""One record of the specificity table: a toxin, a target, what happened, and who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from portal.pipeline.shoter.names import ToxinRanks
from portal.pipeline.shoter.specificity.dose import Dose
from portal.pipeline.shoter.specificity.grades import best_strength, is_patent

ACTIVITIES = ("positive", "weak", "negative")
STRENGTHS = ("A", "B", "C")
# `seen_bpprc_row`: the row of the curated database was read, not the paper behind it.
CLAIM_STATES = (
    "seen_abstract_or_text",
    "seen_strain_or_crystal_level",
    "seen_bpprc_row",
    "seen_export_row",
    "title_only",
    "recalled",
)

_GRADE_BELOW = {"A": "B", "B": "C", "C": "C"}


@dataclass(frozen=True)
class Fact:
    """A record as read, names already parsed; `line` is where it stands in its file (1-based)."""

    fact_id: str
    toxin: str
    toxin_1998: str
    order: str
    species: str | None  # `Genus epithet`, where the record names one
    species_text: str  # as the source words it: stages, groups, "(order level)"
    taxid: str
    activity: str
    strength: str
    dose: Dose | None
    note: str
    partner: str
    source_id: str  # in the bibliography; empty where the table has none
    reference: str
    doi: str | None
    url: str | None
    source_kind: str
    claim_seen: str
    line: int
    ranks: ToxinRanks | None
    of_group: bool = False  # asked about one species of the genera that the record speaks of

    @property
    def unverified(self) -> bool:
        """Tell whether nobody has read the source yet."""
        return self.claim_seen == "recalled"

    @property
    def is_read_test(self) -> bool:
        """Tell whether somebody has read of a direct test of the toxin itself (grade A or B); a title is not enough."""
        return self.grade in ("A", "B") and not self.unverified and self.claim_seen != "title_only"

    @property
    def says_inactive(self) -> bool:
        """Tell whether the record can carry the words "tested, found inactive"."""
        return self.activity == "negative" and self.is_read_test

    @cached_property
    def grade(self) -> str:
        """Return the strength that counts: never more than the rule of the grades, a genus says less of its species."""
        counted = max(self.strength, self.best_strength)
        return _GRADE_BELOW[counted] if self.of_group else counted

    @property
    def best_strength(self) -> str:
        """Return the best grade that the rule of the grades leaves the record, whatever its table says."""
        return best_strength(
            claim_seen=self.claim_seen,
            has_dose=self.dose is not None,
            note=self.note,
            is_cited=bool(self.reference or self.doi or self.url),
            patent=is_patent(self.reference),
        )

    @property
    def level(self) -> str:
        """Return the rank at which the record speaks."""
        if self.ranks is None:
            return "name"
        return self.ranks.level

    def lowered(self) -> Fact:
        """Return the record with the printed grade that the rule leaves it."""
        return replace(self, strength=max(self.strength, self.best_strength))


def parse_doi(text: str) -> str | None:
    """Return the first DOI in a text, without prefix; one that lost its first digit in an export gets it back."""
    match = re.search(r"\b1?(0\.\d{4,9}/[^\s;,\"']+)", re.sub(r"(0\.\d{4,9}/) +", r"\1", text))
    return f"1{match.group(1)}".rstrip(".") if match else None
