"""Files with records of two kinds: each record is read as what it is, and both kinds of results stand side by side."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.output.run_files import DiggerSummary
from portal.pipeline.digger.record_kinds import nucleotide_records, unexplained_records
from portal.results.codec import from_json
from portal.results.loci import LociDocument
from portal.results.toxins import ToxinsDocument
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, reverse_complement, write_fasta

PROTEINS = reference_proteins()
Search = Callable[..., DiggerSummary]


def coding(name: str) -> str:
    return gene(PROTEINS[name])


def open_plasmid(name: str, seed: int) -> str:
    """Return a plasmid that reads ATG ... stop without a stop inside, with a toxin on the other strand."""
    rng = random.Random(seed)
    codons = [a + b + c for a in "CG" for b in "ACGT" for c in "ACGT"]
    before, after = ("".join(rng.choices(codons, k=300)) for _ in range(2))
    return "ATG" + before + reverse_complement(gene(PROTEINS[name])) + after + "TAA"


@pytest.fixture
def search(reference: Path, cache_dir: Path, tmp_path: Path) -> Search:
    def run(records: Mapping[str, str], kind: str = "auto") -> DiggerSummary:
        return run_digger([("g", write_fasta(tmp_path / "g.fa", records))], tmp_path / "out", kind=kind,
                          reference_fasta=reference, cache_dir=cache_dir, reference_facts={}, threads=2)  # fmt: skip

    return run


def rows(folder: Path) -> list[tuple[str, int]]:
    """Return contig and frame of each row, in order."""
    document = from_json((folder / "out" / "toxins.json").read_bytes(), ToxinsDocument)
    loci = from_json((folder / "out" / "loci.json").read_bytes(), LociDocument).loci
    assert [locus.locus_id for locus in loci] == [f"L{number}" for number in range(1, len(document.toxins) + 1)]
    assert [locus.pieces[0].contig for locus in loci] == [toxin.contig for toxin in document.toxins]
    return [(toxin.contig, toxin.frame) for toxin in document.toxins]


def test_a_plasmid_among_coding_sequences_keeps_its_toxin(search: Search, tmp_path: Path) -> None:
    summary = search({"a": coding("Cry1Aa1"), "p": open_plasmid("Cyt1Aa1", 4), "b": coding("Vip3Aa1")})
    found = rows(tmp_path)
    assert [contig for contig, _ in found] == ["a", "p", "b"]
    assert [frame < 0 for _, frame in found] == [False, True, False]
    (strain,) = summary.strains
    assert (strain.kind, strain.toxins) == ("orfs", 3)
    assert [note.code for note in strain.remarks] == ["note.records_as_genome"]
    assert strain.notes == ("1 of 3 records does not look like the rest of the file: it was searched as a genome",)


def test_coding_sequences_alone_are_read_as_such(search: Search, tmp_path: Path) -> None:
    (strain,) = search({"a": coding("Cry1Aa1"), "b": "ATG" + backbone(3, 900).replace("T", "C") + "TAA"}).strains
    assert rows(tmp_path) == [("a", 1)]
    assert strain.notes == ()


def test_what_the_user_says_is_not_doubted(search: Search, tmp_path: Path) -> None:
    search({"a": coding("Cry1Aa1"), "p": open_plasmid("Cyt1Aa1", 4)}, kind="orfs")
    assert rows(tmp_path) == [("a", 1)]


def test_a_contig_among_proteins_keeps_its_toxin(search: Search, tmp_path: Path) -> None:
    contig = backbone(1, 100) + "TAATTAATTAA" + gene(PROTEINS["Cyt1Aa1"]) + "TAATTAATTAA" + backbone(2, 100)
    plain = {f"q{number}": PROTEINS["Cry2Aa1"] for number in range(2)}
    (strain,) = search({"a": PROTEINS["Cry1Aa1"], "c": contig, **plain}).strains
    assert rows(tmp_path)[0] == ("a", 0)
    assert rows(tmp_path)[1][0] == "c"
    assert rows(tmp_path)[1][1] > 0
    assert (strain.kind, strain.toxins) == ("prot", 4)
    assert [note.code for note in strain.remarks] == ["note.records_as_genome"]
    assert "c_0" in (tmp_path / "out" / "g.gbk").read_text()


def test_a_short_or_real_protein_is_no_contig(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "p.faa", {"a": PROTEINS["Cry1Aa1"], "b": "ACGT" * 50, "c": "ACGTN" * 50})
    assert nucleotide_records(path) == {"c"}


def test_room_for_a_gene_is_counted_between_the_toxins(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "c.fna", {"short": "A" * 224, "long": "A" * 225})
    assert unexplained_records(path, ()) == {"long"}
