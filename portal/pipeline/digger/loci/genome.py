"""Find the loci of one genome: from the searched proteins to the content of `loci.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from portal.domain.fasta import FastaFacts
from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.loci.by_parts import PartsComparer
from portal.pipeline.digger.loci.describe import Describer
from portal.pipeline.digger.loci.find import AlignedQuery, LocusFinder
from portal.pipeline.digger.native.align import Aligner
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.reader import FastaRecord
from portal.results.loci import Locus


class LociOfGenomes:
    """Finds the loci of successive genomes."""

    def __init__(self, index: Index, aligner: Aligner, pool: ThreadPoolExecutor) -> None:
        by_parts = PartsComparer(index)
        self._finder = LocusFinder(index, aligner, by_parts)
        self._describer = Describer(index, aligner, by_parts, pool)

    def of(
        self,
        facts: FastaFacts,
        hits: Sequence[AlignedQuery],
        toxins: Sequence[Toxin],
        contigs: Callable[[], Iterable[FastaRecord]],
        searched: int,
    ) -> list[Locus]:
        """Return the loci of a genome in the order of the file.

        Args:
            hits: proteins with their best alignment, in the order of the file, including those too weak for a row.
            toxins: the rows; those found only by a profile become separate loci without a verdict.
            contigs: rereads the genome.
            searched: number of proteins searched.
        """
        if facts.kind != "nucl":
            return self._describer.describe_records(toxins)
        found = self._finder.find(hits, contigs, facts.records)
        unaligned = [toxin for toxin in toxins if toxin.alignment is None]
        return self._describer.describe(found, unaligned, searched)
