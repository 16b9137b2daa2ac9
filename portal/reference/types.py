"""What a reference is, and an entry of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A protein as its source has it; `accession` is empty where the source gives none."""

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

    `fasta` has one protein a line pair with nothing but its name in the header, `sha256` is that file's.
    `families` are the rank-1 families it covers, `blind_spots` those of the nomenclature that it cannot see.
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
