"""One record of the specificity table: a toxin, a target, the outcome, and the source."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from portal.domain.dose import Dose
from portal.pipeline.shoter.names import ToxinRanks
from portal.pipeline.shoter.specificity.grades import best_strength, is_patent
from portal.results.sources import lasting_address

ACTIVITIES = ("positive", "weak", "negative")
STRENGTHS = ("A", "B", "C")
# `seen_bpprc_row`: the row of the curated database was read, but not its paper.
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
    """A record as read, with parsed names; `line` is its line in the file (1-based)."""

    fact_id: str
    toxin: str
    toxin_1998: str
    order: str
    species: str | None  # `Genus epithet`, if the record names one
    species_text: str  # in the source's words: stages, groups, "(order level)"
    taxid: str
    activity: str
    strength: str
    dose: Dose | None
    note: str
    partner: str
    source_id: str  # in the bibliography; empty if the table has none
    reference: str
    doi: str | None
    url: str | None
    source_kind: str
    claim_seen: str
    line: int
    ranks: ToxinRanks | None
    of_group: bool = False  # queried for one species of the record's genera

    @property
    def unverified(self) -> bool:
        """Return whether the source has not been read yet."""
        return self.claim_seen == "recalled"

    @property
    def is_read_test(self) -> bool:
        """Return whether a direct test of the toxin itself (grade A or B) was read; a title is not enough."""
        return self.grade in ("A", "B") and not self.unverified and self.claim_seen != "title_only"

    @property
    def says_inactive(self) -> bool:
        """Return whether the record can support the statement "tested, found inactive"."""
        return self.activity == "negative" and self.is_read_test

    @cached_property
    def grade(self) -> str:
        """Return the effective grade: at most what the grading rule allows, lower for a species of a tested genus."""
        counted = max(self.strength, self.best_strength)
        return _GRADE_BELOW[counted] if self.of_group else counted

    @property
    def best_strength(self) -> str:
        """Return the best grade that the grading rule allows, whatever the table says."""
        return best_strength(
            claim_seen=self.claim_seen,
            has_dose=self.dose is not None,
            note=self.note,
            is_cited=bool(self.reference or self.doi or self.url),
            patent=is_patent(self.reference),
            link=lasting_address(self.doi, self.url),
        )

    @property
    def level(self) -> str:
        """Return the rank to which the record applies."""
        if self.ranks is None:
            return "name"
        return self.ranks.level

    def lowered(self) -> Fact:
        """Return the record with its printed grade lowered to what the rule allows."""
        return replace(self, strength=max(self.strength, self.best_strength))


def parse_doi(text: str) -> str | None:
    """Return the first DOI in a text, without prefix; restore a first digit that an export dropped."""
    match = re.search(r"\b1?(0\.\d{4,9}/[^\s;,\"']+)", re.sub(r"(0\.\d{4,9}/) +", r"\1", text))
    return f"1{match.group(1)}".rstrip(".") if match else None
