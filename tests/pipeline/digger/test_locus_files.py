"""Genes in the files of Digger: toxins.tsv, loci.tsv and GFF3, with a broken gene, one on two contigs, a whole one."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest
from Bio import SeqIO
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord

from portal.pipeline.digger.engine import run_digger
from portal.results.codec import from_json
from portal.results.loci import LociDocument
from portal.results.loci_table import LOCI_COLUMNS
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, reverse_complement, write_fasta

PROTEINS = reference_proteins()
STOPS = "TAATTAATTAA"  # a stop in each frame of either strand


@pytest.fixture
def out(reference: Path, cache_dir: Path, tmp_path: Path) -> Path:
    """Return the files of a genome: Cry1Ab1 with a lost base, Cry2Aa1 backward over two contigs, Vip3Aa1 whole."""
    cry1, vip = gene(PROTEINS["Cry1Ab1"]), gene(PROTEINS["Vip3Aa1"])
    cry2 = reverse_complement(STOPS + gene(PROTEINS["Cry2Aa1"]))
    middle = len(cry2) // 2
    contigs = {
        "c1": backbone(1, 2000) + STOPS + cry1[:1500] + cry1[1501:] + backbone(2, 2000) + cry2[:middle],
        "c2": cry2[middle:] + backbone(3, 2000) + STOPS + vip + backbone(4, 2000),
    }
    run_digger([("g", write_fasta(tmp_path / "g.fna", contigs))], tmp_path / "out", reference_fasta=reference,
               cache_dir=cache_dir, reference_facts={}, threads=2)  # fmt: skip
    return tmp_path / "out"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def read(path: Path) -> list[SeqRecord]:
    with path.open(encoding="utf-8") as stream:
        return list(SeqIO.parse(stream, "fasta"))


def features(path: Path) -> list[tuple[list[str], Mapping[str, str]]]:
    lines = [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]
    assert {len(cells) for cells in lines} == {9}
    return [(cells, dict(pair.split("=", 1) for pair in cells[8].split(";"))) for cells in lines]


def test_tables_name_the_gene_of_each_row(out: Path) -> None:
    document = from_json((out / "loci.json").read_bytes(), LociDocument)
    verdicts = {locus.locus_id: str(locus.verdict) for locus in document.loci}
    assert sorted(verdicts.values()) == ["frameshift", "intact", "split"]
    rows = table(out / "toxins.tsv")
    assert {row["protein_id"]: row["locus"] for row in rows} == {
        protein_id: locus.locus_id for locus in document.loci for protein_id in locus.protein_ids
    }
    assert all(row["verdict"] == verdicts[row["locus"]] for row in rows)
    genes = table(out / "loci.tsv")
    assert list(genes[0]) == list(LOCI_COLUMNS)
    [shifted] = [gene for gene in genes if gene["verdict"] == "frameshift"]
    assert shifted["pieces"] == "2"
    assert "the reading frame shifts (−1 bp)" in shifted["what_happened"]
    assert "sequencing error" in shifted["meaning"]
    assert len(shifted["protein_ids"].split(";")) == 2


def test_genbank_shows_the_genes_around_a_hit(out: Path) -> None:
    with (out / "g.gbk").open(encoding="utf-8") as stream:
        records = list(SeqIO.parse(stream, "genbank"))
    genes = {record.id: [each for each in record.features if each.type == "gene"] for record in records}
    verdicts = {row["protein_id"]: row["verdict"] for row in table(out / "toxins.tsv")}
    assert genes.keys() == verdicts.keys()
    for name, of_record in genes.items():
        [found] = of_record
        assert str(found.qualifiers["note"][0]).startswith(f"verdict: {verdicts[str(name)]}; ")
        assert ("pseudogene" in found.qualifiers) is (verdicts[str(name)] == "frameshift")
        assert len(found.location.parts) == (2 if verdicts[str(name)] == "frameshift" else 1)
    record = next(record for record in records if verdicts[str(record.id)] == "frameshift")
    [shifted] = genes[record.id]
    mended = "".join(str(part.extract(record.seq).translate()) for part in shifted.location.parts)
    assert mended[:300] == PROTEINS["Cry1Ab1"][:300]
    assert mended[-100:] == PROTEINS["Cry1Ab1"][-100:]


def test_fasta_has_each_gene_with_its_flanks(out: Path, tmp_path: Path) -> None:
    document = from_json((out / "loci.json").read_bytes(), LociDocument)
    proteins = {record.id: str(record.seq) for record in read(out / "g.genes.faa")}
    assert proteins == {locus.locus_id: locus.protein for locus in document.loci}
    contigs = {record.id: str(record.seq) for record in read(tmp_path / "g.fna")}
    genes = read(out / "g.genes.fna")
    places = {
        attributes["ID"]: (cells[0], int(cells[3]), int(cells[4]), cells[6])
        for cells, attributes in features(out / "g.gff3")
        if cells[2] == "gene"
    }
    assert len(genes) == 4, "one of the three genes lies on two contigs"
    for record in genes:
        place = re.search(r" (c\d):(\d+)-(\d+)\(([+-])\) gene=(\d+)-(\d+)$", record.description)
        assert place is not None
        first, last, start, end = (int(place[at]) for at in (2, 3, 5, 6))
        whole = contigs[place[1]]
        assert first == max(1, start - 500)
        assert last == min(len(whole), end + 500)
        stretch = Seq(whole[first - 1 : last])
        assert str(record.seq).upper() == str(stretch.reverse_complement() if place[4] == "-" else stretch).upper()
        assert sum(letter.isupper() for letter in str(record.seq)) == end - start + 1
        assert places[str(record.id)] == (place[1], start, end, place[4]), "as in GFF3"
    [vip] = [record for record in genes if "Vip3Aa1 state=intact" in record.description]
    coding = Seq("".join(letter for letter in str(vip.seq) if letter.isupper()))
    assert PROTEINS["Vip3Aa1"] in str(coding.translate())


def test_a_gene_is_the_parent_of_its_parts(out: Path) -> None:
    found = features(out / "g.gff3")
    ids = [attributes["ID"] for _, attributes in found]
    assert len(ids) == len(set(ids))
    genes = {attributes["ID"]: (cells, attributes) for cells, attributes in found if cells[2] == "gene"}
    parts = [(cells, attributes) for cells, attributes in found if "Parent" in attributes]
    assert {cells[2] for cells, _ in parts} == {"CDS", "CDS_fragment"}
    for cells, attributes in parts:
        for parent in attributes["Parent"].split(","):
            of_gene = genes[parent][0]
            assert (cells[0], cells[6]) == (of_gene[0], of_gene[6])
            assert int(of_gene[3]) <= int(cells[3]) <= int(cells[4]) <= int(of_gene[4])
    assert {attributes["ID"] for cells, attributes in found if cells[2] == "CDS"} == {
        attributes["ID"] for cells, attributes in parts if cells[2] == "CDS"
    }
    split = [attributes for _, attributes in genes.values() if attributes["verdict"] == "split"]
    assert [attributes["part"] for attributes in split] == ["1/2", "2/2"]
    assert len({attributes["locus"] for attributes in split}) == 1
    [note] = [unquote(each["Note"]) for _, each in genes.values() if each["verdict"] == "frameshift"]
    assert "the reading frame shifts" in note
    targets = [attributes["Target"].split(" ") for cells, attributes in parts if cells[2] == "CDS_fragment"]
    assert all(int(start) <= int(end) for _, start, end in targets)
