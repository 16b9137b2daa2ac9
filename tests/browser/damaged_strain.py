"""A genome with the toxins of *kurstaki* as mutants, pseudogenes and draft assemblies have them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from portal.pipeline.digger.reader import read_fasta
from portal.reference.example_genome import ExampleGene, write_example

_STOPS = frozenset(("TAA", "TAG", "TGA"))
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_SUBSTITUTED = 0.03
Damage = Callable[[str, random.Random], str]


def _substituted(gene: str, rng: random.Random) -> str:
    """Substitute 3 % of the bases, without a new stop."""
    codons = [gene[at : at + 3] for at in range(0, len(gene), 3)]
    for place in rng.sample(range(3, len(gene) - 3), round(len(gene) * _SUBSTITUTED)):
        codon, at = codons[place // 3], place % 3
        made = codon[:at] + rng.choice("ACGT".replace(codon[at], "")) + codon[at + 1 :]
        codons[place // 3] = codon if made in _STOPS else made
    return "".join(codons)


def _stopped(gene: str, rng: random.Random) -> str:
    at = len(gene) // 3 * 35 // 100 * 3
    return _substituted(gene[:at], rng) + "TAA" + gene[at + 3 :]


def _deleted(gene: str, _rng: random.Random) -> str:
    return gene[: len(gene) // 2] + gene[len(gene) // 2 + 1 :]


def _doubly_broken(gene: str, rng: random.Random) -> str:
    third = len(gene) // 3
    return _deleted(gene[: 2 * third], rng) + "".join(rng.choices("ACGT", k=1_400)) + gene[2 * third :]


def _without_start(gene: str, _rng: random.Random) -> str:
    return gene[len(gene) // 5 // 3 * 3 :]


_DAMAGES: Sequence[Damage] = (_substituted, _stopped, _deleted, _doubly_broken, _substituted, _without_start, _stopped)


def write_damaged_strain(reference: Path, folder: Path) -> Path:
    """Write the genome: of its seven genes the first is cut by the end of its contig too."""
    truth = write_example(reference, folder)
    contigs = {record.name: record.sequence.decode() for record in read_fasta(truth.fasta)}
    rng = random.Random(1)
    damaged = zip(truth.genes, _DAMAGES, strict=True)
    for gene, damage in sorted(damaged, key=lambda item: item[0].start, reverse=True):
        whole = contigs[gene.contig]
        made = _turned(damage(_turned(whole[gene.start - 1 : gene.end], gene), rng), gene)
        contigs[gene.contig] = whole[: gene.start - 1] + made + whole[gene.end :]
    path = folder / "Bt-M7_mutant.fna"
    path.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in contigs.items()), encoding="ascii")
    return path


def _turned(sequence: str, gene: ExampleGene) -> str:
    return sequence if gene.strand == "+" else sequence.translate(_COMPLEMENT)[::-1]
