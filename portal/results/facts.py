"""Facts about the origin of results: engine, reference and sequences."""

from __future__ import annotations

from msgspec import Struct

from portal.results.units import Bases, Sha256


class EngineFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The search engine: the portal's own (`index`, `libraries`) or BtToxin_Digger (`blastp`, `adapter`)."""

    name: str
    version: str | None = None
    index: int | str | None = None
    libraries: dict[str, str] = {}
    blastp: str | None = None
    adapter: str | None = None


class ReferenceFacts(Struct, frozen=True, kw_only=True):
    """The reference of toxin proteins; `blind_spots` are families that are missing from it."""

    name: str | None = None
    version: str | None = None
    blind_spots: tuple[str, ...] | None = None
    sha256: Sha256 | None = None
    entries: int | None = None


class SequenceFacts(Struct, frozen=True, kw_only=True):
    """The genome as it was read; lengths in bases (in residues for a file of proteins).

    `kind` is how the file was read: nucl (a genome), orfs (coding sequences) or prot (proteins); None in documents of
    earlier versions.
    """

    contigs: int
    bases: Bases
    n50: Bases
    kind: str | None = None
