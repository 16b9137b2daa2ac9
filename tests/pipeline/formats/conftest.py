"""Two runs of the engine over contigs whose names are hard on formats: a genome, and proteins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from tests.pipeline.digger.digger_builders import backbone, gene, protein, reverse_complement, write_fasta

STOPS = "TAATTAATTAA"
# Quotes at both ends and within, separators of every format, key words, blanks of other scripts, numbers, a long one.
NAMES = (
    '"quoted', 'quoted"', 'in"side', '""', "'single", "gi|12|emb|X1.1|", "a;b=c&d,e", "50%25", "a/b\\c", "-", "NA",
    "007", "1e5", "TRUE", "#hash", "=1+1", "@x", "complement(1..2)", "join(1..2,3..4)", '/note="x"', "LOCUS",
    "ORIGIN", "//", "{x}", "[x]", "<x", ">x", "~x", "contig.1", "naïve", "基因组", "x" * 200, "a.b.c_00001",
    "word_" * 20,
)  # fmt: skip


@dataclass(frozen=True)
class DiggerOutput:
    """A folder with Digger's files of one strain, and the sequences that it was made from."""

    folder: Path
    strain: str
    sequences: Mapping[str, str]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fasta(tmp_path_factory.mktemp("reference") / "made_up.faa", {"Cry6Aa1": protein(5, 300)})


@pytest.fixture(scope="session")
def genome(tmp_path_factory: pytest.TempPathFactory, reference: Path) -> DiggerOutput:
    """One gene on each contig, on either strand; a description stands after the name, behind blanks of any kind."""
    coding = STOPS + gene(protein(5, 300))
    sequences = {}
    for number, name in enumerate(NAMES):
        around = backbone(number, 30 + number) + (coding if number % 2 else reverse_complement(coding))
        sequences[name] = around + backbone(100 + number, 60)
    return _run(tmp_path_factory.mktemp("genome"), reference, 'NA "1', sequences)


@pytest.fixture(scope="session")
def proteins(tmp_path_factory: pytest.TempPathFactory, reference: Path) -> DiggerOutput:
    folder = tmp_path_factory.mktemp("proteins")
    return _run(folder, reference, "007", {name: protein(5, 300) for name in NAMES})


def _run(folder: Path, reference: Path, strain: str, sequences: Mapping[str, str]) -> DiggerOutput:
    path = folder / "in.fasta"
    blanks = (" ", "\t", "\u3000", "\u00a0")
    lines = [f">{name}{blanks[n % 4]}what it is\n{letters}\n" for n, (name, letters) in enumerate(sequences.items())]
    path.write_text("".join(lines), encoding="utf-8")
    run_digger([(strain, path)], folder / "out", reference_fasta=reference, cache_dir=folder / "cache",
               reference_facts={}, threads=2)  # fmt: skip
    return DiggerOutput(folder / "out", strain, sequences)
