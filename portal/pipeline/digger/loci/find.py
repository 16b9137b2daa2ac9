"""Find the loci of a genome from its hits.

    hits -> chains on one strand -> joints across contig ends -> the entry that explains all pieces

Hits are processed by decreasing score, so that the clearest piece of a gene decides which entry is used to search for
the others. Pieces of a chain are not used again: each row of All_Toxins.txt belongs to one locus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.loci.by_parts import PartsCompared, PartsComparer
from portal.pipeline.digger.loci.chain import WORTH_LOOKING_AA, extend
from portal.pipeline.digger.loci.claims import Claims
from portal.pipeline.digger.loci.drafts import Draft, of_chain, realigned, stitched
from portal.pipeline.digger.loci.duplications import is_copied_end, reach_of, with_copies
from portal.pipeline.digger.loci.end_pieces import MOST_CONTIGS, MOST_CUTS, cuts_of, find_end_pieces
from portal.pipeline.digger.loci.fragments import Fragment, aligned, plain_score
from portal.pipeline.digger.loci.fused import PartFinder
from portal.pipeline.digger.loci.inversions import with_inverted_parts
from portal.pipeline.digger.loci.joins import Joiner, explained
from portal.pipeline.digger.loci.neighbours import Neighbours
from portal.pipeline.digger.loci.seen import seen_parts
from portal.pipeline.digger.loci.strands import Strand, Stretch
from portal.pipeline.digger.native.align import MAX_EVALUE, Aligner, Alignment
from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.native.queries import Query
from portal.pipeline.digger.reader import FastaRecord

# A piece shorter than this may match many entries as well as its own.
_JUDGED_AA = 30
# Maximum number of consecutive contigs of a gene that are each too short for a row.
_MOST_ROUNDS = 3
# Maximum number of entries of other hits by which the pieces of a gene are searched for.
_MOST_ENTRIES = 3


@dataclass(frozen=True)
class Found:
    """A draft of a locus, its alignment as one protein (None if the pieces are judged separately), and its rows.

    `compared` is what its parts are closest to, if it is seen in part.
    """

    draft: Draft
    alignment: Alignment | None
    rows: tuple[Toxin, ...]
    compared: PartsCompared | None = None


@dataclass(frozen=True)
class AlignedQuery:
    """A protein with its best alignment, whether or not it is a row."""

    query: Query
    alignment: Alignment
    row: Toxin | None


class LocusFinder:
    """Finds the loci of successive genomes with one reference."""

    def __init__(self, index: Index, aligner: Aligner, by_parts: PartsComparer) -> None:
        self._index = index
        self._aligner = aligner
        self._parts = PartFinder(index, aligner)
        self._by_parts = by_parts

    def find(
        self, hits: Sequence[AlignedQuery], contigs: Callable[[], Iterable[FastaRecord]], contig_count: int
    ) -> list[Found]:
        """Return the loci of the hits, in the order of the contigs.

        Args:
            contigs: rereads the genome, for the ends of its contigs.
        """
        by_id = {
            hit.query.protein_id: [
                replace(hit, alignment=part) for part in self._parts.parts(hit.query.orf.amino_codes, hit.alignment)
            ]
            for hit in hits
        }
        drafts = with_inverted_parts(self._chains(by_id), self._index)
        drafts = self._over_ends(drafts, contigs, contig_count)
        found = (self._found(draft, by_id) for draft in drafts)
        return [one for one in found if one.rows or self._is_certain(one)]

    def _chains(self, parts: Mapping[str, Sequence[AlignedQuery]]) -> list[Draft]:
        fragments = [(part, fragment_of(part)) for of_one in parts.values() for part in of_one]
        claims = Claims([fragment for _, fragment in fragments])
        neighbours = Neighbours((fragment, hit.alignment.entry) for hit, fragment in fragments)
        drafts: list[Draft] = []
        named: set[str] = set()
        for hit, fragment in sorted(fragments, key=_clearest_first):
            if hit.query.protein_id in named and len(parts[hit.query.protein_id]) == 1:
                continue
            owner = claims.owner(fragment)
            if owner is None:
                owner = self._gene_beside(fragment, claims, drafts)
            if owner is not None:  # a piece of a gene that is already covered, or the same piece in another frame
                draft = drafts[owner]
                if hit.query.protein_id not in (*draft.protein_ids, *draft.other_rows):
                    drafts[owner] = draft.with_row(hit.query.protein_id)
                continue
            own = claims.free_part(fragment)
            draft = self._best_draft(own, hit.alignment.entry, claims, neighbours)
            named.update(draft.protein_ids)
            claims.take(tuple(with_copies(draft.pieces)), len(drafts))
            drafts.append(draft)
        return drafts

    def _gene_beside(self, fragment: Fragment, claims: Claims, drafts: Sequence[Draft]) -> int | None:
        """Return the draft of which a fragment is a second copy of an end, directly beside it."""
        for number in sorted(claims.near(reach_of(fragment))):
            draft = drafts[number]
            own = Stretch(fragment.start, fragment.end, fragment.strand.amino(fragment.start, fragment.end))
            copy = aligned(fragment.strand, own, self._index.proteins[draft.entry].letters)
            if copy is None or not explained(copy.score, self._best_score(fragment.protein)):
                continue
            if is_copied_end(copy, draft.first, draft.last):
                return number
        return None

    def _best_draft(self, fragment: Fragment, entry: int, claims: Claims, neighbours: Neighbours) -> Draft:
        """Return the draft that a hit belongs to, by its own entry or by that of a hit close by.

        Where a piece is the same in many toxins, its own entry need not be that of the whole gene.
        """
        draft = self._draft(fragment, entry, claims)
        if _is_complete(draft, len(self._index.proteins[entry].letters)):
            return draft
        for other in neighbours.entries(fragment, _MOST_ENTRIES):
            if other == entry:
                continue
            letters = self._index.proteins[other].letters
            moved = realigned(Draft(other, (fragment,)), other, letters)
            if moved is None or claims.owner(moved.first) is not None or not _is_same(moved.first, fragment):
                continue
            if not explained(moved.score, self._best_score(fragment.protein)):
                continue
            alternative = self._draft(moved.first, other, claims)
            if alternative.score > draft.score:
                draft = alternative
        return draft

    def _draft(self, fragment: Fragment, entry: int, claims: Claims) -> Draft:
        """Return the draft that a hit belongs to."""
        letters = self._index.proteins[entry].letters
        parts = fragment.parted()
        tight = fragment.tightened()
        ends = tight.reference_start, len(letters) - tight.reference_end
        if len(parts) == 1 and max(ends) < WORTH_LOOKING_AA:
            return Draft(entry, (fragment,))
        known = parts if len(parts) > 1 else (tight,)
        chain = extend(known, letters, lambda piece: claims.owner(piece) is None and self._fits(piece))
        if len(chain) == 1:
            return Draft(entry, (fragment,))
        named = (replace(piece, protein_id=piece.protein_id or claims.hit_of(piece)) for piece in chain)
        return self._settled(of_chain(entry, tuple(named), letters))

    def _fits(self, piece: Fragment) -> bool:
        return len(piece.protein) < _JUDGED_AA or explained(piece.score, self._best_score(piece.protein))

    def _best_score(self, protein: str) -> int:
        return self._aligner.plain_best(encode_protein(protein.encode()))

    def _settled(self, draft: Draft) -> Draft:
        """Align all pieces with the best entry for the repaired protein, or for the parts of it that were seen."""
        if (compared := self._compared(draft)) is not None:
            if compared.entry == draft.entry:
                return draft
            return realigned(draft, compared.entry, self._index.proteins[compared.entry].letters) or draft
        if len(draft.pieces) == 1:
            return draft
        whole = self._aligner.closest(encode_protein(stitched(draft).encode()))
        if whole is None or whole.entry == draft.entry:
            return draft
        return realigned(draft, whole.entry, self._index.proteins[whole.entry].letters) or draft

    def _compared(self, draft: Draft) -> PartsCompared | None:
        """Return what the parts of a gene that is seen in part are closest to; None if all of it was seen."""
        seen = seen_parts(draft, len(self._index.proteins[draft.entry].letters))
        return None if seen is None else self._by_parts.compare(seen, draft.entry)

    def _over_ends(
        self, drafts: list[Draft], contigs: Callable[[], Iterable[FastaRecord]], contig_count: int
    ) -> list[Draft]:
        joiner = Joiner(self._index, self._best_score)
        drafts = joiner.join(drafts)
        for _ in range(_MOST_ROUNDS):
            cuts = cuts_of(drafts, self._index)
            if not cuts or len(cuts) > MOST_CUTS or contig_count > MOST_CONTIGS:
                break
            small = find_end_pieces(cuts, drafts, contigs(), self._index)
            alone, before = {id(draft) for draft in small}, {id(draft) for draft in drafts}
            joined = [draft for draft in joiner.join([*drafts, *small]) if id(draft) not in alone]
            if {id(draft) for draft in joined} == before:
                break
            drafts = joined
        return [self._settled(draft) for draft in drafts]

    def _found(self, draft: Draft, parts: Mapping[str, Sequence[AlignedQuery]]) -> Found:
        own = [parts[protein_id][0] for protein_id in (*draft.protein_ids, *draft.other_rows)]
        compared = self._compared(draft)
        if compared is not None and len(draft.pieces) > 1:
            alignment = None
        elif len(draft.pieces) > 1:
            alignment = self._as_one(draft)
        else:  # of several toxins in one frame, the one at this position
            beside = parts[own[0].query.protein_id]
            alignment = min(beside, key=lambda part: abs(fragment_of(part).start - draft.first.start)).alignment
        return Found(draft, alignment, tuple(hit.row for hit in own if hit.row is not None), compared)

    def _is_certain(self, one: Found) -> bool:
        """Return whether a gene without a row is as clear, as one protein, as a row has to be.

        Small pieces that cannot be aligned with the closest entry are told by one that is nearly as close.
        """
        whole = one.alignment
        if whole is None and len(one.draft.pieces) > 1:
            protein, letters = stitched(one.draft), self._index.proteins[one.draft.entry].letters
            if not explained(plain_score(protein, letters), self._best_score(protein)):
                return False
            whole = self._aligner.against(encode_protein(protein.encode()), one.draft.entry)
        return whole is not None and whole.evalue <= MAX_EVALUE

    def _as_one(self, draft: Draft) -> Alignment | None:
        """Return the alignment of the repaired protein, None if it omits part of the pieces."""
        whole = self._aligner.closest(encode_protein(stitched(draft).encode()))
        if whole is None or whole.entry != draft.entry:
            return None
        low, high = draft.first.reference_start + 1, draft.last.reference_end
        whole_enough = whole.hit_start <= low + WORTH_LOOKING_AA and whole.hit_end >= high - WORTH_LOOKING_AA
        return whole if whole_enough else None


def _is_same(one: Fragment, other: Fragment) -> bool:
    """Return whether two alignments cover about the same bases: another toxin may be in the same frame."""
    return max(abs(one.start - other.start), abs(one.end - other.end)) <= 3 * _JUDGED_AA


def _is_complete(draft: Draft, length: int) -> bool:
    """Return whether the pieces leave less than a small piece of the reference uncovered."""
    gaps = [piece.reference_start - before.reference_end for before, piece, _ in draft.steps()]
    return max(draft.first.reference_start, length - draft.last.reference_end, *gaps) < _JUDGED_AA


def _clearest_first(part: tuple[AlignedQuery, Fragment]) -> tuple[bool, int, str]:
    hit, _ = part
    return hit.row is None, -hit.alignment.score, hit.query.protein_id


def fragment_of(hit: AlignedQuery) -> Fragment:
    """Return the aligned part of a hit as a piece."""
    orf, alignment = hit.query.orf, hit.alignment
    strand = Strand(hit.query.source, -1 if orf.frame < 0 else 1)
    start, end = strand.own(orf.start, orf.end)
    return Fragment(
        strand=strand,
        start=start + 3 * (alignment.query_start - 1),
        end=start + 3 * alignment.query_end,
        reference_start=alignment.hit_start - 1,
        reference_end=alignment.hit_end,
        score=alignment.score,
        query_row=alignment.query_row,
        reference_row=alignment.hit_row,
        stretch=(start, end),
        protein_id=hit.query.protein_id,
    )
