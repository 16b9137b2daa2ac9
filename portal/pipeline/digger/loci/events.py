"""Derive what happened to a gene from the steps between its pieces and from its ends, and the resulting verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from portal.pipeline.digger.loci.drafts import Draft, Joint, hides, is_origin, joined_bases
from portal.pipeline.digger.loci.duplications import copied_columns, extra_bases, repeated_bases
from portal.pipeline.digger.loci.ends import GAP, MISSING_AA, cut_head, cut_tail
from portal.pipeline.digger.loci.fragments import CLOSE_IDENTITY, LONG_GAP_AA, Fragment
from portal.pipeline.digger.loci.strands import UNKNOWN
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes, translate
from portal.results.loci import Event, EventKind, Verdict

# More than this many bases between two pieces, beyond what the reference has there, are an insertion.
_INSERTED = 60
# Coverage of the reference below this fraction, without an event that explains it, makes the gene a remnant.
WHOLE_SHARE = 0.9
# Below this identity, in percent, the ends of a gene may have changed beyond recognition.
_REMOTE = 70.0
# Alleles of one toxin may differ by so many residues at their ends, as where another start was annotated.
_MOST_OF_ALLELES_AA = 25
UNKNOWN_RUN = re.compile("X(?:-*X)*")
# Events that end translation.
BREAKS = frozenset({EventKind.FRAMESHIFT, EventKind.STOP, EventKind.INSERTION})
_STOP = AMINO_LETTERS.index("*")
_ORDER: tuple[tuple[Verdict, frozenset[EventKind]], ...] = (
    (Verdict.INSERTION, frozenset({EventKind.INSERTION})),
    (Verdict.FRAMESHIFT, frozenset({EventKind.FRAMESHIFT})),
    (Verdict.PREMATURE_STOP, frozenset({EventKind.STOP})),
    (Verdict.EDGE, frozenset({EventKind.CONTIG_END, EventKind.GAP_END})),
)


def events_of(draft: Draft, reference_length: int, *, ends_cut: bool = True) -> list[Event]:
    """Return the events along a gene, from its start to its end.

    Args:
        ends_cut: whether the end of a sequence can cut a gene; False if each sequence is one gene.
    """
    events = []
    if ends_cut and (cut := cut_head(draft)):
        events.append(_end_event(cut, draft.first, draft.first.start, draft.first.reference_start))
    events += [*_copies(draft.first), *_unknown(draft.first)]
    for before, piece, joint in draft.steps():
        events += [*step_events(before, piece, joint), *_copies(piece), *_unknown(piece)]
    if ends_cut and (cut := cut_tail(draft, reference_length)):
        events.append(_end_event(cut, draft.last, draft.last.end, draft.last.reference_end))
    return events


def _end_event(cut: str, piece: Fragment, position: int, residue: int) -> Event:
    kind = EventKind.CONTIG_END if cut == "contig" else EventKind.GAP_END
    return _event(kind, piece, position, residue)


def _copies(piece: Fragment) -> Iterator[Event]:
    """Yield the duplications in frame within a piece."""
    for first, last in copied_columns(piece.query_row, piece.reference_row):
        position = piece.start + 3 * (first - piece.query_row[:first].count("-"))
        residue = piece.reference_start + first - piece.reference_row[:first].count("-")
        bases = 3 * (last - first)
        yield replace(_event(EventKind.DUPLICATION, piece, position, residue, bases), repeated=bases)


def _unknown(piece: Fragment) -> Iterator[Event]:
    """Yield the stretches of a piece in which letters are unknown."""
    for run in UNKNOWN_RUN.finditer(piece.query_row):
        start, end = (piece.start + 3 * _letters(piece.query_row[:at]) for at in run.span())
        residue = piece.reference_start + _letters(piece.reference_row[: run.start()])
        if letters := piece.strand.unknown(start, end):
            yield _event(EventKind.UNKNOWN, piece, start, residue, letters)


def _letters(row: str) -> int:
    return len(row) - row.count("-")


def changed_start(draft: Draft, reference: str, identity: float) -> Event | None:
    """Return the event of a codon other than ATG where a close reference begins with methionine; None for ATG."""
    first = draft.first
    at = first.start - 3 * first.reference_start
    if not reference.startswith("M") or identity < 100 * CLOSE_IDENTITY or first.reference_start > 1 or at < 0:
        return None
    codon = first.strand.bases(at, at + 3)
    return None if codon == "ATG" or "N" in codon else _event(EventKind.NO_START, first, at, 0)


def _event(kind: EventKind, piece: Fragment, position: int, residue: int, bases: int | None = None) -> Event:
    at = min(max(position, 0), piece.strand.length - 1)
    place = piece.strand.on_plus(at, at + 1)[0]
    return Event(kind=kind, residue=residue + 1, contig=piece.strand.name, position=place, bases=bases)


def step_events(before: Fragment, piece: Fragment, joint: Joint | None) -> list[Event]:
    """Return the events between two consecutive pieces: what parts them, and breaks between it and a piece."""
    parting = _step_event(before, piece, joint)
    if parting.kind not in (EventKind.GAP, EventKind.CONTIG_JOINT, EventKind.ORIGIN):
        return [parting]
    residue, shared = before.reference_end, joint.shared if joint else 0
    # Shared bases show how one end continues in the other; the last base of a circular contig precedes its first.
    is_known = shared or parting.kind == EventKind.ORIGIN
    between = joined_bases(before, piece, joint) if joint and is_known else None
    if between is not None and len(between) % 3:
        excess = len(between) - 3 * (piece.reference_start - residue)
        return [_event(EventKind.FRAMESHIFT, before, before.end, residue, excess), parting]
    events = [parting]
    if between is not None and _stops_across(before, between):
        return [_event(EventKind.STOP, before, before.strand.length, residue), parting]
    on = _known(before.strand.codes(before.end, before.strand.length if joint else piece.start))
    stops = np.flatnonzero(translate(on) == _STOP)
    if len(stops):
        events.insert(0, _event(EventKind.STOP, before, before.end + 3 * int(stops[0]), residue))
    # A stop in the bases that both ends share is one stop.
    back = _known(piece.strand.codes(min(shared, piece.start) if joint else before.end, piece.start)[::-1])[::-1]
    stops = np.flatnonzero(translate(back[len(back) % 3 :]) == _STOP)
    if len(stops):
        at = piece.start - 3 * (len(back) // 3 - int(stops[-1]))
        events.append(_event(EventKind.STOP, piece, at, piece.reference_start))
    return events


def _stops_across(before: Fragment, between: Codes) -> bool:
    """Return whether a stop codon is partly before the end of a contig and partly behind it."""
    left = before.strand.length - before.end
    codon = between[left // 3 * 3 :][:3]
    return bool(left % 3) and len(codon) == 3 and int(translate(codon)[0]) == _STOP


def _known(codes: Codes) -> Codes:
    """Return the bases before the first unknown one."""
    unknown = np.flatnonzero(codes == UNKNOWN)
    return codes[: unknown[0]] if len(unknown) else codes


def _step_event(before: Fragment, piece: Fragment, joint: Joint | None) -> Event:
    """Return what parts two consecutive pieces."""
    residue = before.reference_end
    if joint is not None:
        kind = EventKind.ORIGIN if is_origin(before, piece) else EventKind.CONTIG_JOINT
        leaves = _event(kind, before, before.end - 1, residue, joint.shared or None)
        start = piece.strand.on_plus(piece.start, piece.start + 1)[0]
        return replace(leaves, to_contig=piece.strand.name, to_position=start)
    excess = extra_bases(before, piece)
    unknown = before.strand.unknown(before.end, piece.start)
    if unknown >= GAP:
        return _event(EventKind.GAP, before, before.end, residue, unknown)
    if excess > _INSERTED:
        inserted = _event(EventKind.INSERTION, before, before.end, residue, excess)
        return replace(inserted, repeated=repeated_bases(before, piece) or None)
    if (piece.start - before.end) % 3:
        shift = _event(EventKind.FRAMESHIFT, before, before.end, residue, excess)
        return replace(shift, repeated=repeated_bases(before, piece) or None)
    if (stop := _first_stop(before, piece)) is not None:
        return _event(EventKind.STOP, before, stop, residue)
    return _event(EventKind.DELETION, before, before.end, residue, excess)


def _first_stop(before: Fragment, piece: Fragment) -> int | None:
    """Return the position of the first stop between two pieces of one frame."""
    low, high = min(before.end, piece.start), max(before.end, piece.start)
    amino = before.strand.amino(low, high + 3 if high == low else high)
    stops = np.flatnonzero(amino == _STOP)
    return low + 3 * int(stops[0]) if len(stops) else None


def lost_head(draft: Draft, identity: float) -> int:
    """Return how many residues of the reference are missing at the start of a gene."""
    room = (draft.first.start - draft.first.stretch[0]) // 3
    return _lost(draft.first.reference_start, room, identity)


def lost_tail(draft: Draft, reference_length: int, identity: float) -> int:
    """Return how many residues of the reference are missing at the end of a gene."""
    room = (draft.last.stretch[1] - draft.last.end) // 3
    return _lost(reference_length - draft.last.reference_end, room, identity)


def _lost(missing: int, room: int, identity: float) -> int:
    """Return lost residues: a remote relative may go on past its alignment, a close one lacks what is unaligned."""
    return missing - min(missing, room) if identity < _REMOTE else missing


def lost_inside(draft: Draft) -> int:
    """Return how many residues of the reference are missing between the pieces, apart from single broken codons."""
    return sum(gap for gap, is_unknown in _gaps(draft) if not is_unknown)


def unknown_inside(draft: Draft) -> int:
    """Return how many residues of the reference were not seen between the pieces: by a gap (N), or a joint."""
    return sum(gap for gap, is_unknown in _gaps(draft) if is_unknown)


def _gaps(draft: Draft) -> Iterator[tuple[int, bool]]:
    """Yield the residues between consecutive pieces, and whether they were only not seen."""
    for before, piece, joint in draft.steps():
        gap = piece.reference_start - before.reference_end
        if gap >= MISSING_AA:
            yield gap, hides(before, piece, joint)


def is_cut_short(draft: Draft, reference_length: int) -> bool:
    """Return whether a gene that is close to its reference lost more at one place than alleles differ by."""
    columns = sum(len(piece.query_row) for piece in draft.pieces)
    if sum(piece.identical for piece in draft.pieces) < CLOSE_IDENTITY * columns:
        return False
    ends = draft.first.reference_start, reference_length - draft.last.reference_end
    inside = [gap for gap, is_unknown in _gaps(draft) if not is_unknown]
    return max(ends) > _MOST_OF_ALLELES_AA or max(inside, default=0) >= LONG_GAP_AA


def verdict_of(
    events: list[Event], lost: int, reference_length: int, *, unknown: int = 0, cut_short: bool = False
) -> Verdict:
    """Return the verdict on a gene: its worst event, else what it has lost, else how its pieces are arranged.

    Args:
        lost: residues of the reference with no counterpart in the genome.
        unknown: residues that were not seen between pieces.
        cut_short: whether fewer lost residues than usual are enough (see `is_cut_short`).
    """
    kinds = {event.kind for event in events}
    for verdict, reasons in _ORDER:
        if kinds & reasons:
            return verdict
    most = (1 - WHOLE_SHARE) * reference_length
    if cut_short or lost > max(most, MISSING_AA - 1):
        return Verdict.REMNANT
    if unknown > most:
        return Verdict.EDGE
    return Verdict.SPLIT if kinds & {EventKind.CONTIG_JOINT, EventKind.GAP} else Verdict.INTACT
