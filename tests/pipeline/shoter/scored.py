"""Units and folds to score."""

from __future__ import annotations

from portal.pipeline.shoter.genes import find_genes
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.units import Unit, build_units
from tests.pipeline.shoter.shoter_builders import fact, hits_of, row

P = ShoterParameters()


def units_of(*rows: dict[str, str]) -> list[Unit]:
    return build_units(find_genes(hits_of(list(rows)), P), P)


def other_fold(name: str, number: int, **changes: str) -> dict[str, str]:
    return row(name, number, Hit_length="400", Aln_length="400", reference_range="1-400", **changes)


BIN = [
    fact("Tpp1Aa", "Diptera", partner="Tpp2Aa", number=1),
    fact("Tpp2Aa", "Diptera", partner="Tpp1Aa", number=2),
]
