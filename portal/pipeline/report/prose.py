"""The interface of a report language, so that reports have the same parts in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.pipeline.report.summary import Summary
from portal.results.conclusion import Assessment
from portal.results.scores import OrderScore, Record, SpeciesScore
from portal.results.toxins import ToxinsDocument


@dataclass(frozen=True)
class Headings:
    """Headings and column names of the report."""

    colon: str
    semicolon: str
    title: str
    file: str
    submitted: str
    task: str
    read_as: str
    score_meaning: str
    found: str
    acts_on: str
    sure: str
    unknown: str
    toxins: str
    genes: str
    gene: str
    verdict: str
    pieces: str
    what_became: str
    targets: str
    evidence: str
    species: str
    accessory: str
    pictures: str
    sideways: str
    method: str
    parameters: str
    versions: str
    references: str
    name: str
    former_name: str
    family: str
    copies: str
    identity: str
    coverage: str
    weight: str
    remarks: str
    target: str
    score: str
    interval: str
    assessment: str
    basis: str
    grade: str
    unverified_share: str
    documented: str
    contribution: str
    own_records: str
    relatives_records: str
    species_name: str
    role: str
    count: str
    parameter: str
    value: str
    component: str
    version: str
    record: str
    activity: str
    source: str
    unverified: str
    none: str
    location: str
    position: str


class Prose(Protocol):
    """One language of the report."""

    headings: Headings

    def lead(self, summary: Summary) -> str:
        """Return the conclusion in one or two sentences."""
        ...

    def found(self, summary: Summary) -> Sequence[str]:
        """Describe which toxins were found and how close they are to known ones."""
        ...

    def sure(self, summary: Summary) -> Sequence[str]:
        """Describe how reliable the scores are."""
        ...

    def unknown(self, summary: Summary, inventory: ToxinsDocument | None) -> Sequence[str]:
        """Describe what the result leaves unknown."""
        ...

    def method(self) -> Sequence[str]:
        """Describe the method."""
        ...

    def assessment(self, assessment: Assessment) -> str:
        """Return the words for the assessment of a target."""
        ...

    def flag(self, flag: str) -> str:
        """Return the words for a flag of a unit; an unknown flag is returned unchanged."""
        ...

    def activity(self, record: Record) -> str:
        """Return the words for the outcome of a record."""
        ...

    def basis(self, score: OrderScore | SpeciesScore) -> str:
        """Describe the evidence for a score; if tests are inconclusive, how many toxins were tried."""
        ...

    def role(self, role: str) -> str:
        """Return the words for an accessory protein's role; an unknown role is returned unchanged."""
        ...

    def parameter(self, name: str) -> str:
        """Return the name of a parameter; an unknown one is returned unchanged."""
        ...

    @property
    def pictures(self) -> Mapping[str, str]:
        """Return the captions of the pictures by file name prefix."""
        ...
