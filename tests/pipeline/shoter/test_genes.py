"""Point 1 of docs/science/method.md: fragments, copies, cut genes."""

from __future__ import annotations

import random

import pytest

from portal.pipeline.shoter.genes import find_genes, percent_identity
from portal.pipeline.shoter.parameters import ShoterParameters
from tests.pipeline.shoter.shoter_builders import hits_of, row

P = ShoterParameters()
EDGE = {"location": "1-1500", "Scaffold sequence": "A" * 1500}


def piece(number: int, start: int, end: int, identity: str = "100", name: str = "Vip3Aa1") -> dict[str, str]:
    """Return a hit at both ends of a short contig, covering a part of an 800 aa reference."""
    length = end - start + 1
    return row(
        name, number, Hit_length="800", Aln_length=str(length), reference_range=f"{start}-{end}", Identity=identity,
        Protein_id=f"contig{number}_00001", **EDGE,
    )  # fmt: skip


def protein(seed: int, length: int = 600) -> str:
    return "".join(random.Random(seed).choices("ACDEFGHIKLMNPQRSTVWY", k=length))


def mutated(sequence: str, changes: int) -> str:
    letters = list(sequence)
    for at in random.Random(1).sample(range(len(letters)), changes):
        letters[at] = "W" if letters[at] != "W" else "A"
    return "".join(letters)


def test_fragments_at_contig_ends_become_one_gene() -> None:
    genes = find_genes(hits_of([piece(1, 1, 300, "100"), piece(2, 301, 800, "90")]), P)
    assert len(genes) == 1
    assert genes[0].fragments == 2
    assert genes[0].coverage == pytest.approx(1.0)
    assert genes[0].identity == pytest.approx((300 * 100 + 500 * 90) / 800)
    assert "merged_fragments" in genes[0].weight.flags
    assert "contig_edge" not in genes[0].weight.flags  # nothing is missing any more
    assert genes[0].weight.value > 0.98


def test_overlapping_pieces_are_two_genes() -> None:
    genes = find_genes(hits_of([piece(1, 1, 400), piece(2, 301, 800)]), P)
    assert [gene.fragments for gene in genes] == [1, 1]
    assert all("contig_edge" in gene.weight.flags for gene in genes)


def test_a_small_overlap_is_allowed() -> None:
    assert len(find_genes(hits_of([piece(1, 1, 400), piece(2, 390, 800)]), P)) == 1


def test_pieces_of_different_references_stay_apart() -> None:
    assert len(find_genes(hits_of([piece(1, 1, 300), piece(2, 301, 800, name="Vip3Ba1")]), P)) == 2


def test_pieces_away_from_contig_ends_stay_apart() -> None:
    inner = {"location": "10001-11500", "Scaffold sequence": "A" * 21500}
    assert (
        len(find_genes(hits_of([piece(1, 1, 300) | as_columns(inner), piece(2, 301, 800) | as_columns(inner)]), P)) == 2
    )


def as_columns(values: dict[str, str]) -> dict[str, str]:
    return {"Gene location on scaffold": values["location"], "Scaffold sequence": values["Scaffold sequence"]}


def test_a_complete_gene_that_touches_a_contig_end_is_not_cut() -> None:
    genes = find_genes(hits_of([piece(1, 1, 800)]), P)
    assert genes[0].weight.flags == ()


def test_copies_are_counted_and_not_added_up() -> None:
    one = protein(1)
    rows = [
        row("Cry1Ac1", 1, sequence=one),
        row("Cry1Ac2", 2, sequence=mutated(one, 12)),
        row("Cry1Ac1", 3, sequence=one),
    ]
    genes = find_genes(hits_of(rows), P)
    assert [gene.copies for gene in genes] == [3]


def test_unlike_proteins_of_one_toxin_stay_apart() -> None:
    one = protein(1)
    rows = [row("Cry1Ac1", 1, sequence=one), row("Cry1Ac1", 2, sequence=mutated(one, 60), Identity="90")]
    assert len(find_genes(hits_of(rows), P)) == 2


def test_without_sequences_the_reference_tells_copies() -> None:
    assert len(find_genes(hits_of([row("Cry1Ac1", 1, Identity="99"), row("Cry1Ac5", 2, Identity="98")]), P)) == 1
    assert len(find_genes(hits_of([row("Cry1Ac1", 1, Identity="99"), row("Cry1Ac5", 2, Identity="96")]), P)) == 2


def test_identity_leaves_out_what_lies_before_the_start() -> None:
    one = protein(3)
    assert percent_identity("MKLVWWWW" + one, one) == pytest.approx(100.0)
    assert percent_identity(one, protein(4)) < 50.0


def test_a_stop_inside_costs_nine_tenths() -> None:
    genes = find_genes(hits_of([row("Cry1Ac1", sequence="MKL*VV")]), P)
    assert genes[0].weight.value == pytest.approx(0.1)
    assert genes[0].weight.flags == ("internal_stop",)
