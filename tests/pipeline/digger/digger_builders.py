"""Made-up proteins, genes and genomes: random, but the same in every run."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
_CODON = {
    "A": "GCA", "C": "TGC", "D": "GAC", "E": "GAA", "F": "TTC", "G": "GGC", "H": "CAC", "I": "ATC", "K": "AAA",
    "L": "CTG", "M": "ATG", "N": "AAC", "P": "CCG", "Q": "CAG", "R": "CGC", "S": "AGC", "T": "ACC", "V": "GTG",
    "W": "TGG", "Y": "TAC",
}  # fmt: skip
_COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


def protein(seed: int, length: int) -> str:
    return "M" + "".join(random.Random(seed).choices(AMINO_ACIDS, k=length - 1))


def mutated(letters: str, share: float, seed: int) -> str:
    rng = random.Random(seed)
    return "M" + "".join(rng.choice(AMINO_ACIDS) if rng.random() < share else letter for letter in letters[1:])


@cache
def reference_proteins() -> Mapping[str, str]:
    cry1, cry2, vip = protein(1, 680), protein(2, 640), protein(3, 420)
    return {
        "Cry1Aa1": cry1,
        "Cry1Aa2": mutated(cry1, 0.01, 11),
        "Cry1Aa3": cry1,
        "Cry1Ab1": mutated(cry1, 0.2, 12),
        "Cry2Aa1": cry2,
        "Cry2Ab1": mutated(cry2, 0.15, 13),
        "Vip3Aa1": vip,
        "Vip3Ba1": mutated(vip, 0.3, 14),
        "Cyt1Aa1": protein(4, 249),
        "Cry6Aa1": protein(5, 300),
        "InhA1-other": protein(6, 350),
    }


def gene(letters: str) -> str:
    return "".join(_CODON[letter] for letter in letters) + "TAA"


def reverse_complement(sequence: str) -> str:
    return sequence.encode().translate(_COMPLEMENT)[::-1].decode()


def backbone(seed: int, length: int) -> str:
    return "".join(random.Random(seed).choices("ACGT", k=length))


def write_fasta(path: Path, records: Mapping[str, str], width: int = 70, end: str = "\n") -> Path:
    with path.open("w", encoding="ascii", newline="") as stream:
        for name, letters in records.items():
            stream.write(f">{name}{end}")
            for start in range(0, len(letters), width):
                stream.write(letters[start : start + width] + end)
    return path
