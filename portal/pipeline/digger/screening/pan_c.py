"""Find the panC group: local alignments of the genome's panC with the references, as DNA (blastn's scores)."""

from __future__ import annotations

from collections.abc import Sequence

import parasail
from msgspec.structs import replace

from portal.pipeline.digger.screening.panel import PanCReference
from portal.pipeline.digger.screening.watch import ScreenedFrame
from portal.results.screening import GROUP_COVERAGE, GROUP_IDENTITY, MEMBER_IDENTITY, PanC

# blastn: +2, -3, a gap of n bases costs 5 + 2n; parasail charges the first number for a gap's first base.
_GAP_FIRST, _GAP_NEXT = 7, 2
_MOST_ALIGNED = 4


def pan_c_of(candidates: Sequence[ScreenedFrame], references: Sequence[PanCReference]) -> PanC | None:
    """Return the genome's panC, None if none of its genes is one of the group's.

    Candidates without DNA, from files of proteins, are not used: groups are defined by DNA.
    """
    if not references:
        return None
    genes = [
        found
        for candidate in candidates[:_MOST_ALIGNED]
        if candidate.dna and (found := _closest(candidate.dna, candidate, references))
    ]
    if not genes:
        return None
    best = max(genes, key=lambda gene: gene.identity_percent * gene.coverage_percent)
    return replace(best, copies=_copies(genes))


def _closest(dna: str, candidate: ScreenedFrame, references: Sequence[PanCReference]) -> PanC | None:
    matrix = parasail.matrix_create("ACGT", 2, -3)
    scores = [parasail.sw_striped_16(gene.letters, dna, _GAP_FIRST, _GAP_NEXT, matrix).score for gene in references]
    order = sorted(range(len(references)), key=lambda at: -scores[at])
    best = references[order[0]]
    identity, coverage = _aligned(best.letters, dna, matrix)
    if identity < MEMBER_IDENTITY or coverage < GROUP_COVERAGE:
        return None
    other = next((references[at] for at in order if references[at].group != best.group), None)
    return PanC(
        group=best.group,
        species=best.species,
        reference=best.name,
        identity_percent=round(identity, 2),
        coverage_percent=round(coverage, 2),
        is_close=identity >= GROUP_IDENTITY,
        next_group=other.group if other else None,
        next_identity_percent=round(_aligned(other.letters, dna, matrix)[0], 2) if other else None,
        copies=1,
        place=candidate.place,
    )


def _aligned(gene: str, dna: str, matrix: parasail.Matrix) -> tuple[float, float]:
    """Return identity over the aligned columns and coverage of the gene, in percent."""
    traced = parasail.sw_trace_striped_16(gene, dna, _GAP_FIRST, _GAP_NEXT, matrix).traceback
    if not traced.query:
        return 0.0, 0.0
    same = sum(a == b for a, b in zip(traced.query, traced.ref, strict=True))
    return 100 * same / len(traced.query), 100 * len(traced.query.replace("-", "")) / len(gene)


def _copies(genes: Sequence[PanC]) -> int:
    """Return how many separate genes there are; two pieces of a broken one are near each other."""
    apart: list[PanC] = []
    for gene in genes:
        near = any(
            gene.place.contig == other.place.contig and abs(gene.place.start - other.place.start) < 2_000
            for other in apart
        )
        if not near:
            apart.append(gene)
    return len(apart)
