"""Types of references and their entries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A protein as given by its source; `accession` is empty if the source has none."""

    name: str
    sequence: str
    accession: str = ""


@dataclass(frozen=True)
class Change:
    """What the clean-up did to one entry: `dropped`, `renamed` or `kept` with a remark."""

    name: str
    accession: str
    action: str
    new_name: str
    reason: str


@dataclass(frozen=True)
class Reference:
    """A cleaned toxin reference in a folder of its own.

    `fasta` has two lines per protein with only the name in the header; `sha256` is that file's.
    `families` are the rank-1 families it covers, `blind_spots` those of the nomenclature that it lacks.
    """

    name: str
    version: str
    folder: Path
    fasta: Path
    sha256: str
    entries: int
    families: tuple[str, ...]
    blind_spots: tuple[str, ...]
    source: str
    added_at: str
