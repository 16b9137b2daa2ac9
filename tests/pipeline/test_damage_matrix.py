"""Genes that are broken, cut or moved: each case is told rightly, and no score says more than the intact gene's.

A part of the matrix of docs/science/loci.md; `python -m bench.loci` runs all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.reference.damage import CASES, MATRIX_PERCENT, MATRIX_TOXINS, SINGLE, DamagedGenome, write_damaged
from portal.results.codec import from_json
from portal.results.loci import LociDocument
from tests.pipeline.loci_references import default_reference

TOLERANCE = 0.01
# An end of so few amino acids is no reading frame that is searched: the rest of the gene is nowhere.
LEAST_AA = 75


def sample() -> list[tuple[str, str, int | None, str]]:
    """Every case with a third of the toxins at each of two places, and all toxins intact."""
    chosen: list[tuple[str, str, int | None, str]] = [(toxin, "intact", None, "+") for toxin in MATRIX_TOXINS]
    for number, case in enumerate(name for name in SINGLE if name != "intact"):
        for at, toxin in enumerate(MATRIX_TOXINS):
            if (at + number) % 2 == 0:
                percent = MATRIX_PERCENT[(at // 2 + number) % len(MATRIX_PERCENT)]
                chosen.append((toxin, case, percent, "+-"[(at // 2 + number // 2) % 2]))
    return chosen


class Matrix:
    """The answers of both stages for the genomes of a folder."""

    def __init__(self, folder: Path, genomes: list[DamagedGenome]) -> None:
        self.genomes = {Path(genome.file).stem: genome for genome in genomes}
        scores = json.loads((folder / "out" / "strain_scores.json").read_text())
        species = json.loads((folder / "out" / "strain_species_scores.json").read_text())
        self._orders = {strain["strain"]: strain["orders"] for strain in scores["strains"]}
        self._species = {strain["strain"]: strain["species"] for strain in species["strains"]}
        self._folder = folder / "out"

    def loci(self, strain: str) -> LociDocument:
        return from_json((self._folder / f"{strain}.loci.json").read_bytes(), LociDocument)

    def scores(self, strain: str) -> Mapping[str, float]:
        """Return the scores of a strain; a target that nobody has tested says nothing, as does a score of 0."""
        orders = {score["target"]: score["score"] or 0.0 for score in self._orders.get(strain, ())}
        return orders | {score["species"]: score["score"] or 0.0 for score in self._species.get(strain, ())}


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    folder = tmp_path_factory.mktemp("matrix")
    reference = default_reference()
    genomes = [
        genome
        for toxin, case, percent, strand in sample()
        for genome in write_damaged(reference.fasta, folder, [(case, percent)], [toxin], [strand])
    ]
    inputs = [(Path(genome.file).stem, folder / genome.file) for genome in genomes]
    facts: dict[str, Any] = {}
    run_digger(inputs, folder / "out", reference_fasta=reference.fasta, cache_dir=reference.folder / "index",
               reference_facts=facts, threads=2, kind="nucl")  # fmt: skip
    run_shoter(folder / "out" / "All_Toxins.txt", folder / "out", parameters=ShoterParameters(draws=100))
    return Matrix(folder, genomes)


def expected_to_be_seen(genome: DamagedGenome, length: int) -> bool:
    """Tell whether a row is possible at all: of a gene that is cut a reading frame must be left."""
    if genome.case not in ("edge", "remnant") or genome.percent is None:
        return True
    left = genome.percent if genome.case == "edge" else 100 - genome.percent
    return length * left / 100 > LEAST_AA + 5


def test_each_damage_is_told(matrix: Matrix) -> None:
    wrong = {}
    for strain, genome in matrix.genomes.items():
        verdicts = [str(locus.verdict) for locus in matrix.loci(strain).loci]
        length = matrix.loci(f"{genome.toxin}_intact_plus").loci[0].reference_length or 0
        if verdicts != ([genome.verdict] if expected_to_be_seen(genome, length) else []):
            wrong[strain] = (verdicts, genome.verdict)
    assert wrong == {}


def test_the_name_and_identity_are_those_of_the_gene(matrix: Matrix) -> None:
    wrong = {
        strain: (locus.name, locus.identity_percent)
        for strain, genome in matrix.genomes.items()
        for locus in matrix.loci(strain).loci
        if genome.case not in ("edge", "remnant")
        and not (genome.toxin in (locus.name, locus.name.rstrip("0123456789")) and (locus.identity_percent or 0) > 99)
    }
    assert wrong == {}


def test_a_break_is_told_where_it_is(matrix: Matrix) -> None:
    for strain, genome in matrix.genomes.items():
        if genome.case in ("stop", "deletion", "duplication", "insertion") and genome.percent:
            (locus,) = matrix.loci(strain).loci
            at = (locus.reference_length or 0) * genome.percent / 100
            assert any(abs(event.residue - at) < 20 for event in locus.events), strain


def test_damage_raises_no_score_and_leaves_none_whole(matrix: Matrix) -> None:
    wrong = []
    for strain, genome in matrix.genomes.items():
        intact, damaged = matrix.scores(f"{genome.toxin}_intact_plus"), matrix.scores(strain)
        raised = {target: score for target, score in damaged.items() if score > intact.get(target, 0.0) + 1e-4}
        if genome.score == "lower" and raised:
            wrong.append((strain, raised))
        best = max(intact, key=lambda target: intact[target])
        if genome.score == "lower" and damaged.get(best, 0.0) > 0.98 * intact[best]:
            wrong.append((strain, {best: damaged[best]}))
    assert wrong == []


def test_cutting_and_turning_moves_no_score(matrix: Matrix) -> None:
    wrong = []
    for strain, genome in matrix.genomes.items():
        if genome.score == "same":
            intact, moved = matrix.scores(f"{genome.toxin}_intact_plus"), matrix.scores(strain)
            targets = intact.keys() | moved.keys()
            far = {t: moved.get(t, 0.0) for t in targets if abs(moved.get(t, 0.0) - intact.get(t, 0.0)) > TOLERANCE}
            if far:
                wrong.append((strain, far))
    assert wrong == []
    assert {genome.case for genome in matrix.genomes.values()} == set(SINGLE) <= set(CASES)
