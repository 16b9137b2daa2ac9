"""The files of a Digger run, written as its genomes are finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import numpy as np
import parasail
import pyhmmer
import pyopal

from portal import __version__
from portal.domain.fasta import FastaFacts
from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.genome_hits import GenomeHits
from portal.pipeline.digger.native.index import INDEX_VERSION, Index
from portal.pipeline.digger.output.annotations import alignment_text, gff3
from portal.pipeline.digger.output.candidates import candidate_alignments, candidate_fasta, find_candidates
from portal.pipeline.digger.output.genbank import genbank_records
from portal.pipeline.digger.output.gene_fasta import contigs_of, gene_fasta, protein_fasta
from portal.pipeline.digger.output.screening import SCREENING_COLUMNS, screening_features, screening_rows
from portal.pipeline.digger.output.tables import ALL_TOXINS_COLUMNS, GeneTable, all_toxins_row, strain_list
from portal.pipeline.digger.output.toxins import TSV_COLUMNS, circular_contigs, found_toxin, tsv_row
from portal.pipeline.digger.reader import read_fasta
from portal.results import names
from portal.results.alignments import AlignmentsDocument
from portal.results.candidates import COLUMNS as CANDIDATE_COLUMNS
from portal.results.candidates import candidate_rows
from portal.results.codec import to_json
from portal.results.facts import EngineFacts, ReferenceFacts, SequenceFacts
from portal.results.loci import LociDocument
from portal.results.loci_table import LOCI_COLUMNS, locus_row
from portal.results.names import ALIGNMENTS_JSON, CANDIDATES_JSON, LOCI_JSON, SCREENING_JSON
from portal.results.screening import ScreeningDocument
from portal.results.toxins import DiggerRun, SearchedStrain, ToxinsDocument


@dataclass(frozen=True)
class DiggerSummary:
    """The results of a run, and the files written below its folder."""

    strains: tuple[SearchedStrain, ...]
    outputs: tuple[str, ...]


class RunFiles:
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

    def __enter__(self) -> RunFiles:
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
            circular_contigs=circular_contigs(toxins),
        )
        name = names.TOXINS_JSON if alone else names.strain_toxins(strain)
        self._write(name, to_json(document, indent=True).decode())
        for toxin, found in zip(toxins, document.toxins, strict=True):
            self._rows.write(all_toxins_row(strain, toxin))
            self._tsv.write(tsv_row(strain, found, genes.get(found.protein_id, ())))
        self._write(names.strain_list(strain), strain_list(toxins, facts.kind))
        self._write(names.strain_gff3(strain), gff3(toxins, loci) + screening_features(screening))
        on_contigs = [toxin for toxin in toxins if toxin.query.orf.frame]
        if facts.kind != "prot" or on_contigs:
            self._write(names.strain_genbank(strain), "".join(genbank_records(on_contigs, day, loci)))
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

    def add_alignments(self, strain: str, toxins: Sequence[Toxin]) -> None:
        self._write(names.strain_alignments(strain), "".join(map(alignment_text, toxins)))

    def add_gene_alignments(self, document: AlignmentsDocument, *, alone: bool) -> None:
        name = ALIGNMENTS_JSON if alone else f"{document.strain}.{ALIGNMENTS_JSON}"
        self._write(name, to_json(document, indent=True).decode())

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
