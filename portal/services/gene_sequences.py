"""Read the sequences of one gene from the verified FASTA files among a task's results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from portal.domain.errors import Conflict, NotFound, NotReady
from portal.domain.task import TaskMeta
from portal.results.names import strain_genes, strain_proteins
from portal.services.results import RESULT_LIMIT_BYTES, ResultShelf

_GENE_PART = re.compile(r"[A-Z]+")
# How a header of DNA ends (`gene_fasta`): where all letters are on their contig, and where the gene is.
_PLACES = re.compile(r" (?P<contig>\S+):(?P<all>\d+-\d+)\((?P<strand>[+-])\) gene=(?P<gene>\d+-\d+)\Z")


@dataclass(frozen=True)
class FastaEntry:
    """One record: its header without `>`, and its letters."""

    header: str
    letters: str

    @property
    def name(self) -> str:
        return self.header.partition(" ")[0]

    @property
    def place(self) -> str:
        """Return where all letters are: `contig:first-last(strand)`, 1-based and inclusive; empty if not told."""
        found = _PLACES.search(self.header)
        return f"{found['contig']}:{found['all']}({found['strand']})" if found else ""

    @property
    def gene_place(self) -> str:
        """Return where the gene is, as `place` does: the coordinates of its feature in GFF3."""
        found = _PLACES.search(self.header)
        return f"{found['contig']}:{found['gene']}({found['strand']})" if found else ""

    @property
    def gene_header(self) -> str:
        """Return the header of the gene without its flanks, with its own place."""
        return _PLACES.sub(lambda _: f" {self.gene_place}", self.header)

    @property
    def gene(self) -> str:
        """Return the letters in upper case: of DNA with flanks the gene."""
        found = _GENE_PART.search(self.letters)
        return found.group() if found else ""

    @property
    def before(self) -> int:
        """Return the number of letters before the gene."""
        found = _GENE_PART.search(self.letters)
        return found.start() if found else 0

    @property
    def behind(self) -> int:
        """Return the number of letters behind the gene."""
        return len(self.letters) - self.before - len(self.gene)


@dataclass(frozen=True)
class GeneSequences:
    """The repaired protein of a gene, and its DNA with flanks: one record per stretch of a contig."""

    protein: FastaEntry | None
    dna: tuple[FastaEntry, ...]


def gene_sequences(shelf: ResultShelf, task: TaskMeta, locus_id: str) -> GeneSequences:
    """Return the sequences of a gene; those whose file is missing or cannot be verified are left out."""
    proteins = _records(shelf, task, strain_proteins(task.strain), locus_id)
    return GeneSequences(
        protein=proteins[0] if proteins else None,
        dna=tuple(_records(shelf, task, strain_genes(task.strain), locus_id)),
    )


def _records(shelf: ResultShelf, task: TaskMeta, name: str, locus_id: str) -> list[FastaEntry]:
    try:
        file, stream = shelf.open(task, name)
    except (NotFound, NotReady, Conflict):
        return []
    with stream:
        if file.size > RESULT_LIMIT_BYTES:
            return []
        return [entry for entry in _read(stream) if _is_of(entry.name, locus_id)]


def _is_of(name: str, locus_id: str) -> bool:
    """Return whether a record is the gene or a numbered part of it: L1, L1.1, L1.2."""
    return name == locus_id or (name.startswith(f"{locus_id}.") and name[len(locus_id) + 1 :].isdigit())


def _read(stream: BinaryIO) -> Iterator[FastaEntry]:
    header, lines = "", list[str]()
    for raw in stream:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line.startswith(">"):
            if header:
                yield FastaEntry(header, "".join(lines))
            header, lines = line[1:], []
        else:
            lines.append(line)
    if header:
        yield FastaEntry(header, "".join(lines))
