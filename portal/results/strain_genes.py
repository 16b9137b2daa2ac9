"""The toxin genes of one strain with their state: what grids, comparisons, inventories and their tables show of each.

A broken or cut gene may lie in several rows, each closest to another toxin: it is one gene of one toxin all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from portal.domain.toxin_names import ToxinName
from portal.results.gene_state import GeneCondition, state_of
from portal.results.loci import LociDocument, Locus
from portal.results.scores import ScoredHit, StrainScores
from portal.results.toxin_lookup import toxin_genes
from portal.results.toxins import ToxinsDocument


@dataclass(frozen=True)
class StrainGene:
    """One gene, in as many pieces as it may be: its closest known toxin, the identity to it in percent, its state."""

    closest: str
    identity_percent: float | None
    state: GeneCondition

    @property
    def third_rank(self) -> str:
        """The closest toxin without its allele (Cry1Ac for Cry1Ac9), as far as it has a third rank."""
        return third_rank(self.closest)


def third_rank(name: str) -> str:
    """Return a name cut after its third rank; what is no name of the nomenclature stays as it is."""
    parsed = ToxinName.parse(name)
    return parsed.rank(3) if parsed else name


def strain_genes(
    toxins: ToxinsDocument, loci: LociDocument | None, strain: StrainScores | None
) -> tuple[StrainGene, ...]:
    """Return the toxin genes that have a closest known toxin, those that are not scored too.

    Their states are those that Shoter's flags tell, so that as many are broken or cut as `StrainScores.damage` counts.
    """
    flags = {hit.protein_id: hit.flags for hit in strain.hits} if strain else {}
    return tuple(
        StrainGene(
            gene.closest,
            gene.identity_percent,
            state_of({flag for hit in gene.hits for flag in flags.get(hit.protein_id, ())}),
        )
        for gene in toxin_genes(toxins, loci)
        if gene.closest
    )


def with_whole_genes(strain: StrainScores, loci: LociDocument | None) -> StrainScores:
    """Return the scores with one row per gene in `hits`, as far as Digger wrote which rows are one gene.

    The row has the closest toxin, identity and coverage of the whole gene, and its flags. Genes that are not scored
    keep their rows.
    """
    if loci is None or loci.strain != strain.strain:
        return strain
    return replace(strain, hits=tuple(_whole_genes(strain.hits, loci)))


def _whole_genes(hits: tuple[ScoredHit, ...], loci: LociDocument) -> Iterator[ScoredHit]:
    kept = {hit.protein_id: hit for hit in hits if hit.kept}
    in_genes: set[str] = set()
    for locus in loci.loci:
        pieces = [kept[row] for row in locus.protein_ids if row in kept]
        if pieces and not locus.accessory:
            in_genes.update(locus.protein_ids)
            yield _whole(locus, pieces)
    yield from (hit for hit in hits if hit.protein_id not in in_genes)


def _whole(locus: Locus, pieces: list[ScoredHit]) -> ScoredHit:
    lead = max(pieces, key=lambda hit: (bool(hit.flags), hit.identity_percent or 0.0))  # one row has a gene's flags
    if locus.reference is None:
        return lead
    return replace(
        lead,
        hit_name=locus.reference,
        name_2020=locus.reference,
        name_1998=locus.reference_1998,
        identity_percent=locus.identity_percent,
        coverage_percent=locus.coverage_percent,
    )
