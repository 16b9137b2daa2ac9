"""The kinds of damage to a gene: what sequencing, assembly and evolution do to it, and what is then expected.

A case takes an intact gene with its surroundings and returns the contigs of a genome. `verdict` names what has to be
found: alternatives are separated by `|`, and the verdicts on several genes, where all of them count, by `+`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.reference.example_genome import Codons, background

# As in an assembly of short reads by 127-mers, and as scaffolders write a gap of unknown length.
OVERLAP, GAP = 127, 300
_INSERTION_LENGTH, _TARGET_REPEAT = 1640, 8
_FRAMESHIFTS = 59
_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")

Contigs = dict[str, str]


def reverse(sequence: str) -> str:
    """Return the reverse complement of a sequence of A, C, G, T and N."""
    return sequence.translate(_COMPLEMENT)[::-1]


@dataclass(frozen=True)
class IntactGene:
    """An intact gene with its surroundings, on the gene's strand; `at` is the base (from 0) to change."""

    before: str
    coding: str
    after: str
    at: int
    rng: random.Random
    codons: Codons
    other: str  # another toxin's gene

    def with_coding(self, coding: str) -> str:
        return self.before + coding + self.after

    @property
    def whole(self) -> str:
        return self.with_coding(self.coding)


@dataclass(frozen=True)
class Case:
    """A kind of damage, the function that applies it, and the expected verdict.

    `score` says what the damage may do to the scores: `same`, `lower`, or `not_higher`.
    """

    name: str
    text: str
    make: Callable[[IntactGene], Contigs]
    verdict: str
    score: str = "lower"
    loci: int = 1
    needs_place: bool = True
    between_codons: bool = False  # whether the place is between two codons; else it is within one
    places: tuple[int, int] = (0, 100)  # between which places (percent) the expectations hold


def _intact(gene: IntactGene) -> Contigs:
    return {"c1": gene.whole}


def _stop(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "TAA" + gene.coding[gene.at + 3 :])}


def _deletion(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + gene.coding[gene.at + 1 :])}


def _duplication(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + gene.coding[gene.at] + gene.coding[gene.at :])}


def _insertion(gene: IntactGene) -> Contigs:
    """Insert an element like an insertion sequence: inverted repeats, a gene inside, a duplicated target site."""
    end = "".join(gene.rng.choices("ACGT", k=24))
    body = background(_INSERTION_LENGTH - 2 * len(end), gene.codons, gene.rng)
    element = end + body + reverse(end)
    target = gene.coding[gene.at - _TARGET_REPEAT : gene.at]
    return {"c1": gene.with_coding(gene.coding[: gene.at] + element + target + gene.coding[gene.at :])}


def _split(gene: IntactGene) -> Contigs:
    return {"c1": gene.before + gene.coding[: gene.at], "c2": gene.coding[gene.at :] + gene.after}


def _split_overlap(gene: IntactGene) -> Contigs:
    behind = max(0, gene.at - OVERLAP)
    return {"c1": gene.before + gene.coding[: gene.at], "c2": gene.coding[behind:] + gene.after}


def _split_turned(gene: IntactGene) -> Contigs:
    halves = _split(gene)
    return {"c1": reverse(halves["c2"]), "c2": halves["c1"]}


def _gap(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "N" * GAP + gene.coding[gene.at :])}


def _origin(gene: IntactGene, note: str) -> Contigs:
    cut = len(gene.before) + gene.at
    return {f"c1{note}": gene.whole[cut:] + gene.whole[:cut]}


def _edge(gene: IntactGene) -> Contigs:
    return {"c1": gene.before + gene.coding[: gene.at]}


def _remnant(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[gene.at :])}


def _pieces(gene: IntactGene) -> Contigs:
    """Delete a base at 59 places, so that the gene is in 60 pieces."""
    places = {round(number * len(gene.coding) / (_FRAMESHIFTS + 1)) for number in range(1, _FRAMESHIFTS + 1)}
    return {"c1": gene.with_coding("".join(base for at, base in enumerate(gene.coding) if at not in places))}


def _both_ends(gene: IntactGene) -> Contigs:
    """Place two copies, each cut by an end of the same contig, pointing away from each other: not one gene."""
    half = gene.before + gene.coding[: gene.at]
    return {"c1": reverse(half) + half}


def _halves(gene: IntactGene) -> Contigs:
    """Join the first part of the gene to the last part of another toxin's."""
    other = gene.other[len(gene.other) // 2 // 3 * 3 :]
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "TAATTAATTAA" + other)}


def _fused(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[:-3] + gene.other)}


def _both_strands(gene: IntactGene) -> Contigs:
    """Make another toxin's gene on the other strand end within the last 30 bases of this one."""
    return {"c1": gene.before + gene.coding + reverse(gene.other)[30:] + gene.after}


MATRIX_CASES: Mapping[str, Case] = {
    case.name: case
    for case in (
        Case("intact", "nothing is wrong with it", _intact, "intact", "same", needs_place=False),
        Case("stop", "a codon became a stop", _stop, "premature_stop", between_codons=True),
        Case("deletion", "one base is lost, as long reads lose them", _deletion, "frameshift"),
        Case("duplication", "one base is doubled", _duplication, "frameshift"),
        Case("insertion", "an insertion element of 1.6 kb sits in it", _insertion, "insertion"),
        Case("split", "it lies on two contigs", _split, "split", "same"),
        Case("split-overlap", "it lies on two contigs that share 127 bases", _split_overlap, "split", "same",
             places=(20, 100)),
        Case("split-turned", "it lies on two contigs, one of them turned round", _split_turned, "split", "same"),
        Case("gap", "300 N stand in it", _gap, "split", "same"),
        Case("origin", "it lies over the origin of a plasmid, of which nothing says that it is circular",
             lambda gene: _origin(gene, ""), "split", "same"),
        Case("origin-circular", "it lies over the origin of a plasmid whose header says circular",
             lambda gene: _origin(gene, " topology=circular"), "intact", "same"),
        Case("edge", "the end of the contig took the rest", _edge, "edge", places=(0, 90)),
        Case("remnant", "its beginning was lost", _remnant, "remnant", between_codons=True,
             places=(10, 100)),
        Case("pieces", "a base is lost at 59 places", _pieces, "frameshift", needs_place=False),
        Case("both-ends", "two cut copies point away from each other at both ends of a contig", _both_ends, "edge",
             loci=2),
        Case("halves", "its first part stands before the last part of another toxin's gene", _halves, "remnant",
             loci=2, between_codons=True),
        Case("fused", "another toxin's gene follows in the same reading frame", _fused, "intact", loci=2,
             needs_place=False),
        Case("both-strands", "another toxin's gene overlaps its end on the other strand", _both_strands, "intact",
             loci=2, needs_place=False),
    )
}  # fmt: skip
