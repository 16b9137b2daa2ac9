"""Describe a locus in words, for the terminal, the page and the report."""

from __future__ import annotations

from collections.abc import Iterator

from portal.domain.message import Message
from portal.results.loci import Event, EventKind, Locus, Piece, Verdict
from portal.results.locus_state import Qualified, is_in_part, qualified
from portal.results.toxin_core import is_altered_behind_core


def story(locus: Locus) -> list[Message]:
    """Return the full description of a gene: what it is, how it is changed, and what that means."""
    said = (what_it_is(locus), equally_close(locus), *what_happened(locus), what_it_means(locus))
    return [message for message in said if message is not None]


def place_text(piece: Piece) -> str:
    """Return the position of a piece, as `contig:start-end (strand)`."""
    return f"{piece.contig}:{piece.start}-{piece.end} ({piece.strand})"


def residues_text(piece: Piece) -> str:
    """Return the residues of the reference in a piece, as `1-430`; empty if nothing is aligned."""
    return "" if piece.reference_start is None else f"{piece.reference_start}-{piece.reference_end}"


def residues_words(piece: Piece) -> str:
    """Return the residues of the reference in a piece as a page writes a range: `1–1,178`."""
    return "" if piece.reference_start is None else f"{piece.reference_start:,}–{piece.reference_end:,}"


def verdict_word(verdict: Verdict | None) -> Message:
    """Return the verdict as a word."""
    return Message("locus.verdict_none") if verdict is None else Message(f"locus.verdict.{verdict}")


def state_word(locus: Locus | None) -> Message:
    """Return the state of a gene in a few words: its verdict, or what else is to be said in one glance."""
    return state_words(locus.verdict, qualified(locus)) if locus else verdict_word(None)


def state_words(verdict: Verdict | None, beside: Qualified | None) -> Message:
    """Return the same of a verdict, and what is to be said beside it."""
    return Message(f"locus.state.{beside}") if beside else verdict_word(verdict)


def what_it_is(locus: Locus) -> Message:
    """Return which toxin a locus resembles, how closely and how completely."""
    if locus.reference is None or locus.identity_percent is None or locus.reference_length is None:
        return Message("locus.unaligned", name=locus.name)
    if locus.is_compared_by_parts:
        return Message(
            "locus.like_seen",
            name=locus.name,
            identity=locus.identity_percent,
            reference=locus.reference,
            covered=locus.coverage_percent or 0.0,
            length=locus.reference_length,
        )
    return Message(
        "locus.like",
        name=locus.name,
        identity=locus.identity_percent,
        reference=locus.reference,
        covered=locus.coverage_percent or 0.0,
        length=locus.reference_length,
    )


def equally_close(locus: Locus) -> Message | None:
    """Return the entries that are as close as the named one; None if there are none."""
    return Message("locus.equal", names=locus.equal_to) if locus.equal_to else None


def covered_residues(locus: Locus) -> int:
    """Return how many residues of the reference the pieces cover."""
    ranges = ((piece.reference_start, piece.reference_end) for piece in locus.pieces)
    return sum(end - start + 1 for start, end in ranges if start is not None and end is not None)


def what_happened(locus: Locus) -> list[Message]:
    """Return the changes in a gene, from its start to its end."""
    return [message for event in locus.events for message in _event(event, locus)]


def _event(event: Event, locus: Locus) -> Iterator[Message]:
    length = locus.reference_length or 0
    before = event.residue - 1
    if event.kind in (EventKind.CONTIG_END, EventKind.GAP_END, EventKind.RECORD_END):
        yield _outside(event, locus, length)
    elif event.kind == EventKind.ORIGIN:
        yield Message("locus.event.origin", contig=event.contig, before=before, length=length)
    elif event.kind != EventKind.CONTIG_JOINT:
        yield _inside(event, length, in_protein=locus.is_protein)
    elif event.to_contig == event.contig:
        yield Message("locus.event.both_ends", contig=event.contig, before=before, length=length)
    else:
        onto = event.to_contig or ""
        yield Message("locus.event.contig_joint", contig=event.contig, before=before, length=length, to_contig=onto)
    if event.kind == EventKind.CONTIG_JOINT and event.bases:
        yield Message("locus.event.shared", bases=event.bases)
    if event.repeated and event.kind != EventKind.DUPLICATION:
        yield Message("locus.event.repeated", bases=event.repeated)


def _inside(event: Event, length: int, *, in_protein: bool) -> Message:
    """Return the change at one place of a contig."""
    residue, contig, at, bases = event.residue, event.contig, event.position, event.bases or 0
    if event.kind == EventKind.FRAMESHIFT:
        return Message(
            "locus.event.frameshift", residue=residue, length=length, contig=contig, position=at, bases=bases
        )
    if event.kind == EventKind.INSERTION:
        return Message("locus.event.insertion", residue=residue, length=length, contig=contig, position=at, bases=bases)
    if event.kind == EventKind.DUPLICATION:
        return Message(
            "locus.event.duplication", residue=residue, length=length, contig=contig, position=at, bases=bases
        )
    if event.kind == EventKind.GAP:
        return Message("locus.event.gap", residue=residue, length=length, contig=contig, position=at, bases=bases)
    if event.kind == EventKind.DELETION:
        return Message("locus.event.deletion", residue=residue, length=length, contig=contig, position=at, bases=-bases)
    if event.kind == EventKind.UNKNOWN:
        return _unknown_letters(event, length, in_protein=in_protein)
    if event.kind == EventKind.NO_START:
        return Message("locus.event.no_start", contig=contig, position=at)
    if event.kind == EventKind.NO_STOP:
        return Message("locus.event.no_stop", length=length, contig=contig, position=at, count=bases // 3)
    if in_protein:
        return Message("locus.event.stop_in_protein", residue=residue, length=length)
    return Message("locus.event.stop", residue=residue, length=length, contig=contig, position=at)


def _unknown_letters(event: Event, length: int, *, in_protein: bool) -> Message:
    residue, contig, at, count = event.residue, event.contig, event.position, event.bases or 0
    if in_protein:
        return Message("locus.event.unknown_in_protein", residue=residue, length=length, count=count)
    return Message("locus.event.unknown", residue=residue, length=length, contig=contig, position=at, count=count)


def _outside(event: Event, locus: Locus, length: int) -> Message:
    """Return what is missing because of an end of a contig, a gap or the end of a sequence that is the gene."""
    first = locus.pieces[0].reference_start or 1
    begins, at_end = event.residue <= first, event.kind == EventKind.CONTIG_END
    missing = first - 1 if begins else length - event.residue + 1
    if event.kind == EventKind.RECORD_END:
        if begins:
            return Message("locus.event.record_begins", missing=missing, length=length)
        return Message("locus.event.record_ends", missing=missing, length=length)
    if begins and at_end:
        return Message("locus.event.begins_outside", contig=event.contig, missing=missing, length=length)
    if begins:
        return Message("locus.event.begins_in_gap", contig=event.contig, missing=missing, length=length)
    if at_end:
        return Message("locus.event.ends_outside", contig=event.contig, missing=missing, length=length)
    return Message("locus.event.ends_in_gap", contig=event.contig, missing=missing, length=length)


def what_it_means(locus: Locus) -> Message | None:
    """Return what a biologist may conclude; None if nothing can be concluded."""
    if is_altered_behind_core(locus):
        return Message("locus.means.behind_core")
    return _of_verdict(locus)


def _of_verdict(locus: Locus) -> Message | None:
    length, as_read, mended = locus.reference_length or 0, len(locus.as_read or ""), len(locus.protein)
    match locus.verdict:
        case Verdict.INTACT:
            return _whole(locus)
        case Verdict.SPLIT:
            return _split(locus)
        case Verdict.EDGE:
            return Message("locus.means.edge")
        case Verdict.INSERTION:
            return _inserted(locus)
        case Verdict.FRAMESHIFT:
            return Message("locus.means.frameshift", as_read=as_read, mended=mended)
        case Verdict.PREMATURE_STOP:
            if locus.is_protein:
                return Message("locus.means.stop_in_protein", as_read=as_read, mended=mended)
            return Message("locus.means.premature_stop", as_read=as_read, mended=mended)
        case Verdict.REMNANT:
            return _remnant(locus, length)
        case None:
            return None


def _split(locus: Locus) -> Message:
    if locus.unknown_letters:
        return _unknown(locus)
    return Message("locus.means.split_unseen") if locus.is_compared_by_parts else Message("locus.means.split")


def _unknown(locus: Locus) -> Message:
    if locus.is_protein:
        return Message("locus.means.unknown_in_protein", count=locus.unknown_letters)
    if locus.is_seen_in_part:
        return Message("locus.means.part_unknown", count=locus.unknown_letters)
    return Message("locus.means.few_unknown", count=locus.unknown_letters)


def _whole(locus: Locus) -> Message:
    if locus.unknown_letters:
        return _unknown(locus)
    if locus.has_no_start:
        return Message("locus.means.no_start")
    if locus.has_no_stop:
        return Message("locus.means.no_stop")
    if locus.is_protein:
        return Message("locus.means.intact_protein")
    return Message("locus.means.intact")


def _inserted(locus: Locus) -> Message:
    inserted = [event for event in locus.events if event.kind == EventKind.INSERTION]
    if all(event.repeated for event in inserted):
        return Message("locus.means.duplication")
    return Message("locus.means.insertion")


def _remnant(locus: Locus, length: int) -> Message:
    if is_in_part(locus):
        return Message("locus.means.in_part")
    return Message("locus.means.remnant", missing=length - covered_residues(locus), length=length)
