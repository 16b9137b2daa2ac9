"""Drafts of loci: pieces of one gene, on one or several strands, and the protein that they encode together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from portal.pipeline.digger.loci.fragments import Fragment, aligned
from portal.pipeline.digger.loci.strands import UNKNOWN, Stretch
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes, decode_protein, translate
from portal.pipeline.digger.topology import is_circular
from portal.results.loci import UNKNOWN_PART

_STOP, _X = AMINO_LETTERS.index("*"), AMINO_LETTERS.index("X")
# Up to this many bases between two pieces are translated; a longer stretch is not part of the gene.
_READ_THROUGH = 30
# Maximum distance between two pieces that may grow towards each other, in residues.
_WIDEN = 30
# A piece may grow by this many bases when it is aligned with another entry.
_ROOM = 75


@dataclass(frozen=True)
class Joint:
    """How the end of one contig joins the start of another (or of the same one).

    `shared` is the number of bases that both ends have in common; `exact` means that the gene continues there without
    extra or missing bases.
    """

    shared: int
    exact: bool


@dataclass(frozen=True)
class Draft:
    """Pieces in the order of the gene; `joints` has one entry fewer, None between pieces on one strand.

    `other_rows` are rows that read the same bases in another frame and add nothing.
    """

    entry: int
    pieces: tuple[Fragment, ...]
    joints: tuple[Joint | None, ...] = ()
    other_rows: tuple[str, ...] = ()

    @property
    def first(self) -> Fragment:
        return self.pieces[0]

    @property
    def last(self) -> Fragment:
        return self.pieces[-1]

    @property
    def score(self) -> int:
        return sum(piece.score for piece in self.pieces)

    @property
    def protein_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(piece.protein_id for piece in self.pieces if piece.protein_id))

    def with_row(self, protein_id: str) -> Draft:
        return replace(self, other_rows=(*self.other_rows, protein_id))

    def steps(self) -> Iterator[tuple[Fragment, Fragment, Joint | None]]:
        """Yield each pair of consecutive pieces with their joint."""
        yield from zip(self.pieces, self.pieces[1:], self.joints, strict=False)


def of_chain(entry: int, pieces: tuple[Fragment, ...], reference: str) -> Draft:
    """Return a draft with all pieces on one strand."""
    done = _without_seams(settled(pieces, reference))
    return Draft(entry, done, (None,) * (len(done) - 1))


def _without_seams(pieces: tuple[Fragment, ...]) -> tuple[Fragment, ...]:
    """Return the pieces, those as one that a search found in two windows but nothing separates."""
    out = [pieces[0]]
    for piece in pieces[1:]:
        before = out[-1]
        if (before.end, before.reference_end) == (piece.start, piece.reference_start):
            out[-1] = before.followed_by(piece)
        else:
            out.append(piece)
    return tuple(out)


def settled(pieces: tuple[Fragment, ...], reference: str) -> tuple[Fragment, ...]:
    """Assign each residue of the reference to one piece only.

    Consecutive pieces are first widened towards each other and then cut where their residues fit best, so that a break
    is reported where it is, not where an alignment happened to end.
    """
    out: list[Fragment] = []
    for piece in pieces:
        behind: Fragment | None = piece
        # A piece that takes the place of the one before it may reach into the one before that.
        while out and behind is not None:
            before, behind = _parted(out.pop(), behind, reference)
            if before is not None:
                out.append(before)
                break
        if behind is not None:
            out.append(behind)
    return tuple(out)


def _parted(before: Fragment, behind: Fragment, reference: str) -> tuple[Fragment | None, Fragment | None]:
    """Return two pieces that share no residue; None for one of which nothing is left, or that lies within the other."""
    apart = behind.reference_start - before.reference_end
    if apart <= _WIDEN:
        on = min(max(0, apart) + _WIDEN, behind.reference_end - before.reference_end)
        back = min(max(0, apart) + _WIDEN, behind.reference_start - before.reference_start)
        before, behind = before.widened(reference, tail=on), behind.widened(reference, head=back)
    shared = before.reference_end - behind.reference_start
    lengths = [piece.reference_end - piece.reference_start for piece in (before, behind)]
    if shared > min(lengths):
        return (before, None) if lengths[0] > lengths[1] else (None, behind)
    if shared > 0:
        keep = _best_cut(before, behind, shared)
        before, behind = before.trimmed(tail=shared - keep), behind.trimmed(head=keep)
    twice = before.end - behind.start
    if before.strand == behind.strand and before.start < behind.start and twice > 0 and twice % 3 == 0:
        behind = behind.without_bases(head=twice)
    ends = _without_chance(before, tail=True), _without_chance(behind, tail=False)
    return ends[0] if ends[0].query_row else None, ends[1] if ends[1].query_row else None


def _best_cut(first: Fragment, second: Fragment, shared: int) -> int:
    """Return how many of the shared residues the first piece keeps."""
    kept = np.concatenate(([0], _by_residue(first)[-shared:].cumsum()))
    left = np.concatenate((_by_residue(second)[:shared][::-1].cumsum()[::-1], [0]))
    return int((kept + left).argmax())


def _by_residue(piece: Fragment) -> npt.NDArray[np.int64]:
    """Return the contribution of each reference residue to the score, including the gap before it."""
    residues = np.frombuffer(piece.reference_row.encode(), np.uint8) != ord("-")
    scores: npt.NDArray[np.int64] = np.add.reduceat(piece.column_scores(), np.flatnonzero(residues))
    return scores


def _without_chance(piece: Fragment, *, tail: bool) -> Fragment:
    """Return a piece without the residues at a break that do not fit."""
    scores = _by_residue(piece)[:: -1 if tail else 1]
    wrong = int((scores > 0).argmax()) if (scores > 0).any() else len(scores)
    return piece.trimmed(tail=wrong) if tail else piece.trimmed(head=wrong)


def realigned(draft: Draft, entry: int, reference: str) -> Draft | None:
    """Return the draft aligned with another entry; None if a piece does not match it or the order is lost."""
    pieces: list[Fragment] = []
    for at, piece in enumerate(draft.pieces):
        low, high = piece.stretch
        if at and draft.joints[at - 1] is None:
            low = max(low, min(piece.start, draft.pieces[at - 1].end - _ROOM))
        if at < len(draft.pieces) - 1 and draft.joints[at] is None:
            high = min(high, max(piece.end, draft.pieces[at + 1].start + _ROOM))
        low += (piece.start - low) % 3
        high -= (high - piece.start) % 3
        found = aligned(piece.strand, Stretch(low, high, piece.strand.amino(low, high)), reference)
        if found is None or not _is_on(found, piece) or (pieces and not _comes_after(found, pieces[-1])):
            return None
        pieces.append(replace(found, protein_id=piece.protein_id, stretch=piece.stretch))
    done = settled(tuple(pieces), reference)
    return replace(draft, entry=entry, pieces=done) if len(done) == len(draft.pieces) else None


def _is_on(found: Fragment, piece: Fragment) -> bool:
    """Return whether an alignment has at least half of a piece: another copy in its frame may fit the entry better."""
    return 2 * (min(found.end, piece.end) - max(found.start, piece.start)) >= piece.end - piece.start


def _comes_after(piece: Fragment, before: Fragment) -> bool:
    return piece.reference_start > before.reference_start and piece.reference_end > before.reference_end


def stitched(draft: Draft) -> str:
    """Return the known parts of the repaired gene's protein, with X for each stop or broken codon.

    An alignment of it is that of the known parts: what a gap hides is left out.
    """
    parts = [draft.first.protein]
    for before, piece, joint in draft.steps():
        parts += [between(before, piece, joint), piece.protein]
    return "".join(parts)


def repaired(draft: Draft) -> str:
    """Return the protein of the repaired gene, with X for each stop, broken codon, and residue that was not seen."""
    parts = [draft.first.protein]
    for before, piece, joint in draft.steps():
        parts += [between(before, piece, joint) or "X" * hidden_residues(before, piece, joint), piece.protein]
    return "".join(parts)


def hides(before: Fragment, piece: Fragment, joint: Joint | None) -> bool:
    """Return whether something was not seen between two pieces: a gap (N), or what the ends of two contigs lack.

    Ends that share bases show how one goes on in the other, and so do those of a circular contig.
    """
    if joint is None:
        return before.strand.unknown(before.end, piece.start) >= UNKNOWN_PART
    if joint.shared or joint.exact or is_origin(before, piece):
        return False
    return piece.reference_start > before.reference_end


def hidden_residues(before: Fragment, piece: Fragment, joint: Joint | None) -> int:
    """Return how many residues were not seen between two pieces; 0 if nothing is hidden there.

    The number of N is often a convention of the assembler, and nothing tells how much two contigs lack: the reference
    tells how many residues are not known. One at least stands for a gap, so that its sides are never taken for
    neighbours.
    """
    if not hides(before, piece, joint):
        return 0
    return max(piece.reference_start - before.reference_end, 1)


def is_origin(before: Fragment, piece: Fragment) -> bool:
    """Return whether a joint is the origin of a circular contig: its last base precedes its first."""
    return before.strand.name == piece.strand.name and is_circular(before.strand.contig)


def between(before: Fragment, piece: Fragment, joint: Joint | None) -> str:
    """Return the residues between two pieces if they are only a few codons apart, and nothing is hidden there."""
    if joint is not None and hides(before, piece, joint):
        return ""
    lacking = piece.reference_start - before.reference_end
    if joint is None:
        gap = piece.start - before.end
        codes = before.strand.codes(before.end, piece.start) if 0 < gap <= _READ_THROUGH else None
    else:
        codes = joined_bases(before, piece, joint)
    if codes is None or len(codes) > 3 * max(lacking, 0) + _READ_THROUGH:
        return ""
    if len(codes) % 3 or (codes == UNKNOWN).all():
        return "X" * min(len(codes) // 3, max(lacking, 0))
    amino = translate(codes)
    amino[amino == _STOP] = _X
    return decode_protein(amino)


def joined_bases(before: Fragment, piece: Fragment, joint: Joint) -> Codes | None:
    """Return the bases between pieces on two contigs, shared ones once; None if the pieces overlap."""
    left = before.strand.codes(before.end, before.strand.length)
    right = piece.strand.codes(0, piece.start)
    if len(right) > joint.shared:
        return np.concatenate((left, right[joint.shared :]))
    count = len(left) + len(right) - joint.shared
    return left[:count] if count >= 0 else None
