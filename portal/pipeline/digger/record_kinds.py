"""Find the records of a file that are not what the file as a whole was taken for.

A guess is made for the whole file. In a file of coding sequences a record may be a plasmid whose first reading frame
has no stop, with its toxins in the other frames; among proteins there may be a contig. Neither may be lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from portal.domain.fasta import MIN_CORE_SHARE
from portal.pipeline.digger.orfs import MIN_LENGTH_AA
from portal.pipeline.digger.reader import read_fasta
from portal.results.loci import Locus

_SURE, _IUPAC = b"ACGTUN", b"RYSWKMBDHVX"
# A shorter sequence has no reading frame that is searched.
_LEAST_BASES = 3 * MIN_LENGTH_AA


def nucleotide_records(proteins: Path) -> frozenset[str]:
    """Return the records of a file of proteins that are nucleotides by their letters, and long enough for a gene."""
    return frozenset(
        record.name
        for record in read_fasta(proteins)
        if len(record.sequence) >= _LEAST_BASES and _is_nucleotides(record.sequence)
    )


def _is_nucleotides(letters: bytes) -> bool:
    others = letters.translate(None, _SURE)
    return len(others) <= (1 - MIN_CORE_SHARE) * len(letters) and not others.translate(None, _IUPAC)


def unexplained_records(coding: Path, loci: Iterable[Locus]) -> frozenset[str]:
    """Return the coding sequences with room for a gene beside the toxins in their first reading frame."""
    covered: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for locus in loci:
        for piece in locus.pieces:
            covered[piece.contig].append((piece.start, piece.end))
    return frozenset(
        record.name for record in read_fasta(coding) if _has_room(len(record.sequence), covered[record.name])
    )


def _has_room(length: int, covered: list[tuple[int, int]]) -> bool:
    """Return whether a stretch between the covered ones (1-based, inclusive) is long enough for a reading frame."""
    free = 1
    for start, end in sorted([*covered, (length + 1, length + 1)]):
        if start - free >= _LEAST_BASES:
            return True
        free = max(free, end + 1)
    return False


def record_names(path: Path) -> list[str]:
    """Return the names of all records, in the order of the file."""
    return [record.name for record in read_fasta(path)]
