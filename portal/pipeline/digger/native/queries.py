"""The proteins to search in an input file of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from portal.domain.fasta import Kind
from portal.pipeline.digger.native.index import encode_protein
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes, Orf, encode_bases, find_orfs, translate
from portal.pipeline.digger.reader import FastaRecord, read_fasta

IsWanted = Callable[[str], bool]

_STOP, _X = AMINO_LETTERS.index("*"), AMINO_LETTERS.index("X")


@dataclass(frozen=True, slots=True)
class Query:
    """One protein and its source sequence.

    `internal_stop` occurs only in files that define the genes (orfs, prot); the stop is an X in the protein. For
    protein files the frame is 0, and coordinates count amino acids.
    """

    protein_id: str
    source: FastaRecord
    orf: Orf
    internal_stop: bool = False


def read_queries(path: Path, kind: Kind, is_wanted: IsWanted | None = None) -> Iterator[Query]:
    """Yield the queries of all records, or of those whose names are wanted, in the file's order."""
    for record in read_fasta(path):
        if is_wanted and not is_wanted(record.name):
            continue
        if kind == "nucl":
            for orf in find_orfs(record.sequence):
                yield Query(f"{record.name}_{orf.number:05d}", record, orf)
        elif kind == "orfs":
            yield _whole(record, translate(encode_bases(record.sequence)), letters_each=3, frame=1)
        else:
            stops = record.sequence.replace(b"*", b"\x7f")
            codes = encode_protein(record.sequence)
            codes[np.frombuffer(stops, dtype=np.uint8) == 0x7F] = _STOP
            yield _whole(record, codes, letters_each=1, frame=0)


def _whole(record: FastaRecord, codes: Codes, *, letters_each: int, frame: int) -> Query:
    """Make one query from a record: stops at its end are removed, others become X."""
    last = len(codes)
    while last and codes[last - 1] == _STOP:
        last -= 1
    protein = codes[:last].copy()
    stops = protein == _STOP
    protein[stops] = _X
    orf = Orf(
        number=1,
        frame=frame,
        start=1,
        end=max(last * letters_each, 1),
        amino_codes=protein,
        open_start=False,
        open_end=False,
    )
    return Query(record.name, record, orf, internal_stop=bool(stops.any()))
