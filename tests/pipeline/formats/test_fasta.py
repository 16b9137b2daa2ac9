"""FASTA: what the portal writes and reads, beside what Biopython makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from Bio import SeqIO
from Bio.Seq import Seq

from portal.pipeline.digger.reader import read_fasta
from portal.reference.example_genome import INVENTORIES, write_example
from portal.reference.store import ReferenceStore
from tests.pipeline.digger.digger_builders import protein, write_fasta
from tests.pipeline.formats.conftest import NAMES

BLANKS = (" ", "\t", "\v", "\f", "\u00a0", "\u3000", "\x1f", "  \t ")


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_name_ends_where_biopython_ends_it(tmp_path: Path, blank: str, end: str) -> None:
    path = tmp_path / "g.fna"
    text = "".join(f">{name}{blank}a b{blank}c{end}ACGT{end}" for name in NAMES)
    path.write_bytes(text.encode())
    with path.open(encoding="utf-8", newline=None) as stream:
        expected = [(record.id, str(record.seq)) for record in SeqIO.parse(stream, "fasta")]

    records = list(read_fasta(path))

    assert [(record.name, record.sequence.decode()) for record in records] == expected
    assert [record.name for record in records] == list(NAMES)


def by_biopython(path: Path) -> dict[str, Seq]:
    with path.open(encoding="utf-8") as stream:
        return {str(record.id): Seq(str(record.seq)) for record in SeqIO.parse(stream, "fasta")}


def test_a_stored_reference_is_read_as_it_was_given(tmp_path: Path) -> None:
    proteins = {"Cry1Aa1": protein(1, 300), "Vip3Aa1": protein(2, 200), "Cry2Aa1": protein(3, 250)}
    stored = ReferenceStore(tmp_path / "store").add(write_fasta(tmp_path / "r.faa", proteins), "mine", version="1")
    assert {name: str(read) for name, read in by_biopython(stored.fasta).items()} == proteins


def test_the_example_genome_has_the_genes_of_its_table(tmp_path: Path) -> None:
    names = [f"{toxin}1" for toxin in INVENTORIES["kurstaki"]]
    proteins = {name: protein(number, 700) for number, name in enumerate(names)}
    path = tmp_path / "example.fna"
    truth = write_example(write_fasta(tmp_path / "r.faa", proteins), path)
    contigs = by_biopython(path)
    assert truth.genes
    for gene in truth.genes:
        place = contigs[gene.contig][gene.start - 1 : gene.end]
        read = (place.reverse_complement() if gene.strand == "-" else place).translate()
        assert any(str(read).rstrip("*") in whole for whole in proteins.values())  # some are cut
