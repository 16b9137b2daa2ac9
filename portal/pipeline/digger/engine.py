"""The native engine: from genomes to the files of the Digger stage.

    FASTA -> reading frames -> profiles (HMMER), words -> Smith-Waterman -> rules -> tables

Each genome is read, searched and written before the next one, in bounded memory. The same input, reference and
version give the same bytes, whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from portal.domain.errors import InvalidInput
from portal.domain.fasta import Expect, FastaFacts
from portal.domain.message import Message
from portal.pipeline.digger.calls import Candidate, call, gate, with_domains
from portal.pipeline.digger.genome_hits import GenomeHits, merged
from portal.pipeline.digger.loci.find import AlignedQuery
from portal.pipeline.digger.loci.genome import LociOfGenomes
from portal.pipeline.digger.native.align import MAX_EVALUE, WEAK_EVALUE, Aligner, Alignment
from portal.pipeline.digger.native.index import Index, load_index
from portal.pipeline.digger.native.queries import IsWanted, Query, read_queries
from portal.pipeline.digger.native.search import MAX_PROTEIN_LENGTH, Scanner
from portal.pipeline.digger.output.genbank import day_of
from portal.pipeline.digger.output.gene_alignments import GeneAligner
from portal.pipeline.digger.output.run_files import DiggerSummary, RunFiles
from portal.pipeline.digger.reader import FastaRecord, check_fasta, read_fasta
from portal.pipeline.digger.record_kinds import nucleotide_records, record_names, unexplained_records
from portal.pipeline.digger.screening.screen import Screener, screener_of, screening_of
from portal.pipeline.digger.screening.watch import Watch
from portal.pipeline.stage import Progress, no_progress
from portal.results.alignments import AlignmentsDocument
from portal.results.loci import LociDocument

# Approximate fraction of a genome's time for reading frames and profiles; alignments and files take the rest.
_SCAN_SHARE = 0.8


class Engine:
    """A loaded reference and a thread pool; finds the toxins of successive genomes."""

    def __init__(self, index: Index, pool: ThreadPoolExecutor, threads: int, screener: Screener | None = None) -> None:
        self._index = index
        self._screener = screener
        self._pool = pool
        self._scanner = Scanner(index, pool, threads)
        self._aligner = Aligner(index)
        self._loci = LociOfGenomes(index, self._aligner, pool)
        self._genes = GeneAligner(index, self._aligner)

    def find(
        self,
        genome: Path,
        facts: FastaFacts,
        progress: Progress,
        *,
        is_wanted: IsWanted | None = None,
        watch: Watch | None = None,
    ) -> GenomeHits:
        """Return the rows and the loci of one genome.

        Args:
            is_wanted: tells by its name whether a record is searched; default: all are.
            watch: what screening has seen of the other records, to be continued.
        """
        letters_done = 0
        last_source: str | None = None

        def on_done(query: Query) -> None:
            nonlocal letters_done, last_source
            if query.source.name != last_source:
                letters_done += len(query.source.sequence)
                last_source = query.source.name
            progress(_SCAN_SHARE * min(1.0, letters_done / max(facts.letters, 1)), Message("progress.searching"))

        if watch is None and self._screener:
            watch = self._screener.watch()
        scan = self._scanner.scan(read_queries(genome, facts.kind, is_wanted), on_done, watch)
        candidates = gate(scan, self._index)
        aligned = self._aligned(candidates, progress)
        called = (call(candidate, _significant(alignment), self._index) for candidate, alignment in aligned)
        toxins = with_domains([toxin for toxin in called if toxin], self._index, self._pool)
        rows = {toxin.query.protein_id: toxin for toxin in toxins if toxin.alignment}
        hits = [
            AlignedQuery(candidate.query, alignment.closest, rows.get(candidate.query.protein_id))
            for candidate, alignment in aligned
            if alignment is not None
        ]

        def contigs() -> Iterator[FastaRecord]:
            return (record for record in read_fasta(genome) if not is_wanted or is_wanted(record.name))

        loci = self._loci.of(facts, hits, toxins, contigs, scan.searched)
        return GenomeHits(tuple(toxins), tuple(loci), _notes(facts, scan.too_long), watch)

    def read_otherwise(self, genome: Path, names: Set[str]) -> frozenset[str]:
        """Return those of the named coding sequences that have a toxin in another reading frame than their first."""
        queries = (query for query in read_queries(genome, "nucl", names.__contains__) if query.orf.frame != 1)
        scan = self._scanner.scan(queries)
        aligned = self._aligned(gate(scan, self._index), no_progress)
        return frozenset(
            candidate.query.source.name
            for candidate, alignment in aligned
            if call(candidate, _significant(alignment), self._index)
        )

    def alignments(self, strain: str, hits: GenomeHits) -> AlignmentsDocument:
        """Return the genes of one genome aligned with the named toxins that they are closest to."""
        return self._genes.align(LociDocument(strain=strain, loci=hits.loci), hits.toxins)

    def _aligned(self, candidates: Sequence[Candidate], progress: Progress) -> list[tuple[Candidate, Alignment | None]]:
        def best(candidate: Candidate) -> Alignment | None:
            if candidate.seeds:
                return self._aligner.best_of_families(candidate.query.orf.amino_codes, candidate.seeds)
            return self._aligner.best(candidate.query.orf.amino_codes, WEAK_EVALUE)

        aligned = []
        for candidate, alignment in zip(candidates, self._pool.map(best, candidates), strict=True):
            aligned.append((candidate, alignment))
            progress(_SCAN_SHARE + (1 - _SCAN_SHARE) * len(aligned) / len(candidates), Message("progress.aligning"))
        return aligned


def run_digger(
    genomes: Sequence[tuple[str, Path]],
    out_dir: Path,
    *,
    reference_fasta: Path,
    cache_dir: Path,
    reference_facts: Mapping[str, Any],
    threads: int,
    progress: Progress = no_progress,
    kind: str = "auto",
    alignments: bool = False,
    screening: Path | None = None,
) -> DiggerSummary:
    """Search genomes, given as (strain, FASTA), and write all result files into `out_dir`.

    `kind` is auto, nucl, orfs or prot; with `alignments`, the alignment of each best hit is also written. `screening`
    is the folder of the screening panel; without a usable one the genomes are not screened, and `screening.json` says
    so.

    Raises:
        InvalidInput: an input file or the reference is invalid.
    """
    index = load_index(reference_fasta, cache_dir, threads)
    checked = [(strain, path, _checked(path, cast(Expect, kind), many=len(genomes) > 1)) for strain, path in genomes]
    with ThreadPoolExecutor(max_workers=threads) as pool, RunFiles(out_dir, index, reference_facts) as results:
        screener = screener_of(screening)
        engine = Engine(index, pool, threads, screener)
        for number, (strain, path, checked_facts) in enumerate(checked):
            share = _Share(progress, number, len(checked))
            facts, found = _searched(engine, path, checked_facts, share, guessed=kind == "auto")
            screened = screening_of(screener, strain, facts, found.watch)
            results.add(strain, facts, found, screened, day=day_of(path), alone=len(checked) == 1)
            results.add_genes(strain, path, found)
            results.add_gene_alignments(engine.alignments(strain, found), alone=len(checked) == 1)
            if alignments:
                results.add_alignments(strain, found.toxins)
            share(1.0, Message("progress.found", strain=strain, count=len(found.toxins)))
        return results.finish()


@dataclass(frozen=True)
class _Share:
    """The progress of one of several genomes as a fraction of the whole."""

    whole: Progress
    number: int
    count: int

    def __call__(self, fraction: float, message: Message | None = None) -> None:
        self.whole((self.number + fraction) / self.count, message)


def _checked(path: Path, expect: Expect, *, many: bool) -> FastaFacts:
    try:
        return check_fasta(path, expect)
    except InvalidInput as error:
        if not many:
            raise
        raise InvalidInput(Message("input.file", name=path.name, reason=error.reason), line=error.line) from error


def _searched(
    engine: Engine, path: Path, facts: FastaFacts, progress: Progress, *, guessed: bool
) -> tuple[FastaFacts, GenomeHits]:
    """Return the results and the file type used; records that are not what was guessed are searched as a genome."""
    if facts.kind == "nucl" or not guessed:
        return facts, engine.find(path, facts, progress)
    if facts.kind == "prot":
        return facts, _with_genome_records(engine, path, facts, progress, nucleotide_records(path))
    found = engine.find(path, facts, progress)
    unlike = engine.read_otherwise(path, unexplained_records(path, found.loci)) if found.toxins else frozenset()
    if not found.toxins or len(unlike) == facts.records:
        facts = replace(facts, kind="nucl", notes=(*facts.notes, Message("note.searched_as_genome")))
        return facts, engine.find(path, facts, progress)
    return facts, _with_genome_records(engine, path, facts, progress, unlike) if unlike else found


def _with_genome_records(
    engine: Engine, path: Path, facts: FastaFacts, progress: Progress, names: Set[str]
) -> GenomeHits:
    """Return the results of a file of which the named records are searched as a genome."""
    found = engine.find(path, facts, progress, is_wanted=lambda name: name not in names)
    if not names:
        return found
    note = Message("note.records_as_genome", count=len(names), total=facts.records)
    of_genome = replace(facts, kind="nucl", records=len(names), ambiguous=0, notes=(note,))
    others = engine.find(path, of_genome, progress, is_wanted=names.__contains__, watch=found.watch)
    return merged((found, others), record_names(path))


def _significant(alignment: Alignment | None) -> Alignment | None:
    """Return the alignment if it is strong enough for a row; a weaker one may still be a piece of a gene."""
    return alignment if alignment and alignment.evalue <= MAX_EVALUE else None


def _notes(facts: FastaFacts, too_long: Sequence[str]) -> tuple[Message, ...]:
    notes = list(facts.notes)
    if facts.ambiguous and facts.kind != "prot":
        notes.append(Message("note.ambiguous", count=facts.ambiguous))
    if too_long:
        notes.append(Message("note.frames_too_long", count=len(too_long), limit=MAX_PROTEIN_LENGTH))
    return tuple(notes)
