"""Unknown letters inside a gene: it is not called intact, and its protein has an X for each unknown residue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.shoter.damage import what_is_left
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.results.candidates import CandidatesDocument
from portal.results.gene_state import is_part
from portal.results.loci import EventKind, LociDocument, Locus, Verdict
from portal.results.locus_words import state_word, what_it_means
from portal.results.reading import read_document
from portal.results.toxins import ToxinsDocument
from tests.pipeline.digger.digger_builders import (
    backbone,
    gene,
    reference_proteins,
    reverse_complement,
    write_fasta,
)

PROTEIN = reference_proteins()["Cry2Aa1"]
DNA = gene(PROTEIN)


def masked(dna: str, first: int, letters: int) -> str:
    return dna[:first] + "N" * letters + dna[first + letters :]


def found(tmp_path: Path, records: Mapping[str, str]) -> tuple[Locus, ToxinsDocument, CandidatesDocument]:
    genome = write_fasta(tmp_path / "g.fna", records)
    reference = write_fasta(tmp_path / "reference.faa", reference_proteins())
    out = tmp_path / "out"
    run_digger([("g", genome)], out, reference_fasta=reference, cache_dir=tmp_path, reference_facts={}, threads=1)
    (locus,) = read_document(out / "loci.json", LociDocument).loci
    faa = "".join((out / "g.genes.faa").read_text().splitlines()[1:])
    assert faa == locus.protein
    return (
        locus,
        read_document(out / "toxins.json", ToxinsDocument),
        read_document(out / "candidates.json", CandidatesDocument),
    )


@pytest.mark.parametrize("minus", [False, True])
@pytest.mark.parametrize(("codon", "letters"), [(300, 1), (300, 9), (100, 10), (300, 30), (500, 100), (200, 180)])
def test_unknown_letters_are_told_and_stand_in_the_protein(
    tmp_path: Path, codon: int, letters: int, minus: bool
) -> None:
    dna = backbone(5, 900) + masked(DNA, 3 * codon, letters) + backbone(6, 900)
    locus, toxins, candidates = found(tmp_path, {"c1": reverse_complement(dna) if minus else dna})
    hidden = -(-letters // 3)
    assert locus.protein in (PROTEIN[:codon] + "X" * hidden + PROTEIN[codon + hidden :],)
    assert locus.unknown_letters == letters
    assert state_word(locus).code == "locus.state.unknown_inside"
    means = what_it_means(locus)
    assert means is not None
    assert means.code == ("locus.means.part_unknown" if letters >= 10 else "locus.means.few_unknown")
    assert locus.identity_percent == 100.0
    assert {toxin.identity_percent for toxin in toxins.toxins} == {100.0}
    assert {piece.identity_percent for piece in locus.pieces} == {100.0}
    assert candidates.candidates == ()


@pytest.mark.parametrize("letters", [3, 9, 10, 30, 300])
def test_what_only_a_part_was_seen_of_keeps_its_weight_and_confirms_nothing(tmp_path: Path, letters: int) -> None:
    dna = backbone(5, 900) + masked(DNA, 600, letters) + backbone(6, 900)
    locus, _, _ = found(tmp_path, {"c1": dna})
    completeness, factor, flags = what_is_left(locus, 1.0, True, ShoterParameters())
    if locus.verdict is not Verdict.EDGE:
        assert (completeness, factor) == (1.0, 1.0)
    assert is_part(flags) is (letters >= 10)


def test_letters_that_a_gap_adds_never_join_its_sides(tmp_path: Path) -> None:
    dna = backbone(5, 900) + DNA[:900] + "N" * 100 + DNA[900:] + backbone(6, 900)
    locus, _, _ = found(tmp_path, {"c1": dna})
    assert locus.protein == PROTEIN[:300] + "X" + PROTEIN[300:]
    assert locus.unknown_letters == 100


@pytest.mark.parametrize("letters", [0, 3])
def test_a_coding_sequence_is_told_of_in_the_same_way(tmp_path: Path, letters: int) -> None:
    locus, _, _ = found(tmp_path, {"gene": masked(DNA, 900, letters)})
    assert locus.unknown_letters == letters
    assert locus.verdict is Verdict.INTACT
    assert state_word(locus).code == ("locus.state.unknown_inside" if letters else "locus.verdict.intact")
    assert locus.identity_percent == 100.0


def test_unknown_residues_of_a_protein_are_counted(tmp_path: Path) -> None:
    locus, _, _ = found(tmp_path, {"protein": PROTEIN[:300] + "X" * 12 + PROTEIN[312:]})
    assert (locus.unknown_letters, locus.is_seen_in_part, locus.identity_percent) == (12, True, 100.0)


@pytest.mark.parametrize("minus", [False, True])
def test_letters_outside_a_gene_say_nothing_of_it(tmp_path: Path, minus: bool) -> None:
    dna = backbone(5, 600) + "N" * 200 + backbone(7, 90) + DNA + backbone(8, 90) + "N" * 200 + backbone(6, 600)
    locus, _, _ = found(tmp_path, {"c1": reverse_complement(dna) if minus else dna})
    assert (locus.unknown_letters, state_word(locus).code) == (0, "locus.verdict.intact")


@pytest.mark.parametrize("minus", [False, True])
@pytest.mark.parametrize(("codon", "told"), [("ATG", False), ("CTG", True), ("ACG", True)])
def test_a_start_other_than_atg_is_told_at_the_gene(tmp_path: Path, codon: str, told: bool, minus: bool) -> None:
    dna = backbone(5, 900) + "TAA" + codon + DNA[3:] + backbone(6, 900)
    locus, _, _ = found(tmp_path, {"c1": reverse_complement(dna) if minus else dna})
    assert any(event.kind is EventKind.NO_START for event in locus.events) is told
    assert state_word(locus).code == ("locus.state.no_start" if told else "locus.verdict.intact")
