"""The state of the genes behind a score, as pictures mark it and as the tables beside them write it."""

from __future__ import annotations

from portal.results.gene_state import GeneCondition
from portal.results.scores import OrderScore, SpeciesScore, StrainScores


def is_cut(strain: StrainScores, score: OrderScore | SpeciesScore) -> bool:
    """Tell whether of all genes behind a score only parts were seen: its cell is marked."""
    return score.score is not None and strain.genes_behind(score) is GeneCondition.CUT


def genes_behind_cell(strain: StrainScores, score: OrderScore | SpeciesScore) -> str | None:
    """Return the state of all genes behind a score for a table; None without a score."""
    return None if score.score is None else strain.genes_behind(score).value
