"""What a language must be able to say, so that the report has the same parts in each."""

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
        """Put the conclusion into one or two sentences."""
        ...

    def found(self, summary: Summary) -> Sequence[str]:
        """Say which toxins were found and how close they are to known ones."""
        ...

    def sure(self, summary: Summary) -> Sequence[str]:
        """Say how much the scores can be trusted."""
        ...

    def unknown(self, summary: Summary, inventory: ToxinsDocument | None) -> Sequence[str]:
        """Say what the result does not know."""
        ...

    def method(self) -> Sequence[str]:
        """Say how the result was made."""
        ...

    def assessment(self, assessment: Assessment) -> str:
        """Name what is said of a target."""
        ...

    def flag(self, flag: str) -> str:
        """Put a flag of a unit into words; one that is not known stays as it is."""
        ...

    def activity(self, record: Record) -> str:
        """Put what a record says into words."""
        ...

    def basis(self, score: OrderScore | SpeciesScore) -> str:
        """Say what a score rests on; where tests decide nothing, how many toxins they tried."""
        ...

    def role(self, role: str) -> str:
        """Name what an accessory protein does; a role that is not known stays as it is."""
        ...

    def parameter(self, name: str) -> str:
        """Name a parameter; one that is not known stays as it is."""
        ...

    @property
    def pictures(self) -> Mapping[str, str]:
        """Captions of the pictures, by the beginning of their file names."""
        ...
