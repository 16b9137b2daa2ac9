"""The synthetic genome holds what its table says, and the same bytes every time."""

from __future__ import annotations

import csv
import random
from itertools import product
from pathlib import Path

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.fasta import validate_fasta
from portal.reference.example_genome import INVENTORIES, ExampleGene, pick_proteins, write_example

CODE = dict(
    zip(
        map("".join, product("TCAG", repeat=3)),
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)
COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random proteins under the names of both inventories, and a fragment that must not be taken."""
    rng = random.Random(1)
    names = [f"{toxin}{allele}" for kind in INVENTORIES.values() for toxin in kind for allele in (2, 1)]
    proteins = {name: "M" + "".join(rng.choices("ACDEFGHIKLMNPQRSTVWY", k=rng.randint(700, 720))) for name in names}
    proteins["Cry1Aa0"] = "MKLDE"
    path = tmp_path_factory.mktemp("reference") / "reference.faa"
    path.write_text("".join(f">{name}\n{protein}\n" for name, protein in proteins.items()))
    return path


def read(path: Path) -> dict[str, str]:
    records: dict[str, str] = {}
    for block in path.read_text().split(">")[1:]:
        header, _, body = block.partition("\n")
        records[header.split()[0]] = body.replace("\n", "")
    return records


def protein_of(gene: ExampleGene, contigs: dict[str, str]) -> str:
    dna = contigs[gene.contig][gene.start - 1 : gene.end]
    if gene.strand == "-":
        dna = dna.translate(COMPLEMENT)[::-1]
    return "".join(CODE[dna[at : at + 3]] for at in range(0, len(dna), 3))


@pytest.mark.parametrize("kind", ["kurstaki", "israelensis"])
def test_every_gene_of_the_table_is_in_the_genome(reference: Path, tmp_path: Path, kind: str) -> None:
    truth = write_example(reference, tmp_path, kind=kind)
    assert truth.fasta == tmp_path / f"synthetic_{kind}.fna"
    proteins, contigs = read(reference), read(truth.fasta)
    assert sorted(gene.toxin for gene in truth.genes) == sorted(INVENTORIES[kind])
    for gene in truth.genes:
        whole = proteins[gene.reference_entry]
        assert gene.reference_entry == f"{gene.toxin}1"
        if gene.state == "complete":
            assert protein_of(gene, contigs) == whole + "*"
        else:
            assert protein_of(gene, contigs) == whole[: gene.protein_length]
            assert gene.end == len(contigs[gene.contig])
            assert gene.coverage_percent == pytest.approx(60, abs=0.1)
    assert [gene.state for gene in truth.genes].count("complete") == len(truth.genes) - 1
    assert {gene.strand for gene in truth.genes} == {"+", "-"}
    with truth.table.open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [int(row["start"]) for row in rows] == [gene.start for gene in truth.genes]


def test_it_is_a_draft_genome_of_a_megabase_and_says_that_it_is_synthetic(reference: Path, tmp_path: Path) -> None:
    truth = write_example(reference, tmp_path)
    data = truth.fasta.read_bytes()
    facts = validate_fasta([data])
    assert (facts.records, facts.letters, facts.kind) == (12, 1_000_000, "nucl")
    assert facts.n50 > 50_000
    headers = [line for line in data.splitlines() if line.startswith(b">")]
    assert all(line.startswith(b">synthetic_kurstaki_") and b"no real strain" in line for line in headers)
    sequence = "".join(read(truth.fasta).values())
    assert 0.33 < (sequence.count("G") + sequence.count("C")) / len(sequence) < 0.37


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(reference: Path, tmp_path: Path) -> None:
    first, second, third = (
        write_example(reference, tmp_path / f"{name}.fna", seed=seed).fasta.read_bytes()
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == second != third


def test_a_genome_without_toxins_needs_none_from_the_reference(tmp_path: Path) -> None:
    empty = tmp_path / "other.faa"
    empty.write_text(">Xpp37Aa1\nMKLDEF\n")
    truth = write_example(empty, tmp_path, kind="none")
    assert truth.genes == ()
    assert len(read(truth.fasta)) == 12


def test_a_toxin_is_asked_for_by_its_third_rank_or_by_its_allele(tmp_path: Path) -> None:
    two = tmp_path / "two.faa"
    two.write_text(">Cry1Aa1\nMKLDEF\n>Cry1Aa2\nMKLDEG\n>Cry1Ab1\nMKLDEH\n")
    assert pick_proteins(two, ["Cry1Aa", "Cry1Aa2"]) == [
        ("Cry1Aa", "Cry1Aa1", "MKLDEF"),
        ("Cry1Aa2", "Cry1Aa2", "MKLDEG"),
    ]
    with pytest.raises(InvalidInput, match="the reference lacks Cry1Aa3,"):
        pick_proteins(two, ["Cry1Aa3"])


def test_what_the_reference_lacks_is_named(tmp_path: Path) -> None:
    poor = tmp_path / "poor.faa"
    poor.write_text(">Cry1Aa1\nMKLDEF\n")
    with pytest.raises(InvalidInput, match="the reference lacks Cry1Ab, Cry1Ac"):
        write_example(poor, tmp_path)
    with pytest.raises(InvalidInput, match="unknown kind"):
        write_example(poor, tmp_path, kind="other")
