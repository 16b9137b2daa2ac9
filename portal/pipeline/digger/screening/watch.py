"""Pick the proteins of a genome that may be genes of the panel, while the engine reads it for toxins.

The gate is a number of 5-mers shared with one entry. Of the 5-mers of proteins that are 50 % identical, 3 % or more are
shared, 11 of 350; unrelated proteins of that length share 4 about once in 100,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from portal.pipeline.digger.native.kmers import ProteinWords
from portal.pipeline.digger.native.queries import Query
from portal.pipeline.digger.orfs import Codes
from portal.pipeline.digger.screening.panel import PAN_C, ScreeningPanel
from portal.results.screening import GenePlace

_BLOCK_RESIDUES = 100_000
_SHARED_KMERS, _SHARED_FRACTION = 4, 0.02  # the fraction is of the shorter protein
# Enough for several operons and their pieces, few enough to bound the work on a file full of copies.
_MOST_OF_A_GENE = 5
_AROUND_BP = 900  # a panC gene has 849 bases: a broken one is within this distance of its largest piece
_MOST_BASES = 6_000
_COMPLEMENT = bytes.maketrans(b"ACGTUNRYSWKMBDHV", b"TGCAANYRSWMKVHDB")


@dataclass(frozen=True)
class ScreenedFrame:
    """A protein that shares 5-mers with a gene; `dna` is given for panC of a genome, in the gene's direction."""

    place: GenePlace
    amino_codes: Codes
    shared: int
    dna: str | None


class Watch:
    """Collects the candidates of one genome."""

    def __init__(self, panel: ScreeningPanel) -> None:
        self._panel = panel
        self._best: dict[str, list[ScreenedFrame]] = {}

    def read(self, queries: Iterable[Query]) -> None:
        """Look at all queries, where no scan for toxins does (see `look`)."""
        block: list[Query] = []
        residues = 0
        for query in queries:
            block.append(query)
            residues += query.orf.length_aa
            if residues >= _BLOCK_RESIDUES:
                self._read(block)
                block, residues = [], 0
        self._read(block)

    def _read(self, block: Sequence[Query]) -> None:
        self.look(block, self._panel.index.kmers.words([query.orf.amino_codes for query in block]))()

    def look(self, block: Sequence[Query], words: ProteinWords) -> Callable[[], None]:
        """Return a function that remembers the proteins of a block that may be genes of the panel."""
        shared = self._panel.index.kmers.shared_by_each(words)
        proteins = self._panel.index.proteins
        found = []
        for at in (shared.max(axis=1, initial=0) >= _SHARED_KMERS).nonzero()[0].tolist():
            entry = int(shared[at].argmax())
            shorter = min(block[at].orf.length_aa, len(proteins[entry].letters))
            if shared[at, entry] >= _SHARED_FRACTION * shorter:
                found.append((self._panel.genes[entry], block[at], int(shared[at, entry])))

        def keep() -> None:
            for gene, query, count in found:
                self._keep(gene, query, count)

        return keep

    def candidates(self) -> list[tuple[str, ScreenedFrame]]:
        """Return the candidates by gene, those that share most first."""
        return [(gene, candidate) for gene in sorted(self._best) for candidate in self._best[gene]]

    def _keep(self, gene: str, query: Query, shared: int) -> None:
        kept = self._best.setdefault(gene, [])
        if len(kept) == _MOST_OF_A_GENE and kept[-1].shared >= shared:
            return
        orf = query.orf
        place = GenePlace(
            contig=query.source.name,
            start=orf.start,
            end=orf.end,
            strand="." if orf.frame == 0 else "-" if orf.frame < 0 else "+",
        )
        dna = _dna(query) if gene == PAN_C and orf.frame else None
        kept.append(ScreenedFrame(place, orf.amino_codes, shared, dna))
        kept.sort(key=lambda candidate: -candidate.shared)  # stable: of equal ones the first in the file
        del kept[_MOST_OF_A_GENE:]


def _dna(query: Query) -> str:
    orf, contig = query.orf, query.source.sequence
    around = contig[max(0, orf.start - 1 - _AROUND_BP) : orf.end + _AROUND_BP]
    if orf.frame < 0:
        around = around.translate(_COMPLEMENT)[::-1]
    return around[:_MOST_BASES].decode("ascii").replace("U", "T")
