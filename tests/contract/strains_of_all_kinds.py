"""Strains of all kinds for one run: all published ones, every toxin name alone, and random inventories with hits near
and far, cut genes, broken genes and hits by profile alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import portal
from portal.pipeline.shoter.validation.strains import KnownStrain, read_strains
from tests.pipeline.shoter.shoter_builders import hmm_only, row

STRAINS = Path(__file__).parents[1] / "data" / "strains"
SHIPPED = Path(portal.__file__).parent / "pipeline" / "shoter" / "data" / "validation_strains.csv"
RANDOM_STRAINS = 500
WITH_STOP = {"Protein sequence": "M" * 400 + "*" + "M" * 700}
CUT = {"location": "1-1500", "Aln_length": "500", "reference_range": "679-1178"}
UNKNOWN = "random-unknown"  # little of whose genome is known: no toxin among that is no answer
# So many that they are possibly active although each has a stop.
ALL_BROKEN = (
    "Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry1Ca1", "Cry1Da1", "Cry1Fa1", "Cry2Aa1", "Cry2Ab1", "Vip3Aa1", "Vip3Ba1",
    "Cry9Aa1", "Cry9Ca1", "Cry51Aa1",
)  # fmt: skip


def published() -> list[KnownStrain]:
    return [
        strain for path in (SHIPPED, STRAINS / "fresh_strains_open.csv") for strain in read_strains(path.read_bytes())
    ]


def toxin_names() -> list[str]:
    return (STRAINS / "toxin_names.txt").read_text(encoding="utf-8").split()


def random_rows(rng: random.Random, names: Sequence[str]) -> list[dict[str, str]]:
    broken = WITH_STOP if rng.random() < 0.2 else {}
    rows = [
        row(
            rng.choice(names),
            number,
            **broken,
            Identity=str(rng.choice((100, 99.2, 96.1, 90, 81.5, 70, 55, 47, 38))),
            Aln_length=str(rng.choice((1178, 1178, 1178, 900, 650, 300))),
            Endotoxin_C=rng.choice(("YES", "YES", "NO")),
            location=rng.choice(("10001-13534", "10001-13534", "1-3534")),
        )
        for number in range(rng.choice((0, 1, 1, 2, 3, 4, 6, 9)))
    ]
    if rng.random() < 0.1:
        rows.append(hmm_only(90))
    if rng.random() < 0.1:
        rows.append(row("NA", 91, BLAST="NO", HMM="NO", SVM="YES"))
    return rows


def inventories() -> dict[str, list[dict[str, str]]]:
    found = {
        f"published-{strain.strain_id}": [row(name, number) for number, name in enumerate(strain.toxins)]
        for strain in published()
    }
    names = toxin_names()
    found |= {f"one-{name}": [row(name)] for name in names}
    rng = random.Random(20261126)
    found[UNKNOWN] = [row("NA", 91, BLAST="NO", HMM="NO", SVM="YES")]
    found["random-cut"] = [row("Cry1Ac1", 1, **CUT), row("Cry2Aa1", 2, **CUT)]
    found["random-cut-many"] = [row(name, number, **CUT) for number, name in enumerate(ALL_BROKEN)]
    found["random-broken"] = [row(name, number, **WITH_STOP) for number, name in enumerate(ALL_BROKEN)]
    return found | {f"random-{number}": random_rows(rng, names) for number in range(RANDOM_STRAINS)}
