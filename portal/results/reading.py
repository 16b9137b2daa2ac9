"""Read the results of one task or folder together: Digger's documents and both score files of Shoter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.results.bioassays import BioassayDocument
from portal.results.candidates import CandidatesDocument
from portal.results.codec import DocumentError, from_json
from portal.results.loci import LociDocument
from portal.results.names import (
    BIOASSAYS_JSON,
    CANDIDATES_JSON,
    DIGGER_JSON,
    LOCI_JSON,
    SCORES_JSON,
    SCREENING_JSON,
    SPECIES_JSON,
    TOXINS_JSON,
)
from portal.results.scores import ScoresDocument, SpeciesDocument, SpeciesScore, StrainScores
from portal.results.screening import ScreeningDocument
from portal.results.toxins import DiggerRun, ToxinsDocument

D = TypeVar("D", bound=msgspec.Struct)


@dataclass(frozen=True)
class TaskResults:
    """One task's results; `scores` has one strain from the portal, several from a table of many strains.

    `inventory` is None if Shoter ran on a table alone, without Digger's `toxins.json` beside it; `loci` is None if the
    engine does not write them, the last three in results of earlier versions.
    """

    inventory: ToxinsDocument | None
    scores: ScoresDocument
    species: SpeciesDocument
    loci: LociDocument | None = None
    screening: ScreeningDocument | None = None
    bioassays: BioassayDocument | None = None
    candidates: CandidatesDocument | None = None
    searched: DiggerRun | None = None

    @property
    def mostly_unknown(self) -> Message | None:
        """The remark that half of the file's letters or more are unknown; None if they are not, or nothing tells."""
        strains = self.searched.strains if self.searched else ()
        return next((each.mostly_unknown for each in strains if each.mostly_unknown), None)

    @property
    def strains(self) -> tuple[StrainScores, ...]:
        return self.scores.strains

    def species_of(self, strain: str) -> tuple[SpeciesScore, ...]:
        """Return the species of a strain, best first."""
        return next((each.species for each in self.species.strains if each.strain == strain), ())


def read_results(digger_dir: Path, shoter_dir: Path) -> TaskResults:
    """Read both score files of one task, and the other documents of both stages that exist.

    Raises:
        StageError: a file is missing, is not JSON, or lacks a field; the sentence names file and field.
    """
    toxins, loci, screening = (digger_dir / name for name in (TOXINS_JSON, LOCI_JSON, SCREENING_JSON))
    searched = digger_dir / DIGGER_JSON
    shortlist, candidates = shoter_dir / BIOASSAYS_JSON, digger_dir / CANDIDATES_JSON
    return TaskResults(
        inventory=read_document(toxins, ToxinsDocument) if toxins.exists() else None,
        loci=read_document(loci, LociDocument) if loci.exists() else None,
        candidates=read_document(candidates, CandidatesDocument) if candidates.exists() else None,
        bioassays=read_document(shortlist, BioassayDocument) if shortlist.exists() else None,
        searched=read_document(searched, DiggerRun) if searched.exists() else None,
        screening=read_document(screening, ScreeningDocument) if screening.exists() else None,
        species=read_document(shoter_dir / SPECIES_JSON, SpeciesDocument),
        scores=read_document(shoter_dir / SCORES_JSON, ScoresDocument),
    )


def read_document(path: Path, kind: type[D]) -> D:
    """Read one document of the previous stage.

    Raises:
        StageError: the file is missing or does not match its schema; the sentence names file and field.
    """
    try:
        return from_json(path.read_bytes(), kind)
    except FileNotFoundError:
        message = Message("results.missing_document", name=path.name)
        raise StageError(message, kind=FailureKind.OUTPUT_MISSING) from None
    except DocumentError as error:
        raise StageError(Message("results.other_form", name=path.name, reason=error.message)) from error
