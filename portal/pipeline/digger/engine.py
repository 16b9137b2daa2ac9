"""The native engine: from genomes to the files of the Digger stage.

    FASTA -> reading frames -> profiles (HMMER), words -> Smith-Waterman -> rules -> tables

Each genome is read, searched and written before the next one, in bounded memory. The same input, reference and
version give the same bytes, whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import parasail
import pyhmmer
import pyopal

from portal import __version__
from portal.domain.errors import InvalidInput
from portal.domain.fasta import Expect, FastaFacts
from portal.domain.message import Message
from portal.pipeline.digger.calls import Candidate, Toxin, call, gate, with_domains
from portal.pipeline.digger.loci.find import AlignedQuery
from portal.pipeline.digger.loci.genome import LociOfGenomes
from portal.pipeline.digger.native.align import MAX_EVALUE, WEAK_EVALUE, Aligner, Alignment
from portal.pipeline.digger.native.index import INDEX_VERSION, Index, load_index
from portal.pipeline.digger.native.queries import Query, read_queries
from portal.pipeline.digger.native.search import MAX_PROTEIN_LENGTH, Scanner
from portal.pipeline.digger.output.annotations import alignment_text, gff3
from portal.pipeline.digger.output.candidates import candidate_alignments, candidate_fasta, find_candidates
from portal.pipeline.digger.output.genbank import day_of, genbank_records
from portal.pipeline.digger.output.gene_alignments import GeneAligner
from portal.pipeline.digger.output.gene_fasta import contigs_of, gene_fasta, protein_fasta
from portal.pipeline.digger.output.screening import SCREENING_COLUMNS, screening_features, screening_rows
from portal.pipeline.digger.output.tables import ALL_TOXINS_COLUMNS, GeneTable, all_toxins_row, strain_list
from portal.pipeline.digger.output.toxins import TSV_COLUMNS, found_toxin, tsv_row
from portal.pipeline.digger.reader import check_fasta, read_fasta
from portal.pipeline.digger.screening.screen import Screener, screener_of, screening_of
from portal.pipeline.digger.screening.watch import Watch
from portal.pipeline.stage import Progress, no_progress
from portal.results import names
from portal.results.alignments import AlignmentsDocument
from portal.results.candidates import COLUMNS as CANDIDATE_COLUMNS
from portal.results.candidates import candidate_rows
from portal.results.codec import to_json
from portal.results.facts import EngineFacts, ReferenceFacts, SequenceFacts
from portal.results.loci import LociDocument, Locus
from portal.results.loci_table import LOCI_COLUMNS, locus_row
from portal.results.names import ALIGNMENTS_JSON, CANDIDATES_JSON, LOCI_JSON, SCREENING_JSON
from portal.results.screening import ScreeningDocument
from portal.results.toxins import DiggerRun, SearchedStrain, ToxinsDocument

# Approximate fraction of a genome's time for reading frames and profiles; alignments and files take the rest.
_SCAN_SHARE = 0.8


@dataclass(frozen=True)
class GenomeHits:
    """The results of one genome: rows in the real tool's order, loci, notes for the user, what screening has seen."""

    toxins: tuple[Toxin, ...]
    loci: tuple[Locus, ...]
    notes: tuple[Message, ...]
    watch: Watch | None = None


@dataclass(frozen=True)
class DiggerSummary:
    """The results of a run, and the files written below its folder."""

    strains: tuple[SearchedStrain, ...]
    outputs: tuple[str, ...]


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

    def find(self, genome: Path, facts: FastaFacts, progress: Progress) -> GenomeHits:
        """Return the rows and the loci of one genome."""
        letters_done = 0
        last_source: str | None = None

        def on_done(query: Query) -> None:
            nonlocal letters_done, last_source
            if query.source.name != last_source:
                letters_done += len(query.source.sequence)
                last_source = query.source.name
            progress(_SCAN_SHARE * min(1.0, letters_done / max(facts.letters, 1)), Message("progress.searching"))

        watch = self._screener.watch() if self._screener else None
        queries = read_queries(genome, facts.kind)
        scan = self._scanner.scan(watch.through(queries) if watch else queries, on_done)
        candidates = gate(scan, self._index)
        aligned = self._aligned(candidates, progress)
        called = (call(candidate, _significant(alignment), self._index) for candidate, alignment in aligned)
        toxins = with_domains([toxin for toxin in called if toxin], self._index, self._pool)
        rows = {toxin.query.protein_id: toxin for toxin in toxins if toxin.alignment}
        hits = [
            AlignedQuery(candidate.query, alignment, rows.get(candidate.query.protein_id))
            for candidate, alignment in aligned
            if alignment is not None
        ]
        loci = self._loci.of(facts, hits, toxins, lambda: read_fasta(genome), scan.searched)
        return GenomeHits(tuple(toxins), tuple(loci), _notes(facts, scan.too_long), watch)

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
    with ThreadPoolExecutor(max_workers=threads) as pool, _Results(out_dir, index, reference_facts) as results:
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
    """Return the results and the file type used: coding sequences without a hit may be a wrong guess."""
    found = engine.find(path, facts, progress)
    if found.toxins or facts.kind != "orfs" or not guessed:
        return facts, found
    facts = replace(facts, kind="nucl", notes=(*facts.notes, Message("note.searched_as_genome")))
    return facts, engine.find(path, facts, progress)


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


class _Results:
    """Writes the files of a run as its genomes are finished."""

    def __init__(self, out_dir: Path, index: Index, reference_facts: Mapping[str, Any]) -> None:
        out_dir.mkdir(parents=True, exist_ok=True)
        self._dir = out_dir
        self._genes = GeneTable()
        self._strains: list[SearchedStrain] = []
        self._outputs = [names.ALL_TOXINS, names.GENE_TABLE, names.TOXINS_TSV, names.LOCI_TSV]
        self._outputs += [names.SCREENING_TSV, names.CANDIDATES_TSV, names.DIGGER_JSON]
        self._engine = EngineFacts(
            name="native",
            version=__version__,
            index=INDEX_VERSION,
            libraries={library.__name__: library.__version__ for library in (pyhmmer, pyopal, parasail, np)},
        )
        self._reference = ReferenceFacts(
            name=reference_facts.get("name"),
            version=reference_facts.get("version"),
            blind_spots=_tuple_or_none(reference_facts.get("blind_spots")),
            sha256=index.sha256,
            entries=len(index.proteins),
        )

    def __enter__(self) -> _Results:
        self._rows: IO[str] = self._open(names.ALL_TOXINS)
        self._tsv: IO[str] = self._open(names.TOXINS_TSV)
        self._rows.write("\t".join(ALL_TOXINS_COLUMNS) + "\n")
        self._tsv.write("\t".join(TSV_COLUMNS) + "\n")
        self._loci: IO[str] = self._open(names.LOCI_TSV)
        self._loci.write("\t".join(LOCI_COLUMNS) + "\n")
        self._screening: IO[str] = self._open(names.SCREENING_TSV)
        self._screening.write("\t".join(SCREENING_COLUMNS) + "\n")
        self._candidates: IO[str] = self._open(names.CANDIDATES_TSV)
        self._candidates.write("\t".join(CANDIDATE_COLUMNS) + "\n")
        return self

    def __exit__(self, *exception: object) -> None:
        self._rows.close()
        self._tsv.close()
        self._loci.close()
        self._screening.close()
        self._candidates.close()

    def add(
        self,
        strain: str,
        facts: FastaFacts,
        hits: GenomeHits,
        screening: ScreeningDocument,
        *,
        day: date,
        alone: bool,
    ) -> None:
        toxins = hits.toxins
        loci = LociDocument(strain=strain, loci=hits.loci)
        genes = loci.by_row()
        sequences = {"contigs": facts.records, "bases": facts.letters, "n50": facts.n50}
        document = ToxinsDocument(
            strain=strain,
            engine=self._engine,
            reference=self._reference,
            sequences=SequenceFacts(**sequences, kind=facts.kind),
            toxins=tuple(map(found_toxin, toxins)),
        )
        name = names.TOXINS_JSON if alone else names.strain_toxins(strain)
        self._write(name, to_json(document, indent=True).decode())
        for toxin, found in zip(toxins, document.toxins, strict=True):
            self._rows.write(all_toxins_row(strain, toxin))
            self._tsv.write(tsv_row(strain, found, genes.get(found.protein_id, ())))
        self._write(names.strain_list(strain), strain_list(toxins, facts.kind))
        self._write(names.strain_gff3(strain), gff3(toxins, loci) + screening_features(screening))
        if facts.kind != "prot":
            self._write(names.strain_genbank(strain), "".join(genbank_records(toxins, day, loci)))
        self._genes.add(strain, toxins)
        accessory = sum(toxin.accessory for toxin in toxins)
        self._strains.append(
            SearchedStrain(
                strain=strain,
                **sequences,
                kind=facts.kind,
                toxins=len(toxins) - accessory,
                accessory=accessory,
                notes=tuple(map(str, hits.notes)),
                remarks=hits.notes,
            )
        )
        self._add_loci(loci, alone=alone)
        self._add_candidates(loci, toxins, alone=alone)
        self._write(SCREENING_JSON if alone else f"{strain}.{SCREENING_JSON}", to_json(screening, indent=True).decode())
        self._screening.writelines(screening_rows(screening))

    def _add_loci(self, document: LociDocument, *, alone: bool) -> None:
        name = LOCI_JSON if alone else f"{document.strain}.{LOCI_JSON}"
        self._write(name, to_json(document, indent=True).decode())
        self._loci.writelines(locus_row(document.strain, locus) for locus in document.loci)

    def _add_candidates(self, loci: LociDocument, toxins: Sequence[Toxin], *, alone: bool) -> None:
        document = find_candidates(loci, toxins)
        name = CANDIDATES_JSON if alone else f"{loci.strain}.{CANDIDATES_JSON}"
        self._write(name, to_json(document, indent=True).decode())
        self._candidates.writelines(candidate_rows(document))
        if document.candidates:
            self._write(names.strain_candidates(loci.strain), candidate_fasta(document))
            alignments = candidate_alignments(document, loci, toxins)
            self._write(names.strain_candidate_alignments(loci.strain), alignments)

    def add_genes(self, strain: str, genome: Path, hits: GenomeHits) -> None:
        """Write the genes as proteins and, if they have a position on a contig, as DNA."""
        self._write(names.strain_proteins(strain), protein_fasta(hits.loci))
        if all(piece.strand == "." for locus in hits.loci for piece in locus.pieces) and hits.loci:
            return
        wanted = contigs_of(hits.loci)
        contigs = {each.name: each.sequence for each in read_fasta(genome) if each.name in wanted} if wanted else {}
        self._write(names.strain_genes(strain), gene_fasta(hits.loci, hits.toxins, contigs))

    def add_gene_alignments(self, document: AlignmentsDocument, *, alone: bool) -> None:
        name = ALIGNMENTS_JSON if alone else f"{document.strain}.{ALIGNMENTS_JSON}"
        self._write(name, to_json(document, indent=True).decode())

    def add_alignments(self, strain: str, toxins: Sequence[Toxin]) -> None:
        self._write(names.strain_alignments(strain), "".join(map(alignment_text, toxins)))

    def finish(self) -> DiggerSummary:
        self._rows.flush()
        self._tsv.flush()
        self._loci.flush()
        self._screening.flush()
        self._candidates.flush()
        with self._open(names.GENE_TABLE) as stream:
            stream.write(self._genes.text())
        without = [s.strain for s in self._strains if not s.toxins + s.accessory]
        if without:
            self._write(names.WITHOUT_TOXINS, "".join(f"{strain}\n" for strain in without))
        run = DiggerRun(engine=self._engine, reference=self._reference, strains=tuple(self._strains))
        with self._open(names.DIGGER_JSON) as stream:
            stream.write(to_json(run, indent=True).decode())
        return DiggerSummary(tuple(self._strains), tuple(sorted(self._outputs)))

    def _open(self, name: str) -> IO[str]:
        return (self._dir / name).open("w", encoding="utf-8", newline="\n")

    def _write(self, name: str, text: str) -> None:
        with self._open(name) as stream:
            stream.write(text)
        self._outputs.append(name)


def _tuple_or_none(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
