"""A reference and genomes for whole runs, made once."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from portal.reference.store import ReferenceStore
from tests.cluster.fixtures import slurm_cluster

__all__ = ["slurm_cluster"]

AMINO = "ACDEFGHIKLMNPQRSTVWY"
CODONS = "GCTTGTGATGAATTTGGTCATATTAAATTAATGAATCCTCAACGTTCTACTGTTTGGTAT"
CODON = {letter: CODONS[3 * place : 3 * place + 3] for place, letter in enumerate(AMINO)}


def protein(seed: int, length: int = 640) -> str:
    return "M" + "".join(random.Random(seed).choices(AMINO, k=length - 1))


TOXINS = {"Cry1Aa1": protein(1), "Cry2Aa1": protein(2), "Cyt1Aa1": protein(3, 250), "Vip3Aa1": protein(4)}


@pytest.fixture(scope="session")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a small reference of made-up proteins in use, its index built."""
    from portal.pipeline.digger.native.index import load_index

    folder = tmp_path_factory.mktemp("references")
    fasta = folder / "toxins.faa"
    fasta.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in TOXINS.items()))
    store = ReferenceStore(folder / "store")
    store.add(fasta, "made-up", version="1")
    reference = store.use("made-up")
    load_index(reference.fasta, reference.folder / "index", 1)
    return folder / "store"


def dna(seed: int, length: int) -> str:
    return "".join(random.Random(seed).choices("ACGT", weights=(3, 2, 2, 3), k=length))


@pytest.fixture(scope="session")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small genome with two toxin genes."""
    genes = ["".join(CODON[letter] for letter in TOXINS[name]) + "TAA" for name in ("Cry1Aa1", "Vip3Aa1")]
    path = tmp_path_factory.mktemp("genomes") / "strain.fna"
    path.write_text(
        f">contig1\n{dna(1, 4000)}TAA{genes[0]}{dna(2, 4000)}\n>contig2\n{dna(3, 3000)}TAA{genes[1]}{dna(4, 900)}\n"
    )
    return path


@pytest.fixture(scope="session")
def big_genome(tmp_path_factory: pytest.TempPathFactory, genome: Path) -> Path:
    """The same with so much around it that Digger is at work for seconds."""
    path = tmp_path_factory.mktemp("genomes") / "big.fna"
    path.write_text(genome.read_text() + f">contig3\n{dna(5, int(os.environ.get('BIG_GENOME', '9000000')))}\n")
    return path
