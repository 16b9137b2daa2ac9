"""Damage beyond the matrix: two breaks, lost, inverted and masked parts, copies, mosaics, headers, other folds.

A part of the table of docs/science/loci.md; `python -m bench.loci --further` runs all of it.
"""

from __future__ import annotations

import pytest

from bench.loci import CaseFigures, answers, compare
from portal.reference.damage import CASES, FURTHER_TOXINS, MATRIX_TOXINS, SINGLE, write_damaged
from portal.reference.damage_further import FURTHER_CASES
from tests.pipeline.loci_references import default_reference

PLACES = (30, 50, 70)
Sample = list[tuple[str, str, int | None, str]]


def sample() -> Sample:
    """Each further case with two toxins of the matrix and one of another fold, each other case with one of those."""
    chosen: Sample = []
    for number, name in enumerate(FURTHER_CASES):
        toxins = [MATRIX_TOXINS[(number + step) % len(MATRIX_TOXINS)] for step in (0, 7)]
        for at, toxin in enumerate((*toxins, FURTHER_TOXINS[number % len(FURTHER_TOXINS)])):
            place = PLACES[(number + at) % len(PLACES)] if CASES[name].needs_place else None
            chosen.append((toxin, name, place, "+-"[(number + at) % 2]))
    for number, name in enumerate(each for each in SINGLE if CASES[each].needs_place):
        chosen.append((FURTHER_TOXINS[2 * number % len(FURTHER_TOXINS)], name, PLACES[number % 3], "+-"[number % 2]))
    return chosen + [(toxin, "intact", None, "+") for toxin in dict.fromkeys(toxin for toxin, *_ in chosen)]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseFigures]:
    folder, reference = tmp_path_factory.mktemp("further"), default_reference()
    genomes = [
        genome
        for toxin, case, percent, strand in sample()
        for genome in write_damaged(reference.fasta, folder, [(case, percent)], [toxin], [strand])
    ]
    rows = [{name: str(getattr(genome, name)) for name in genome.__dataclass_fields__} for genome in genomes]
    scores = answers(folder, [folder / genome.file for genome in genomes], reference, 2)
    return {one.case: one for one in compare(folder, rows, scores)}


def test_each_damage_is_told_and_moves_no_score_the_wrong_way(figures: dict[str, CaseFigures]) -> None:
    assert [wrong for one in figures.values() for wrong in one.wrong] == []
    assert set(figures) == {*FURTHER_CASES, *SINGLE}


def test_what_is_left_of_a_gene_is_told_by_its_score(figures: dict[str, CaseFigures]) -> None:
    left = {name: max(one.left, default=0.0) for name, one in figures.items()}
    assert all(left[name] < 0.98 for name in ("stops", "deletions", "shift-stop", "lost-middle", "inverted"))
    assert all(left[name] > 0.99 for name in ("gap-3000", "three-contigs", "origin-hifiasm", "origin-spades"))
