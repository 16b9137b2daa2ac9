"""`btportal example --damage` and `btportal loci`, as a biologist uses them."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.main import cli
from portal.domain.errors import InvalidInput
from portal.reference.damage import CASES, parse_damage

REFERENCES = os.environ.get("REFERENCE_DIR") or "var/references"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("damaged")
    damages = ["--damage", "stop:35", "--damage", "deletion:30", "--damage", "edge:60"]
    done = run("example", *damages, "--toxin", "Cry3Aa", "--strand", "+", "--out", str(out), "--dir", REFERENCES)
    assert done.exit_code == 0, done.output
    return out


def test_the_table_says_what_is_right(folder: Path) -> None:
    with (folder / "damage.tsv").open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [(row["case"], row["percent"], row["verdict"]) for row in rows] == [
        ("stop", "35", "premature_stop"),
        ("deletion", "30", "frameshift"),
        ("edge", "60", "edge"),
    ]
    assert all((folder / row["file"]).is_file() for row in rows)


@pytest.mark.parametrize(
    ("file", "lang", "words"),
    [
        ("Cry3Aa_stop_35_plus.fna", "en", ["premature stop", "a stop codon ends the protein early", "228 of 652"]),
        ("Cry3Aa_stop_35_plus.fna", "zh", ["提前终止", "第 229 个氨基酸处"]),
        (
            "Cry3Aa_deletion_30_plus.fna",
            "en",
            ["the reading frame shifts (−1 bp)", "sequencing error", "pseudogene"],
        ),
        ("Cry3Aa_edge_60_plus.fna", "en", ["the end of contig c1 took the last 261 of 652 amino acids"]),
        ("Cry3Aa_edge_60_plus.fna", "zh", ["重叠群 c1 的末端截去了后 261 个氨基酸"]),
    ],
)
def test_a_broken_gene_is_explained(folder: Path, file: str, lang: str, words: list[str]) -> None:
    done = run("loci", str(folder / file), "--references", REFERENCES, "--lang", lang)
    assert done.exit_code == 0, done.output
    assert [word for word in words if word not in done.output] == []


def test_loci_as_json_can_be_explained_again(folder: Path, tmp_path: Path) -> None:
    genome = str(folder / "Cry3Aa_stop_35_plus.fna")
    done = run("loci", genome, "--references", REFERENCES, "--json")
    assert json.loads(done.output)["loci"][0]["verdict"] == "premature_stop"
    document = tmp_path / "loci.json"
    document.write_text(done.output, encoding="utf-8")
    assert run("loci", str(document)).output == run("loci", genome, "--references", REFERENCES).output
    document.write_text('{"schema": 99, "strain": "s", "loci": []}')
    refused = run("loci", str(document))
    assert (refused.exit_code, "format 99 is not known" in refused.output) == (1, True)


def test_a_damage_that_nobody_knows_is_refused() -> None:
    assert parse_damage("stop:35") == ("stop", 35)
    assert parse_damage("intact") == ("intact", None)
    for wrong in ("burnt", "stop", "stop:0", "stop:100", "stop:x"):
        with pytest.raises(InvalidInput):
            parse_damage(wrong)
    assert all(case.text for case in CASES.values())
