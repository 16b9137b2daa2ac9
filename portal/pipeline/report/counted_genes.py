"""The toxin genes that a report counts: those that the pages count, or without Digger's documents the scored rows."""

from __future__ import annotations

from dataclasses import dataclass

from portal.results.reading import TaskResults
from portal.results.scores import StrainScores
from portal.results.toxin_lookup import toxin_genes


@dataclass(frozen=True)
class CountedGene:
    """One gene: its identity to the closest known toxin in percent (None: seen by a profile only), and its use."""

    identity_percent: float | None
    is_scored: bool


def counted_genes(results: TaskResults, strain: StrainScores) -> tuple[CountedGene, ...]:
    """Return the genes of one strain.

    Shoter alone, on a table of many strains, knows no genes: each unit that was put together from fragments counts as
    one gene then, and each other row that is scored.
    """
    kept = {hit.protein_id: hit for hit in strain.hits if hit.kept}
    inventory, loci = results.inventory, results.loci
    if inventory is not None and inventory.strain == strain.strain:
        genes = toxin_genes(inventory, loci if loci and loci.strain == strain.strain else None)
        return tuple(
            CountedGene(gene.identity_percent, any(hit.protein_id in kept for hit in gene.hits)) for gene in genes
        )
    found: list[CountedGene] = []
    for unit in strain.units:
        if unit.kind == "merged_fragments":
            found.append(CountedGene(unit.identity_percent, is_scored=True))
        else:
            found += [CountedGene(kept[hit].identity_percent, is_scored=True) for hit in unit.hits if hit in kept]
    return tuple(found)
