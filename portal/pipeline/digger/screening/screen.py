"""Align the candidates of a genome with the panel, and say what it has of each gene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from portal.domain.fasta import FastaFacts
from portal.pipeline.digger.native.align import Aligner, Alignment
from portal.pipeline.digger.native.queries import read_queries
from portal.pipeline.digger.screening.pan_c import pan_c_of
from portal.pipeline.digger.screening.panel import PAN_C, ScreeningPanel, load_panel
from portal.pipeline.digger.screening.watch import ScreenedFrame, Watch
from portal.results.screening import (
    CHROMOSOME_BASES,
    FOUND_COVERAGE,
    RELATIVE_IDENTITY,
    SYSTEMS,
    GenePlace,
    GeneState,
    ScreenedGene,
    ScreeningDocument,
    membership_of,
    state_of,
)

_MAX_EVALUE = 1e-5  # BTyper3's default
_OVERLAP = 0.25  # of a piece, with the others of its gene: alignments run a little beyond a break

Hit = tuple[GenePlace, Alignment]


class Screener:
    """Screens successive genomes with one panel."""

    def __init__(self, panel: ScreeningPanel) -> None:
        self._panel = panel
        self._aligner = Aligner(panel.index)

    def watch(self) -> Watch:
        """Return a new collector of candidates, for one genome."""
        return Watch(self._panel)

    def document(self, strain: str, facts: FastaFacts, watch: Watch) -> ScreeningDocument:
        """Return the screening of the genome that a collector has seen."""
        candidates = watch.candidates()
        hits = self._hits(candidate for gene, candidate in candidates if gene != PAN_C)
        genes = tuple(
            self._gene(gene, system, hits.get(gene, ()))
            for system, names in SYSTEMS.items()
            for gene in names
            if gene in self._panel.lengths
        )
        pan_c = pan_c_of([candidate for gene, candidate in candidates if gene == PAN_C], self._panel.pan_c)
        return ScreeningDocument(
            strain=strain,
            panel=self._panel.version,
            membership=membership_of(pan_c, genes),
            is_whole=facts.letters >= (CHROMOSOME_BASES if facts.kind == "nucl" else CHROMOSOME_BASES // 4),
            pan_c=pan_c,
            genes=genes,
        )

    def _hits(self, candidates: Iterable[ScreenedFrame]) -> dict[str, list[Hit]]:
        """Return the alignments of the candidates by the gene that each is closest to."""
        hits: dict[str, list[Hit]] = {}
        for candidate in candidates:
            alignment = self._aligner.best(candidate.amino_codes, _MAX_EVALUE)
            if alignment is not None:
                hits.setdefault(self._panel.genes[alignment.entry], []).append((candidate.place, alignment))
        return hits

    def _gene(self, gene: str, system: str, hits: Sequence[Hit]) -> ScreenedGene:
        length = self._panel.lengths[gene]
        pieces = _pieces(sorted(hits, key=lambda hit: (-hit[1].score, hit[0].contig, hit[0].start)), length)
        found = ScreenedGene(
            gene=gene,
            system=system,
            state=GeneState.ABSENT,
            reference=self._panel.accessions[gene],
            reference_length=length,
        )
        if not pieces:
            return found
        identity = 100 * sum(hit.identical for _, hit in pieces) / sum(hit.columns for _, hit in pieces)
        coverage = 100 * len(_covered(pieces)) / length
        return replace(
            found,
            state=state_of(identity, coverage),
            identity_percent=round(identity, 2),
            coverage_percent=round(coverage, 2),
            evalue=float(f"{min(hit.evalue for _, hit in pieces):.2g}"),
            places=tuple(place for place, _ in pieces),
        )


def screener_of(folder: Path | None) -> Screener | None:
    """Return a screener with the panel of a folder, None if there is no usable one."""
    panel = load_panel(folder)
    return None if panel is None else Screener(panel)


def screening_of(screener: Screener | None, strain: str, facts: FastaFacts, watch: Watch | None) -> ScreeningDocument:
    """Return the screening of a genome that the engine has read; without a panel, the document that says so."""
    if screener is None or watch is None:
        return ScreeningDocument(strain=strain, panel=None, membership=None, is_whole=False, pan_c=None, genes=())
    return screener.document(strain, facts, watch)


def screen_file(folder: Path | None, strain: str, genome: Path, facts: FastaFacts) -> ScreeningDocument:
    """Return the screening of a genome that the engine does not read."""
    screener = screener_of(folder)
    watch = screener.watch() if screener else None
    if watch:
        watch.read(read_queries(genome, facts.kind))
    return screening_of(screener, strain, facts, watch)


def _covered(pieces: Sequence[Hit]) -> set[int]:
    return {residue for _, hit in pieces for residue in range(hit.hit_start, hit.hit_end + 1)}


def _pieces(hits: Sequence[Hit], length: int) -> list[Hit]:
    """Return the best hit, and further ones that cover what it leaves of an incomplete gene."""
    pieces = list(hits[:1])
    for place, hit in hits[1:]:
        covered = _covered(pieces)
        if 100 * len(covered) >= FOUND_COVERAGE * length:
            break
        own = set(range(hit.hit_start, hit.hit_end + 1))
        if hit.identity >= RELATIVE_IDENTITY and len(own & covered) <= _OVERLAP * len(own):
            pieces.append((place, hit))
    return pieces
