"""A made-up screening panel, in the form of BTyper3's files, and genomes that hold parts of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from portal.reference.screening import PanelFiles, panel_folder, place_panel
from portal.results.screening import SYSTEMS
from tests.pipeline.digger.digger_builders import gene, protein

STOPS = "TAATTAATTAA"  # a stop in each frame of either strand


@cache
def virulence() -> Mapping[str, str]:
    """Return a protein for each gene of the panel: the two forms of cytK are relatives, capE is short."""
    names = [name for genes in SYSTEMS.values() for name in genes]
    made = {name: protein(500 + number, 47 if name == "capE" else 320) for number, name in enumerate(names)}
    return made | {"cytK-2": replaced(made["cytK-1"], 0.1, 77)}


@cache
def pan_c() -> Mapping[str, str]:
    """Return three panC genes of two groups, named as in BTyper3's file."""
    first = gene(protein(900, 282))
    return {
        "Group_II(mosaicus/luti) | strain_a": first,
        "Group_II(mosaicus/luti) | strain_b": substituted(first, 0.03, 5),
        "Group_clarus | strain_c": substituted(first, 0.12, 6),
    }


def replaced(letters: str, share: float, seed: int) -> str:
    """Return a protein with this share of its residues replaced by others, evenly spread."""
    rng = random.Random(seed)
    places = rng.sample(range(1, len(letters)), round(share * len(letters)))
    changed = list(letters)
    for place in places:
        changed[place] = rng.choice([other for other in "ACDEFGHIKLMNPQRSTVWY" if other != changed[place]])
    return "".join(changed)


def substituted(dna: str, share: float, seed: int) -> str:
    """Return a coding sequence with this share of its bases replaced; start, stop and reading frame stay."""
    rng = random.Random(seed)
    changed = list(dna)
    for place in rng.sample(range(3, len(dna) - 3), round(share * len(dna))):
        kept = changed[place]
        for base in rng.sample([other for other in "ACGT" if other != kept], 3):
            changed[place] = base
            codon = place // 3 * 3
            if "".join(changed[codon : codon + 3]) not in ("TAA", "TAG", "TGA"):
                break
            changed[place] = kept
    return "".join(changed)


def fasta(entries: Mapping[str, str]) -> bytes:
    return "".join(f">{name}\n{letters}\n" for name, letters in entries.items()).encode()


def make_panel(root: Path) -> PanelFiles:
    proteins = {f"{name} WP_{number:06d}.1 made up": each for number, (name, each) in enumerate(virulence().items())}
    return place_panel(panel_folder(root), fasta(proteins), fasta(pan_c()), version="made up 1", source="made up")
