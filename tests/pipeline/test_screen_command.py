"""`btportal screen`: a genome in words, in both languages, and a document that was written before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.main import cli
from tests.pipeline.digger.digger_builders import backbone, gene, write_fasta
from tests.pipeline.digger.panel_builders import STOPS, make_panel, pan_c, virulence


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    make_panel(tmp_path / "references")
    contig = STOPS.join([backbone(1, 300), gene(virulence()["nheA"]), *pan_c().values(), backbone(2, 300)])
    return write_fasta(tmp_path / "g.fna", {"c1": contig})


def run(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["screen", *arguments, "--references", str(tmp_path / "references")])


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["panC group II (mosaicus/luti)", "1 of 3 genes", "nheA 100.0 % over 100 % (found)"]),
        ("zh", ["属于蜡样芽孢杆菌群", "3 个基因中的 1 个", "炭疽毒素: 无", "不是临床"]),
    ],
)  # fmt: skip
def test_a_genome_is_told_in_words(tmp_path: Path, genome: Path, lang: str, words: list[str]) -> None:
    done = run(tmp_path, str(genome), "--lang", lang)
    assert done.exit_code == 0
    assert [word for word in words if word not in done.output] == []


def test_a_document_is_explained_as_its_genome(tmp_path: Path, genome: Path) -> None:
    written = run(tmp_path, str(genome), "--json").output
    assert json.loads(written)["membership"] == "member"
    document = tmp_path / "screening.json"
    document.write_text(written, encoding="utf-8")
    assert run(tmp_path, str(document)).output == run(tmp_path, str(genome)).output
    document.write_text('{"schema": 99}')
    assert run(tmp_path, str(document)).exit_code == 1


def test_a_file_that_is_no_fasta_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "g.fna"
    wrong.write_text("no fasta\n")
    done = run(tmp_path, str(wrong))
    assert (done.exit_code, "Error" in done.output) == (1, True)
