"""Align each gene's protein with its closest named toxin and with the equally close ones, for `alignments.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.loci.seen import count_columns
from portal.pipeline.digger.native.align import Aligner, Alignment
from portal.pipeline.digger.native.index import Index, encode_protein
from portal.pipeline.digger.nomenclature import name_before_2020
from portal.results.alignments import AlignedGene, AlignmentsDocument, ReferenceAlignment
from portal.results.loci import LociDocument, Locus

# More is a file of toxins, not a genome; candidates.json has the same limit.
MOST_GENES = 500
# Equally close sequences that are aligned as well; some alleles have dozens.
MOST_EQUAL = 3


class GeneAligner:
    """Aligns the genes of successive genomes with entries of one reference."""

    def __init__(self, index: Index, aligner: Aligner) -> None:
        self._index = index
        self._aligner = aligner
        self._entries: dict[str, int] = {protein.name: at for at, protein in enumerate(index.proteins)}

    def align(self, loci: LociDocument, toxins: Sequence[Toxin]) -> AlignmentsDocument:
        """Return the alignments of the genes that have a closest named toxin."""
        shared = loci.by_row()
        alone = {
            toxin.query.protein_id: toxin.alignment
            for toxin in toxins
            if toxin.alignment and len(shared.get(toxin.query.protein_id, ())) == 1
        }
        named = [locus for locus in loci.loci if locus.reference in self._entries]
        return AlignmentsDocument(
            strain=loci.strain,
            genes=tuple(self._gene(locus, alone) for locus in named[:MOST_GENES]),
            omitted=max(0, len(named) - MOST_GENES),
        )

    def _gene(self, locus: Locus, rows: Mapping[str, Alignment]) -> AlignedGene:
        first, *others = self._sequences([locus.reference or "", *locus.equal_to])
        codes = encode_protein(locus.protein.encode())
        closest = self._of_row(locus, first[0], rows) or self._aligner.against(codes, first[0])
        equal = [(names, self._aligner.against(codes, names[0])) for names in others[:MOST_EQUAL]]
        return AlignedGene(
            locus_id=locus.locus_id,
            alignments=tuple(
                self._record(names, found, is_joined=len(locus.pieces) > 1)
                for names, found in [(first, closest), *equal]
            ),
            omitted=max(0, len(others) - MOST_EQUAL),
        )

    def _sequences(self, names: Iterable[str]) -> list[list[int]]:
        """Return the entries of these names, those of one sequence together, in the order of the names."""
        groups: dict[str, list[int]] = {}
        for entry in dict.fromkeys(self._entries[name] for name in names if name in self._entries):
            groups.setdefault(self._index.proteins[entry].letters, []).append(entry)
        return list(groups.values())

    def _of_row(self, locus: Locus, entry: int, rows: Mapping[str, Alignment]) -> Alignment | None:
        """Return the alignment behind the gene's row, so that both have the same figures; None if there is none.

        A gene of several pieces has no such row: its repaired protein is aligned as one.
        """
        row = rows.get(locus.pieces[0].protein_id or "") if len(locus.pieces) == 1 else None
        if row is None or row.entry != entry:
            return None
        letters = row.query_row.replace("-", "")
        at = locus.protein.find(letters)
        return None if at < 0 else replace(row, query_start=at + 1, query_end=at + len(letters))

    def _record(self, entries: Sequence[int], found: Alignment, *, is_joined: bool) -> ReferenceAlignment:
        identical, different = count_columns([(found.query_row, found.hit_row)], is_joined=is_joined)
        protein, *same = (self._index.proteins[entry] for entry in entries)
        return ReferenceAlignment(
            reference=protein.name,
            reference_1998=name_before_2020(protein.name),
            reference_length=len(protein.letters),
            same=tuple(each.name for each in same),
            identity_percent=round(100 * identical / max(identical + different, 1), 4),
            start=found.query_start,
            end=found.query_end,
            reference_start=found.hit_start,
            reference_end=found.hit_end,
            protein_row=found.query_row,
            reference_row=found.hit_row,
        )
