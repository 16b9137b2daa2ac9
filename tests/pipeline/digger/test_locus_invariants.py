"""Whatever becomes of genes: no codon belongs to two of them, and the figures of a locus are those of its pieces."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.loci.ends import MISSING_AA
from portal.results.codec import from_json
from portal.results.loci import LociDocument, Locus, Piece, Verdict
from tests.pipeline.digger.digger_builders import (
    backbone,
    gene,
    mutated,
    reference_proteins,
    reverse_complement,
    write_fasta,
)

PROTEINS = {name: letters for name, letters in reference_proteins().items() if not name.endswith("other")}
STOPS = "TAATTAATTAA"
CONTIGS = 160


def damaged(dice: random.Random, coding: str) -> str:
    """Return a gene after up to three changes: lost, added, repeated, turned and unknown bases, stops, elements."""
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(coding))
        size = dice.choice((1, 2, 3, 30, 90, 151, 300, 600))
        part = coding[at : at + size]
        coding = coding[:at] + dice.choice((
            "", part * 2, part + "TAATTAATTAA", part + backbone(at, 700), reverse_complement(part), "N" * size,
        )) + coding[at + size :]  # fmt: skip
    return coding


def contig(dice: random.Random) -> str:
    """Return one to three genes, whole and damaged, that follow one another or overlap, often cut by an end."""
    parts = [] if dice.random() < 0.3 else [backbone(dice.randrange(99), 300), STOPS]
    for _ in range(dice.randint(1, 3)):
        coding = gene(
            mutated(PROTEINS[dice.choice(sorted(PROTEINS))], dice.choice((0.0, 0.02, 0.2)), dice.randrange(9))
        )
        changed = damaged(dice, coding)
        first, last = sorted(dice.choices(range(len(changed) + 1), k=2)) if dice.random() < 0.4 else (0, None)
        parts += [changed[first:last], dice.choice(("", "G", STOPS, STOPS + backbone(5, 200)))]
    whole = "".join(parts) + ("" if dice.random() < 0.3 else STOPS + backbone(7, 300))
    return reverse_complement(whole) if dice.random() < 0.5 else whole


@pytest.fixture(scope="module")
def loci(reference: Path, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Locus]:
    dice, folder = random.Random(20261127), tmp_path_factory.mktemp("invariants")
    genome = write_fasta(folder / "g.fna", {f"c{number}": contig(dice) + "N" for number in range(CONTIGS)})
    run_digger([("g", genome)], folder / "out", reference_fasta=reference, cache_dir=cache_dir, reference_facts={},
               threads=2, kind="nucl")  # fmt: skip
    found = from_json((folder / "out" / "loci.json").read_bytes(), LociDocument).loci
    return [locus for locus in found if locus.reference is not None]


def test_the_genome_has_every_verdict(loci: list[Locus]) -> None:
    assert {locus.verdict for locus in loci} == set(Verdict)
    assert len(loci) > CONTIGS


def test_pieces_share_no_residue_and_make_up_the_coverage(loci: list[Locus]) -> None:
    for locus in loci:
        parts = [(piece.reference_start or 0, piece.reference_end or 0) for piece in locus.pieces]
        assert all(before[1] < behind[0] for before, behind in pairwise(parts)), locus
        steps = zip(pairwise(parts), pairwise(piece.contig for piece in locus.pieces), strict=True)
        gaps = [(behind[0] - before[1] - 1, one != other) for (before, behind), (one, other) in steps]
        inside = sum(last - first + 1 for first, last in parts)
        least = inside + sum(gap for gap, over_ends in gaps if gap < MISSING_AA and not over_ends)
        most = least + sum(gap for gap, over_ends in gaps if gap < MISSING_AA and over_ends)
        hidden = min(locus.protein.count("X"), locus.unknown_letters)
        share = (locus.coverage_percent or 0) * (locus.reference_length or 1) / 100
        assert least - hidden - 0.01 <= share <= most + 0.01, locus
        assert 0 < (locus.coverage_percent or 0) <= 100


def test_the_identity_is_that_of_the_pieces(loci: list[Locus]) -> None:
    """The identity of a gene does not count unknown residues and copies, which those of its pieces do."""
    for locus in loci:
        of_pieces = [piece.identity_percent or 0.0 for piece in locus.pieces]
        assert min(of_pieces) - 5 <= (locus.identity_percent or 0) <= 100, locus
        if min(of_pieces) == 100.0:
            assert (locus.identity_percent or 0) > 98, locus


def test_no_codon_belongs_to_two_genes(loci: list[Locus]) -> None:
    by_place: dict[tuple[str, str, int], list[tuple[Piece, str]]] = defaultdict(list)
    for locus in loci:
        for piece in locus.pieces:
            by_place[piece.contig, piece.strand, piece.start % 3].append((piece, locus.locus_id))
    for pieces in by_place.values():
        for (one, first), (other, second) in combinations(pieces, 2):
            assert one.end < other.start or other.end < one.start, (first, second, one, other)
