"""Run an installed BtToxin_Digger, and produce the same files as the native engine.

Its pitfalls are handled in the other modules of this package: names, headers and letters in `staging`, what is
installed in `installation`, the validity of a run in `check_run`, its files in `results`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal import __version__
from portal.domain.fasta import FastaFacts
from portal.domain.message import Message
from portal.pipeline.digger import engine
from portal.pipeline.digger.output.annotations import gff3
from portal.pipeline.digger.output.genbank import day_of, genbank_records
from portal.pipeline.digger.output.screening import write_screening
from portal.pipeline.digger.output.tables import ALL_TOXINS_COLUMNS, strain_list
from portal.pipeline.digger.output.toxins import TSV_COLUMNS, circular_contigs, found_toxin, tsv_row
from portal.pipeline.digger.reader import check_fasta
from portal.pipeline.digger.screening.screen import screen_file
from portal.pipeline.digger.upstream.check_run import MIN_N50, LowN50, check_run
from portal.pipeline.digger.upstream.installation import ToolInstallation, find_installation, tool_environment
from portal.pipeline.digger.upstream.results import ToolResult, read_list, read_result, read_table
from portal.pipeline.digger.upstream.staging import INPUT_FOLDER, STAGED_STRAIN, SUFFIX, StagedGenome, stage_genome
from portal.pipeline.process import Limits, run_tool
from portal.pipeline.stage import Progress, no_progress
from portal.results import names
from portal.results.codec import to_json
from portal.results.facts import EngineFacts, ReferenceFacts, SequenceFacts
from portal.results.toxins import DiggerRun, SearchedStrain, ToxinsDocument
from portal.typed_json import convert

DEFAULT_TIMEOUT_S = 6 * 3600.0
# A 6 Mb genome with 44 hits needs 265 MB for its .gbk and over 500 MB for BLAST's output.
DEFAULT_SCRATCH_BYTES = 10_000_000_000
_LOG_TAIL_BYTES = 200_000
# What the tool prints after each step of a nucleotide run, and the fraction of the work done by then.
_MILESTONES = ((".prefilter.stats", 0.05), (".filtered.stats", 0.1), ("Accuracy =", 0.7))
log = logging.getLogger("portal.pipeline")


def run_adapter(
    genome: Path,
    strain: str,
    out_dir: Path,
    work_dir: Path,
    *,
    options: Mapping[str, Any],
    threads: int,
    progress: Progress = no_progress,
    screening: Path | None = None,
) -> Mapping[str, Any]:
    """Search one genome with BtToxin_Digger and write the files of the Digger stage into `out_dir`.

    `options`: `executable`, `database` (file or folder; both found automatically in a usual installation), `low_n50`
    (`fail`, or `native` with `reference` as in the stage's facts: the native engine takes genomes that the tool
    refuses), `timeout_s`, `scratch_bytes`, `memory_bytes` (address space of each of its processes).
    Return engine, version, database and counts; `engine` is `native` if that engine did the work.

    Raises:
        InvalidInput: the genome is not DNA.
        StageError: not installed, failed, too slow, too large, or an N50 that the tool does not accept.
    """
    facts = check_fasta(genome, "nucl")
    try:
        with _staged(genome, work_dir) as staged:
            if staged.contigs and staged.n50 < MIN_N50:
                raise LowN50(staged.n50)
            run = _Run(options, threads, progress, work_dir / "bttoxin.log", day_of(genome))
            found = _search(staged, facts, strain, out_dir, run)
        write_screening(screen_file(screening, strain, genome, facts), out_dir)
        return found
    except LowN50 as refusal:
        reference = options.get("reference")
        if options.get("low_n50") != "native" or not reference:
            raise
        log.info("N50 %d is below %d: the native engine searches this genome", refusal.n50, MIN_N50)
        return _native(genome, strain, out_dir, reference, threads, progress, refusal, screening)


@dataclass(frozen=True)
class _Run:
    options: Mapping[str, Any]
    threads: int
    progress: Progress
    log: Path
    day: date


@contextmanager
def _staged(genome: Path, work_dir: Path) -> Iterator[StagedGenome]:
    """Stage the genome, and remove all files of the run at the end."""
    staged = stage_genome(genome, work_dir)
    try:
        yield staged
    finally:
        shutil.rmtree(staged.scratch, ignore_errors=True)


def _search(staged: StagedGenome, facts: FastaFacts, strain: str, out_dir: Path, run: _Run) -> Mapping[str, Any]:
    installation = find_installation(run.options, staged.scratch, run.log)
    log.info("BtToxin_Digger %s, database %s", installation.version, installation.database.get("name", "not found"))
    result = None
    if staged.contigs:
        _run_tool(staged, installation, run)
        result = read_result(staged, strain)
    outcome = _Outcome(strain, facts, staged, installation, result, run.day)
    outcome.write(out_dir)
    run.progress(1.0, Message("progress.found", strain=strain, count=outcome.toxins))
    return outcome.facts()


def _run_tool(staged: StagedGenome, installation: ToolInstallation, run: _Run) -> None:
    """Run the tool and verify its result."""
    argv = [installation.executable, "--SeqPath", INPUT_FOLDER, "--SequenceType", "nucl"]
    argv += ["--Scaf_suffix", SUFFIX, "--threads", str(run.threads)]
    start = run.log.stat().st_size if run.log.exists() else 0

    def on_line(line: str) -> None:
        log.info("BtToxin_Digger: %s", line[:500])
        for sign, fraction in _MILESTONES:
            if sign in line:
                run.progress(fraction, Message("progress.published_tool"))

    run.progress(0.01, Message("progress.published_tool"))
    ended = run_tool(
        argv,
        cwd=staged.cwd,
        log=run.log,
        env=tool_environment(staged.scratch),
        limits=Limits(
            timeout_s=float(run.options.get("timeout_s", DEFAULT_TIMEOUT_S)),
            cores=run.threads,
            memory_bytes=run.options.get("memory_bytes"),
            folder=staged.scratch,
            folder_bytes=int(run.options.get("scratch_bytes", DEFAULT_SCRATCH_BYTES)),
        ),
        on_line=on_line,
    )
    with run.log.open("rb") as stream:
        stream.seek(max(start, run.log.stat().st_size - _LOG_TAIL_BYTES))
        said = stream.read().decode("utf-8", errors="replace")
    table, listed = staged.toxins_folder / names.ALL_TOXINS, staged.toxins_folder / names.strain_list(STAGED_STRAIN)
    check_run(
        staged,
        said,
        ended.returncode,
        rows=len(read_table(table)) if table.is_file() else None,
        listed=len(read_list(listed)) if listed.is_file() else None,
    )


def _native(
    genome: Path,
    strain: str,
    out_dir: Path,
    reference: Mapping[str, Any],
    threads: int,
    progress: Progress,
    why: LowN50,
    screening: Path | None,
) -> Mapping[str, Any]:
    summary = engine.run_digger(
        [(strain, genome)],
        out_dir,
        reference_fasta=Path(reference["fasta"]),
        cache_dir=Path(reference["cache_dir"]),
        reference_facts=reference,
        threads=threads,
        progress=progress,
        kind="nucl",
        screening=screening,
    ).strains[0]
    return {
        "engine": "native",
        "instead_of": "bttoxin_digger",
        "reason": str(why),
        "reference": reference.get("name"),
        "toxins": summary.toxins,
        "accessory": summary.accessory,
        "contigs": summary.contigs,
        "bases": summary.bases,
        "notes": list(summary.notes),
        "remarks": [remark.to_json() for remark in summary.remarks],
    }


class _Outcome:
    """The result files, named and filled as by the native engine. `result` is None if nothing could be searched."""

    def __init__(
        self,
        strain: str,
        facts: FastaFacts,
        staged: StagedGenome,
        installation: ToolInstallation,
        result: ToolResult | None,
        day: date,
    ) -> None:
        self._strain = strain
        self._sequences = {"contigs": facts.records, "bases": facts.letters, "n50": facts.n50}
        self._staged = staged
        self._installation = installation
        self._result = result
        self._day = day
        self._toxins = result.toxins() if result else []
        self._engine = EngineFacts(**installation.facts(), adapter=__version__)
        self.accessory = sum(toxin.accessory for toxin in self._toxins)
        self.toxins = len(self._toxins) - self.accessory

    def facts(self) -> dict[str, Any]:
        """Return the facts of the run for the task's record."""
        return {
            "engine": "bttoxin_digger",
            "version": self._installation.version,
            "database": dict(self._installation.database),
            "toxins": self.toxins,
            "accessory": self.accessory,
            "contigs": self._sequences["contigs"],
            "bases": self._sequences["bases"],
            "notes": list(map(str, self._remarks())),
            "remarks": [remark.to_json() for remark in self._remarks()],
        }

    def _remarks(self) -> Iterator[Message]:
        if self._staged.deleted_letters:
            yield Message("note.deleted", count=self._staged.deleted_letters)
        if self._staged.short_contigs:
            yield Message("note.short_contigs", count=self._staged.short_contigs, limit=75)
        if self._result is not None and self._result.svm_only:
            yield Message("note.svm_only", count=self._result.svm_only)
        if not self._installation.database:
            yield Message("note.no_database")

    def write(self, out_dir: Path) -> None:
        """Write all files."""
        table = "\t".join(ALL_TOXINS_COLUMNS) + "\n"
        self._file(out_dir / names.ALL_TOXINS, self._result.table() if self._result else [table])
        has_list = self._result is not None and bool(self._result.listed)
        listing = self._result.strain_list() if self._result and has_list else [strain_list([], "nucl")]
        self._file(out_dir / names.strain_list(self._strain), listing)
        self._file(out_dir / names.GENE_TABLE, self._result.gene_table() if self._result else ["-\n"])
        self._file(out_dir / names.strain_gff3(self._strain), [gff3(self._toxins)])
        self._file(out_dir / names.strain_genbank(self._strain), genbank_records(self._toxins, self._day))
        if self._result is None or not self._result.rows:
            self._file(out_dir / names.WITHOUT_TOXINS, [f"{self._strain}\n"])
        self._write_json(out_dir)

    def _write_json(self, out_dir: Path) -> None:
        database = self._installation.database
        reference = convert(database, ReferenceFacts)
        document = ToxinsDocument(
            strain=self._strain,
            engine=self._engine,
            reference=reference,
            sequences=SequenceFacts(**self._sequences, kind="nucl"),
            toxins=tuple(map(found_toxin, self._toxins)),
            circular_contigs=circular_contigs(self._toxins),
        )
        rows = [tsv_row(self._strain, found) for found in document.toxins]
        self._file(out_dir / names.TOXINS_TSV, ["\t".join(TSV_COLUMNS) + "\n", *rows])
        self._file(out_dir / names.TOXINS_JSON, [to_json(document, indent=True).decode()])
        strain = SearchedStrain(
            strain=self._strain,
            **self._sequences,
            kind="nucl",
            toxins=self.toxins,
            accessory=self.accessory,
            notes=tuple(map(str, self._remarks())),
            remarks=tuple(self._remarks()),
        )
        run = DiggerRun(engine=self._engine, reference=reference, strains=(strain,))
        self._file(out_dir / names.DIGGER_JSON, [to_json(run, indent=True).decode()])

    @staticmethod
    def _file(path: Path, lines: Any) -> None:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(lines)
