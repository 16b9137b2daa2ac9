"""The native engine against recorded output of BtToxin_Digger 1.0.10."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.digger import digger, parity
from portal.pipeline.digger.output.tables import ALL_TOXINS_COLUMNS
from portal.pipeline.digger.parity import read_rows
from tests.parity.data import DATA

REFERENCE = DATA / "reference" / "bt_toxin20251104.fas"
GENOMES = {name: DATA / f"{name}.fna" for name in ("C15", "sim_kurstaki", "sim_israelensis")}
_NOT_COMPARED = {"SVM", "Evalue of blast", "Evalue of Hmm", "Hmm hit length"}


@pytest.fixture(scope="module")
def out_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parity")
    genomes = [str(path) for path in GENOMES.values()]
    arguments = ["--out", str(folder / "out"), "--reference", str(REFERENCE), "--references", str(folder)]
    result = CliRunner().invoke(digger, [*genomes, *arguments])
    assert result.exit_code == 0, result.output
    return folder


def test_the_parity_command_finds_no_difference(out_dir: Path) -> None:
    genomes = [*map(str, GENOMES.values()), str(DATA / "sim6M_ecoli.fna.gz")]
    arguments = [
        "--reference",
        str(REFERENCE),
        "--expected",
        str(DATA / "real_output"),
        "--cache",
        str(out_dir / "index"),
    ]
    result = CliRunner().invoke(parity, [*genomes, *arguments])
    assert result.exit_code == 0, result.output
    assert "| sim6M_ecoli | 13 | 13 | 13 |" in result.output


def test_each_cell_equals_the_real_tools(out_dir: Path) -> None:
    ours = read_rows(out_dir / "out" / "All_Toxins.txt")
    for strain in GENOMES:
        real = read_rows(DATA / "real_output" / strain / "All_Toxins.txt")
        assert {row["Strain"] for row in real.values()} == {strain}
        assert set(real) == {protein_id for protein_id, row in ours.items() if row["Strain"] == strain}
        for protein_id, row in real.items():
            for column in set(ALL_TOXINS_COLUMNS) - _NOT_COMPARED:
                assert ours[protein_id][column] == row[column], (protein_id, column)


def test_lists_equal_the_real_tools_but_for_the_svm(out_dir: Path) -> None:
    svm = re.compile(r"\t(YES|NO)(\t(?:YES|NO))$", re.MULTILINE)
    for strain in GENOMES:
        real = (DATA / "real_output" / strain / f"{strain}.list").read_text()
        ours = (out_dir / "out" / f"{strain}.list").read_text()
        assert svm.sub(r"\t-\2", ours) == svm.sub(r"\t-\2", real)


def test_the_gene_table_equals_the_real_tools(out_dir: Path) -> None:
    header, *rows = (line.split("\t") for line in (out_dir / "out" / "Bt_all_genes.table").read_text().splitlines())
    table = {row[0]: {gene: cell for gene, cell in zip(header[1:], row[1:], strict=True) if cell} for row in rows}
    for strain in GENOMES:
        genes, cells = (DATA / "real_output" / strain / "Bt_all_genes.table").read_text().splitlines()
        assert table[strain] == dict(zip(genes.split("\t")[1:], cells.split("\t")[1:], strict=True))
