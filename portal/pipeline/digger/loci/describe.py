"""Turn the loci that were found into the records of `loci.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from msgspec.structs import replace

from portal.domain.toxin_names import is_accessory
from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.loci.by_parts import PartsCompared, PartsComparer
from portal.pipeline.digger.loci.drafts import Draft, hides, repaired, stitched
from portal.pipeline.digger.loci.ends import MISSING_AA
from portal.pipeline.digger.loci.events import (
    BREAKS,
    changed_start,
    events_of,
    is_cut_short,
    lost_head,
    lost_inside,
    lost_tail,
    step_events,
    unknown_inside,
    verdict_of,
)
from portal.pipeline.digger.loci.find import Found
from portal.pipeline.digger.loci.fragments import Fragment
from portal.pipeline.digger.loci.fused import PartFinder
from portal.pipeline.digger.loci.naming import common_name
from portal.pipeline.digger.loci.profile_only import unaligned_locus, with_reading
from portal.pipeline.digger.loci.read_on import read_on
from portal.pipeline.digger.loci.recognise import recognised
from portal.pipeline.digger.loci.records import ends_of, pieces_of, seen_of_record, stops_inside
from portal.pipeline.digger.loci.seen import count_columns, seen_residues
from portal.pipeline.digger.native.align import Aligner, Alignment
from portal.pipeline.digger.native.domains import DomainHit, find_domains
from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.nomenclature import name_before_2020
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes, decode_protein
from portal.results.loci import DomainPart, EventKind, Locus, Piece

_STOP = AMINO_LETTERS.index("*")


class Describer:
    """Describe the loci of a genome; the domains of each reference entry are looked up once."""

    def __init__(self, index: Index, aligner: Aligner, by_parts: PartsComparer, pool: ThreadPoolExecutor) -> None:
        self._index = index
        self._aligner = aligner
        self._by_parts = by_parts
        self._fused = PartFinder(index, aligner)
        self._pool = pool
        self._domains: dict[int, tuple[DomainHit, ...]] = {}

    def describe(self, found: Sequence[Found], unaligned: Sequence[Toxin], searched: int) -> list[Locus]:
        """Return the loci, numbered from L1 by contig name and position.

        Args:
            unaligned: rows found by a profile only.
            searched: number of proteins searched, on which E-values depend.
        """
        told = Counter(row.query.protein_id for one in found for row in one.rows)
        mended = [
            one for one in found if len(one.draft.pieces) > 1 or not one.rows or told[one.rows[0].query.protein_id] > 1
        ]
        proteins = [encode_protein(stitched(one.draft).encode()) for one in mended]
        looked = dict(zip(map(id, mended), self._looked_at(proteins, searched), strict=True))
        self._find_domains_of({one.draft.entry for one in found})
        loci = [
            self._locus(one, *(looked.get(id(one)) or (one.rows[0].domains, one.rows[0].family is not None)))
            for one in found
        ]
        for toxin in unaligned:
            loci = with_reading(loci, unaligned_locus(toxin))
        return [replace(locus, locus_id=f"L{number}") for number, locus in enumerate(sorted(loci, key=_place), start=1)]

    def _looked_at(self, proteins: Sequence[Codes], searched: int) -> list[tuple[Mapping[str, str], bool]]:
        """Return the domains of repaired proteins, and whether a family's profile recognises them."""
        if not proteins:
            return []
        calls = find_domains(self._index.domains, proteins, self._pool)
        known = recognised(self._index, proteins, searched, self._pool)
        return [(call, is_known) for (call, _), is_known in zip(calls, known, strict=True)]

    def describe_records(self, toxins: Sequence[Toxin]) -> list[Locus]:
        """Return the loci of a file in which each record is one gene."""
        loci = [locus for toxin in toxins for locus in self._of_record(toxin)]
        return [replace(locus, locus_id=f"L{number}") for number, locus in enumerate(loci, start=1)]

    def _of_record(self, toxin: Toxin) -> list[Locus]:
        """Return the toxins of one record: usually one, several if genes are fused."""
        if toxin.alignment is None:
            return [unaligned_locus(toxin)]
        codes = toxin.query.orf.amino_codes
        parts = sorted(self._fused.parts(codes, toxin.alignment), key=lambda part: part.query_start)
        if len(parts) == 1:
            return [self._record(toxin, self._closest_by_parts(toxin, parts[0]))]
        loci = [replace(self._record(toxin, part), protein=_part_of(toxin, part), as_read=None) for part in parts]
        looked = self._looked_at([encode_protein(locus.protein.encode()) for locus in loci], len(loci))
        return [
            replace(locus, domain_calls=dict(calls), hmm=hmm) for locus, (calls, hmm) in zip(loci, looked, strict=True)
        ]

    def _compared(self, toxin: Toxin, alignment: Alignment) -> PartsCompared | None:
        """Return what the parts of a record that were seen are closest to; None if all of its gene was seen."""
        begins, ends = ends_of(toxin, alignment, len(self._index.proteins[alignment.entry].letters))
        seen = seen_of_record(toxin, alignment, begins=bool(begins), ends=bool(ends))
        return None if seen is None else self._by_parts.compare(seen, alignment.entry)

    def _closest_by_parts(self, toxin: Toxin, alignment: Alignment) -> Alignment:
        """Return the alignment of a record with the entry that the parts of it that were seen are closest to."""
        compared = self._compared(toxin, alignment)
        if compared is None or compared.entry == alignment.entry:
            return alignment
        return self._aligner.against(toxin.query.orf.amino_codes, compared.entry)

    def _record(self, toxin: Toxin, alignment: Alignment) -> Locus:
        entry = self._index.proteins[alignment.entry]
        pieces, stopped = pieces_of(toxin, alignment)
        begins, ends = ends_of(toxin, alignment, len(entry.letters))
        compared = self._compared(toxin, alignment)
        events = [*begins, *stopped, *ends]
        ranges = [(piece.reference_start or 1, piece.reference_end or 0) for piece in pieces]
        covered = sum(last - first + 1 for first, last in ranges)
        lost = len(entry.letters) - covered - sum(event.kind is EventKind.STOP for event in stopped)
        ties = [self._index.proteins[at].name for at in (compared or alignment).ties]
        seen = seen_residues(alignment.query_row, alignment.hit_row)
        protein = toxin.query.orf.protein
        stops = stops_inside(toxin.query)
        return Locus(
            locus_id="",
            name=common_name(entry.name, ties),
            equal_to=tuple(ties),
            reference=entry.name,
            reference_1998=name_before_2020(entry.name),
            reference_length=len(entry.letters),
            verdict=verdict_of(events, lost, len(entry.letters)),
            hmm=toxin.family is not None,
            identity_percent=round(compared.identity if compared else alignment.known_identity, 4),
            coverage_percent=round(100 * min(covered, seen) / len(entry.letters), 4),
            accessory=toxin.accessory,
            pieces=tuple(pieces),
            events=tuple(events),
            domains=self._parts(alignment.entry, ranges),
            domain_calls=dict(toxin.domains),
            protein=protein,
            as_read=protein[: stops[0]] if stops else None,
        )

    def _locus(self, one: Found, calls: Mapping[str, str], hmm: bool) -> Locus:
        draft = one.draft
        entry = self._index.proteins[draft.entry]
        events = events_of(draft, len(entry.letters))
        rows = {row.query.protein_id for row in one.rows}
        identity, coverage = _figures(one, len(entry.letters))
        if goes_on := read_on(draft, len(entry.letters), identity, (known.letters for known in self._index.proteins)):
            events.append(goes_on)
        if start := changed_start(draft, entry.letters, identity):
            events.insert(0, start)
        lost = lost_head(draft, identity) + lost_inside(draft) + lost_tail(draft, len(entry.letters), identity)
        as_close = one.compared or one.alignment
        ties = [self._index.proteins[at].name for at in as_close.ties] if as_close else []
        return Locus(
            locus_id="",
            name=common_name(entry.name, ties),
            equal_to=tuple(ties),
            reference=entry.name,
            reference_1998=name_before_2020(entry.name),
            reference_length=len(entry.letters),
            verdict=verdict_of(
                events,
                lost,
                len(entry.letters),
                unknown=unknown_inside(draft),
                cut_short=is_cut_short(draft, len(entry.letters)),
            ),
            hmm=hmm,
            identity_percent=round(identity, 4),
            coverage_percent=round(coverage, 4),
            accessory=is_accessory(entry.name),
            pieces=_pieces(draft, rows),
            events=tuple(events),
            domains=self._parts(
                draft.entry, [(piece.reference_start + 1, piece.reference_end) for piece in draft.pieces]
            ),
            domain_calls=dict(calls),
            protein=repaired(draft),
            as_read=_as_read(draft) if any(event.kind in BREAKS for event in events) else None,
            other_rows=tuple(protein_id for protein_id in draft.other_rows if protein_id in rows),
        )

    def _parts(self, entry: int, ranges: Sequence[tuple[int, int]]) -> tuple[DomainPart, ...]:
        """Return the domains of the reference entry, and how much of each the pieces cover."""
        return tuple(
            DomainPart(
                name=span.name,
                start=span.start,
                end=span.end,
                share=round(_share(span.start, span.end, ranges), 4),
            )
            for span in self._domains_of(entry)
        )

    def _domains_of(self, entry: int) -> tuple[DomainHit, ...]:
        self._find_domains_of({entry})
        return self._domains[entry]

    def _find_domains_of(self, entries: Set[int]) -> None:
        """Look up the domains of reference entries, all in one search."""
        wanted = sorted(entries - self._domains.keys())
        if wanted:
            codes = [self._index.proteins[entry].amino_codes for entry in wanted]
            found = find_domains(self._index.domains, codes, self._pool)
            self._domains |= {entry: spans for entry, (_, spans) in zip(wanted, found, strict=True)}


def _part_of(toxin: Toxin, part: Alignment) -> str:
    return toxin.query.orf.protein[part.query_start - 1 : part.query_end]


def _place(locus: Locus) -> tuple[str, int]:
    return locus.pieces[0].contig, locus.pieces[0].start


def _share(start: int, end: int, ranges: Sequence[tuple[int, int]]) -> float:
    covered = sum(max(0, min(end, last) - max(start, first) + 1) for first, last in ranges)
    return covered / (end - start + 1)


def _figures(one: Found, length: int) -> tuple[float, float]:
    """Return the identity, and the share of the entry's residues in the range of a piece that were seen, in percent.

    A codon that a break splits is no loss: fewer residues between two pieces than are reported as missing are covered.
    """
    pieces = one.draft.pieces
    covered = sum(seen_residues(piece.query_row, piece.reference_row) for piece in pieces)
    for before, piece, joint in one.draft.steps():
        gap = piece.reference_start - before.reference_end
        covered += gap if gap < MISSING_AA and not hides(before, piece, joint) else 0
    if one.compared is not None:
        return one.compared.identity, 100 * covered / length
    if one.alignment is None or len(pieces) == 1:
        rows = [(piece.query_row, piece.reference_row) for piece in pieces]
    else:
        rows = [(one.alignment.query_row, one.alignment.hit_row)]
    identical, different = count_columns(rows, is_joined=len(pieces) > 1)
    return 100 * identical / max(identical + different, 1), 100 * covered / length


def _pieces(draft: Draft, rows: Set[str]) -> tuple[Piece, ...]:
    """Return the pieces; those read as one, across contigs or a gap, have the same reading number."""
    reading, pieces = 1, [_piece(draft.first, 1, rows)]
    for before, piece, joint in draft.steps():
        reading += any(event.kind in BREAKS for event in step_events(before, piece, joint))
        pieces.append(_piece(piece, reading, rows))
    return tuple(pieces)


def _piece(piece: Fragment, reading: int, rows: Set[str]) -> Piece:
    start, end = piece.strand.on_plus(piece.start, piece.end)
    return Piece(
        protein_id=piece.protein_id if piece.protein_id in rows else None,
        contig=piece.strand.name,
        start=start,
        end=end,
        strand="+" if piece.strand.sign > 0 else "-",
        reading=reading,
        reference_start=piece.reference_start + 1,
        reference_end=piece.reference_end,
        identity_percent=round(piece.known_identity, 4),
    )


def _as_read(draft: Draft) -> str:
    """Return what the cell translates from the gene: one frame, from its start to the first stop."""
    first = draft.first
    amino = first.strand.amino(first.start, first.stretch[1])
    stops = np.flatnonzero(amino == _STOP)
    return decode_protein(amino[: stops[0]] if len(stops) else amino)
