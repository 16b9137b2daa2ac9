"""Loci of files in which each record is one gene: coding sequences and proteins.

Such a gene has no surroundings. Possible defects are an internal stop or a missing part. Where the record ends without
a stop before the toxin does, or begins behind its beginning, the file may have only a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.loci.ends import CLOSE, MISSING_AA
from portal.pipeline.digger.loci.events import UNKNOWN_RUN
from portal.pipeline.digger.loci.seen import SeenParts, parted
from portal.pipeline.digger.native.align import Alignment
from portal.pipeline.digger.native.queries import Query
from portal.pipeline.digger.orfs import AMINO_LETTERS, encode_bases, translate
from portal.results.loci import Event, EventKind, Piece

_STOP = AMINO_LETTERS.index("*")
# An alignment that ends this close to the end of a record reaches it: those of remote relatives end early.
_NEAR_AA = CLOSE // 3


def stops_inside(query: Query) -> list[int]:
    """Return the positions (from 0) of stops in a record's protein."""
    if query.orf.frame == 0:
        letters = np.frombuffer(query.source.sequence, np.uint8)
        stops = np.flatnonzero(letters == ord("*"))
    else:
        stops = np.flatnonzero(translate(encode_bases(query.source.sequence)) == _STOP)
    return [at for at in stops.tolist() if at < query.orf.length_aa]


def pieces_of(toxin: Toxin, alignment: Alignment) -> tuple[list[Piece], list[Event]]:
    """Return the parts of a record's alignment between its stops, with the stops and the unknown letters."""
    query = toxin.query
    stops = [at for at in stops_inside(query) if alignment.query_start - 1 <= at < alignment.query_end]
    pieces: list[Piece] = []
    events: list[Event] = []
    for first, last, ends_at_stop in _column_ranges(alignment, stops):
        query_row, hit_row = alignment.query_row[first:last], alignment.hit_row[first:last]
        query_at = alignment.query_start - 1 + _letters(alignment.query_row[:first])
        hit_at = alignment.hit_start - 1 + _letters(alignment.hit_row[:first])
        query_end, hit_end = query_at + _letters(query_row), hit_at + _letters(hit_row)
        if hit_end > hit_at and query_end > query_at:
            identical = sum(a == b != "X" for a, b in zip(query_row, hit_row, strict=True))
            start, end = _place(query, query_at, query_end)
            pieces.append(
                Piece(
                    protein_id=query.protein_id,
                    contig=query.source.name,
                    start=start,
                    end=end,
                    strand="+" if query.orf.frame else ".",
                    reading=1 + sum(event.kind is EventKind.STOP for event in events),
                    reference_start=hit_at + 1,
                    reference_end=hit_end,
                    identity_percent=round(100 * identical / max(len(query_row) - query_row.count("X"), 1), 4),
                )
            )
            events += _unknown(query, query_at, hit_at, query_row, hit_row)
        if ends_at_stop:
            position = _place(query, query_end, query_end + 1)[0]
            events.append(Event(kind=EventKind.STOP, residue=hit_end + 1, contig=query.source.name, position=position))
    return pieces, events


def _unknown(query: Query, query_at: int, hit_at: int, query_row: str, hit_row: str) -> Iterator[Event]:
    """Yield the stretches of a record's piece in which letters are unknown."""
    for run in UNKNOWN_RUN.finditer(query_row):
        first, last = (query_at + _letters(query_row[:at]) for at in run.span())
        start, end = _place(query, first, last)
        letters = query.source.sequence[start - 1 : end].upper()
        count = sum(letter not in b"ACGTU" for letter in letters) if query.orf.frame else last - first
        if count:
            residue = hit_at + _letters(hit_row[: run.start()]) + 1
            yield Event(kind=EventKind.UNKNOWN, residue=residue, contig=query.source.name, position=start, bases=count)


def ends_of(toxin: Toxin, alignment: Alignment, reference_length: int) -> tuple[list[Event], list[Event]]:
    """Return the event at the beginning of a record, and the one at its end, where the record is only a part."""
    query, orf = toxin.query, toxin.query.orf
    begins, ends = [], []
    if alignment.hit_start > MISSING_AA and alignment.query_start <= _NEAR_AA:
        begins.append(_record_end(query, 0, alignment.hit_start - 1))
    is_near = orf.length_aa - alignment.query_end < _NEAR_AA
    if reference_length - alignment.hit_end >= MISSING_AA and is_near and not _ends_with_stop(query):
        ends.append(_record_end(query, orf.length_aa - 1, alignment.hit_end))
    return begins, ends


def seen_of_record(toxin: Toxin, alignment: Alignment, *, begins: bool, ends: bool) -> SeenParts | None:
    """Return the parts of a record's protein that were seen; None if all of it was.

    Args:
        begins: whether the record begins behind the beginning of the gene.
        ends: whether it ends before its end.
    """
    query = toxin.query
    row = alignment.query_row.replace("-", "")
    stops = sum(alignment.query_start - 1 <= at < alignment.query_end for at in stops_inside(query))
    if not (begins or ends) and row.count("X") <= stops:
        return None
    protein = query.orf.protein
    before = protein[: alignment.query_start - 1] if begins else ""
    behind = protein[alignment.query_end :] if ends else ""
    return parted([row], [before.rpartition("X")[2] + row + behind.partition("X")[0]], head_cut=begins, tail_cut=ends)


def _record_end(query: Query, at: int, residue: int) -> Event:
    position = _place(query, at, at + 1)[0]
    return Event(kind=EventKind.RECORD_END, residue=residue + 1, contig=query.source.name, position=position)


def _ends_with_stop(query: Query) -> bool:
    if query.orf.frame == 0:
        return query.source.sequence.endswith(b"*")
    amino = translate(encode_bases(query.source.sequence))
    return len(amino) > 0 and int(amino[-1]) == _STOP


def _column_ranges(alignment: Alignment, stops: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Yield the columns (half open) between stops, and whether a stop ends them."""
    residues = np.flatnonzero(np.frombuffer(alignment.query_row.encode(), np.uint8) != ord("-"))
    first = 0
    for stop in stops:
        column = int(residues[stop - alignment.query_start + 1])
        yield first, column, True
        first = column + 1
    yield first, len(alignment.query_row), False


def _place(query: Query, first: int, last: int) -> tuple[int, int]:
    """Convert half-open residues to 1-based, inclusive positions in the record."""
    each = 3 if query.orf.frame else 1
    return each * first + 1, each * last


def _letters(row: str) -> int:
    return len(row) - row.count("-")
