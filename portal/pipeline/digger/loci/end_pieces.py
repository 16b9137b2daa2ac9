"""Find small pieces of cut genes at the ends of contigs, too short for the reading frames that are searched.

The search covers only cut genes, and only the next part of their own reference entry; a few matching 5-mers at the
end of a contig are then sufficient evidence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from portal.pipeline.digger.loci.drafts import Draft
from portal.pipeline.digger.loci.ends import CLOSE, cut_head, cut_tail
from portal.pipeline.digger.loci.fragments import Fragment, find_fragments
from portal.pipeline.digger.loci.strands import Strand
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.native.kmers import distinct_kmers
from portal.pipeline.digger.reader import FastaRecord

# Bases searched at each end of a contig: a reading frame of 75 amino acids and an overlap.
_WINDOW = 400
_BACK_AA, _ON_AA = 45, 130
_LEAST_WORDS, _MOST_CANDIDATES = 3, 4
_MOST_EXPECTED = 1e-3
# Beyond these numbers a genome is not an assembly of one strain, and its smallest pieces are not worth the time.
MOST_CONTIGS, MOST_CUTS = 20_000, 200

Cut = tuple[Draft, bool]  # a draft, and whether its end (else its start) is cut


def cuts_of(drafts: Sequence[Draft], index: Index) -> list[Cut]:
    """Return the ends of genes that are cut off by the end of a contig."""
    cuts = []
    for draft in drafts:
        if cut_tail(draft, len(index.proteins[draft.entry].letters)) == "contig":
            cuts.append((draft, True))
        if cut_head(draft) == "contig":
            cuts.append((draft, False))
    return cuts


def find_end_pieces(
    cuts: Sequence[Cut], drafts: Sequence[Draft], contigs: Iterable[FastaRecord], index: Index
) -> list[Draft]:
    """Return pieces at the ends of contigs that may continue a cut gene, each as a draft.

    Args:
        drafts: all drafts; contig ends that they reach are excluded.
    """
    occupied = _occupied(drafts)
    wanted = {True: _words(cuts, True, index), False: _words(cuts, False, index)}
    pieces: dict[tuple[str, int, int, int], Draft] = {}
    for contig in contigs:
        for tail, strand, window in _windows(contig):
            if (strand.name, strand.sign, tail) in occupied:
                continue
            for number in _candidates(strand, window, wanted[tail]):
                draft = cuts[number][0]
                found = _piece(draft, tail, strand, window, index)
                if found is not None:
                    key = (strand.name, strand.sign, found.start, found.end)
                    if key not in pieces or pieces[key].score < found.score:
                        pieces[key] = Draft(draft.entry, (found,))
    return list(pieces.values())


def _occupied(drafts: Sequence[Draft]) -> set[tuple[str, int, bool]]:
    """Return the strands whose start (True) or end (False) is reached by any piece."""
    reached = set()
    for draft in drafts:
        for piece in draft.pieces:
            if piece.start <= CLOSE:
                reached.add((piece.strand.name, piece.strand.sign, True))
            if piece.strand.length - piece.end <= CLOSE:
                reached.add((piece.strand.name, piece.strand.sign, False))
    return reached


def _next_part(draft: Draft, tail: bool, length: int) -> tuple[int, int]:
    """Return the next residues of the reference (half open), after the end or before the start."""
    if tail:
        return max(0, draft.last.reference_end - _BACK_AA), min(length, draft.last.reference_end + _ON_AA)
    return max(0, draft.first.reference_start - _ON_AA), min(length, draft.first.reference_start + _BACK_AA)


def _words(cuts: Sequence[Cut], tail: bool, index: Index) -> dict[int, list[int]]:
    words: dict[int, list[int]] = defaultdict(list)
    for number, (draft, is_tail) in enumerate(cuts):
        if is_tail == tail:
            codes = index.proteins[draft.entry].amino_codes
            low, high = _next_part(draft, tail, len(codes))
            for word in distinct_kmers(codes[low:high]).tolist():
                words[word].append(number)
    return words


def _windows(contig: FastaRecord) -> Iterator[tuple[bool, Strand, tuple[int, int]]]:
    """Yield the starts of both strands, for cut ends, and their ends, for cut starts."""
    for sign in (1, -1):
        strand = Strand(contig, sign)
        yield True, strand, (0, min(_WINDOW, strand.length))
        yield False, strand, (max(0, strand.length - _WINDOW), strand.length)


def _candidates(strand: Strand, window: tuple[int, int], wanted: dict[int, list[int]]) -> list[int]:
    if not wanted:
        return []
    counts: Counter[int] = Counter()
    for frame in range(3):
        for word in distinct_kmers(strand.amino(window[0] + frame, window[1])).tolist():
            if word in wanted:
                counts.update(wanted[word])
    return [number for number, count in counts.most_common(_MOST_CANDIDATES) if count >= _LEAST_WORDS]


def _piece(draft: Draft, tail: bool, strand: Strand, window: tuple[int, int], index: Index) -> Fragment | None:
    letters = index.proteins[draft.entry].letters
    part = _next_part(draft, tail, len(letters))
    found = find_fragments(strand, window, letters, part, _MOST_EXPECTED)
    close = [piece for piece in found if (piece.start if tail else strand.length - piece.end) <= CLOSE]
    return max(close, key=lambda piece: piece.score, default=None)
