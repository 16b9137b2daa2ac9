"""The panel that genomes are screened with: virulence proteins and panC genes of the *Bacillus cereus* group.

    <root>/_screening/
      screening.json    version, source and the SHA-256 of each file
      virulence.faa     gene and accession in the header
      panC.fna          strain, group and species in the header

It stands beside the toxin references and does not depend on the one in use. No reference can have its name, which
begins with `_`. A store without it, such as one of an earlier version, works as before: genomes are not screened.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from portal.domain.errors import CorruptRecord, InvalidInput, NewerFormat
from portal.domain.message import Message
from portal.files.atomic import storage_error, write_bytes
from portal.files.document import read_document, write_document

FOLDER = "_screening"
FACTS_NAME = "screening.json"
VIRULENCE_NAME = "virulence.faa"
PAN_C_NAME = "panC.fna"
# `Group_II(mosaicus/luti) | B_luti_TD41_TYPE_STRAIN`, or `Group_clarus | ...` for a species outside the groups.
_PAN_C_HEADER = re.compile(r"Group_(?P<group>\w+?)(?:\((?P<species>[\w/]+)\))? \| (?P<strain>\S+)")


@dataclass(frozen=True)
class PanelFacts:
    """`screening.json`: where the panel is from, and what its files must be."""

    version: str
    source: str
    virulence_sha256: str
    pan_c_sha256: str
    FORMAT: ClassVar[int] = 1


@dataclass(frozen=True)
class PanelFiles:
    """The files of a complete panel, and the facts about them."""

    facts: PanelFacts
    virulence: Path
    pan_c: Path


def panel_folder(root: Path) -> Path:
    """Return the folder of the panel of a reference store, which need not exist."""
    return root / FOLDER


def read_panel(folder: Path) -> PanelFiles:
    """Return a panel whose files are what its facts say.

    Raises:
        FileNotFoundError: there is none.
        CorruptRecord, NewerFormat: it is damaged, or of a later version.
        OSError: it cannot be reached.
    """
    facts = read_document(folder / FACTS_NAME, PanelFacts)
    files = PanelFiles(facts, folder / VIRULENCE_NAME, folder / PAN_C_NAME)
    for path, sha256 in ((files.virulence, facts.virulence_sha256), (files.pan_c, facts.pan_c_sha256)):
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise CorruptRecord(Message("reference.changed", name=path.name))
    return files


def has_panel(folder: Path) -> bool:
    """Return whether there is a panel that can be used."""
    try:
        read_panel(folder)
    except (OSError, CorruptRecord, NewerFormat):
        return False
    return True


def place_panel(folder: Path, virulence: bytes, pan_c: bytes, *, version: str, source: str) -> PanelFiles:
    """Put the two files of a BTyper3 archive, with cleaned headers, in place of any earlier panel.

    Raises:
        InvalidInput: a header does not have the form of BTyper3's; nothing changed.
        StorageFull: no room.
    """
    proteins, genes = _clean_virulence(virulence), _clean_pan_c(pan_c)
    facts = PanelFacts(version, source, _sha256(proteins), _sha256(genes))
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        write_bytes(draft / VIRULENCE_NAME, proteins)
        write_bytes(draft / PAN_C_NAME, genes)
        write_document(draft / FACTS_NAME, facts)
        draft.chmod(0o755)
        if folder.exists():
            folder.replace(draft.with_name(f"{draft.name}-old"))
        draft.replace(folder)
    except OSError as error:
        if not has_panel(folder):  # else another process has installed it at the same time
            raise storage_error(error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(draft.with_name(f"{draft.name}-old"), ignore_errors=True)
    return read_panel(folder)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _records(data: bytes) -> Iterator[tuple[str, str]]:
    for block in data.decode("ascii", errors="replace").split(">")[1:]:
        header, *lines = block.splitlines()
        yield header, "".join(line.strip() for line in lines).upper()


def _clean_virulence(data: bytes) -> bytes:
    """Return the proteins, each under its gene's name and accession."""
    entries = {}
    for header, letters in _records(data):
        gene, _, rest = header.partition(" ")
        if not gene or not letters or gene in entries:
            raise InvalidInput(Message("reference.panel_header", header=header))
        entries[gene] = (rest.partition(" ")[0], letters)
    return _fasta({gene: (accession, letters) for gene, (accession, letters) in entries.items()})


def _clean_pan_c(data: bytes) -> bytes:
    """Return the panC genes, each under its strain's name with group and species."""
    entries: dict[str, tuple[str, str]] = {}
    for header, letters in _records(data):
        found = _PAN_C_HEADER.fullmatch(header.strip())
        if found is None or not letters or found["strain"] in entries:
            raise InvalidInput(Message("reference.panel_header", header=header))
        group = found["group"]
        entries[found["strain"]] = (f"group={group} species={found['species'] or group}", letters)
    return _fasta(entries)


def _fasta(entries: Mapping[str, tuple[str, str]]) -> bytes:
    return "".join(f">{name} {told}\n{letters}\n" for name, (told, letters) in entries.items()).encode("ascii")
