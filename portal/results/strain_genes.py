"""The toxin genes of one strain with their state: what the grids, comparisons and their tables show of each gene."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.toxin_names import ToxinName
from portal.results.gene_state import GeneCondition, state_of
from portal.results.loci import LociDocument
from portal.results.scores import StrainScores
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
