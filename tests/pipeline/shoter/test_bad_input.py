"""Bad inputs through the commands: scored, or refused with row and column; nothing half-done stays."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli.results import plots
from portal.cli.shoter import shoter
from portal.cli.specificity import specificity
from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE
from tests.pipeline.shoter.shoter_builders import COLUMNS, hmm_only, row, table_text


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_everything_odd_at_once_is_scored_and_drawn(tmp_path: Path) -> None:
    """CRLF, more columns, NA and ND, 0 % coverage, a row of profiles alone, a name that does not parse."""
    rows = [
        row("Cry1Ac1", 1) | {"Extra": "x"},
        row("Vip3Aa1", 2, Hit_length="789", Aln_length="0", reference_range="1-1", Identity="99"),
        row("novel toxin 7", 3),
        row("Cry9Aa1", 4, Nomenclature="ND", Endotoxin_M="ND"),
        hmm_only(5),
    ]
    results = tmp_path / "results"
    results.mkdir()
    table = results / "All_Toxins.txt"
    table.write_text(table_text(rows, (*COLUMNS, "Extra"), "\r\n"), encoding="utf-8", newline="")
    done = run(shoter, table, "--out", results, "--draws", 100)
    assert done.exit_code == 0, done.output
    assert "names outside the nomenclature: novel toxin 7" in done.output
    (strain,) = json.loads((results / "strain_scores.json").read_text(encoding="utf-8"))["strains"]
    weights = {unit["name"]: unit["weight"] for unit in strain["units"]}
    assert weights["Cry1Ac1"] == 1.0
    assert weights["Vip3Aa1"] < 0.05
    assert len(strain["hits"]) == 5
    drawn = run(plots, results, "--out", tmp_path / "plots")
    assert drawn.exit_code == 0, drawn.output
    assert len(list((tmp_path / "plots").glob("*.svg"))) >= 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (table_text([row()], [name for name in COLUMNS if name != "Identity"]), "Identity"),
        (table_text([row(), row("Cry2Aa1", 2, Identity="high")]), "line 3: column Identity"),
        ("", "line 1: the file is empty"),
        ("\x00\x01", "line 1: the header lacks Strain"),
    ],
)
def test_a_refusal_names_row_and_column_and_leaves_nothing(tmp_path: Path, text: str, told: str) -> None:
    table = tmp_path / "All_Toxins.txt"
    table.write_text(text, encoding="utf-8")
    done = run(shoter, table, "--out", tmp_path / "out")
    assert done.exit_code != 0
    assert told in done.output
    assert not isinstance(done.exception, ValueError)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(("column", "value"), [("order", "Dragons"), ("activity", "perhaps"), ("toxin", "")])
def test_a_broken_specificity_table_is_refused_and_the_old_one_stays(tmp_path: Path, column: str, value: str) -> None:
    in_use = tmp_path / "in_use.csv"
    build = ["--out", in_use, "--name", "ours", "--version", "1"]
    assert run(specificity, "build", SHIPPED_TABLE, *build).exit_code == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    facts = list(csv.DictReader(SHIPPED_TABLE.read_text(encoding="utf-8").splitlines()))
    facts[4][column] = value
    broken = tmp_path / "sub" / "broken.csv"
    broken.parent.mkdir()
    with broken.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(facts[0]))
        writer.writeheader()
        writer.writerows(facts)
    done = run(specificity, "build", broken, *build[:-1], "2")
    assert done.exit_code != 0
    assert "line 6" in done.output
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before

    table = tmp_path / "All_Toxins.txt"
    table.write_text(table_text([row()]), encoding="utf-8")
    refused = run(shoter, table, "--out", tmp_path / "out", "--table", broken)
    assert refused.exit_code != 0
    assert "line 6" in refused.output
    assert list((tmp_path / "out").iterdir()) == []
    assert run(shoter, table, "--out", tmp_path / "out", "--table", in_use, "--draws", 100).exit_code == 0
