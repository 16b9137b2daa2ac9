"""Tables as pandas, R and Python's csv read them: no word changed, whatever the strain and its contigs are called."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.status import Lang
from portal.pipeline.compare.tables import tabulate, write_tables
from portal.pipeline.plots.table import write_table
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.codec import from_json
from portal.results.reading import read_results
from portal.results.toxin_table import as_csv, as_tsv, plain_cell, toxin_rows
from portal.results.toxins import ToxinsDocument
from portal.results.tsv import guarded, tsv_cells, tsv_line, unguarded
from portal.results.workbook import AboutTable
from portal.web.api import table_formats
from tests.pipeline.formats.conftest import NAMES, DiggerOutput
from tests.pipeline.formats.readers import by_csv, by_pandas, by_r

CELLS = st.text(st.characters(exclude_characters="\t\r\n\0", exclude_categories=["Cs"]), max_size=12)


@pytest.fixture(scope="session")
def tables(genome: DiggerOutput, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every table of a run that the portal lays out itself, and of a comparison of it with itself."""
    folder = tmp_path_factory.mktemp("tables")
    run_shoter(genome.folder / "All_Toxins.txt", folder, parameters=ShoterParameters())
    results = read_results(genome.folder, folder)
    write_tables(tabulate(['"a', "NA"], [results, results]), folder)
    write_table(folder / "x.plot.tsv", ("strain", "score"), [(name, 0.5) for name in NAMES])
    rows = toxin_rows(_document(genome), {})
    (folder / "download.tsv").write_text(as_tsv(rows), encoding="utf-8")
    return [genome.folder / "toxins.tsv", *sorted(folder.glob("*.tsv"))]


def _document(output: DiggerOutput) -> ToxinsDocument:
    return from_json((output.folder / "toxins.json").read_bytes(), ToxinsDocument)


def test_pandas_r_and_csv_read_the_same_cells(tables: list[Path]) -> None:
    assert len(tables) >= 9
    for path, of_r in zip(tables, by_r(tables), strict=True):
        expected = by_csv(path)
        assert {len(row) for row in expected} == {len(expected[0])}, path.name
        assert by_pandas(path) == expected, path.name
        assert of_r == expected, path.name


def test_the_cells_are_what_the_document_says(genome: DiggerOutput) -> None:
    document = json.loads((genome.folder / "toxins.json").read_text(encoding="utf-8"))
    header, *rows = by_pandas(genome.folder / "toxins.tsv")
    for row, toxin in zip((dict(zip(header, row, strict=True)) for row in rows), document["toxins"], strict=True):
        names = [unguarded(row[name]) for name in ("strain", "protein_id", "contig")]
        assert names == ['NA "1', toxin["protein_id"], toxin["contig"]]
        assert (int(row["start"]), int(row["end"])) == (toxin["start"], toxin["end"])


def test_every_table_of_scores_names_strain_and_protein_unchanged(tables: list[Path], genome: DiggerOutput) -> None:
    proteins = {toxin.protein_id for toxin in _document(genome).toxins}
    [support] = [path for path in tables if path.name == "toxin_support.tsv"]
    header, *rows = by_pandas(support)
    assert {row[header.index("Strain")] for row in rows} == {'NA "1'}
    assert {unguarded(row[header.index("Protein_id")]) for row in rows} == proteins
    [compared] = [path for path in tables if path.name == "compare_targets.tsv"]
    assert {row[0] for row in by_pandas(compared)[1:]} == {'"a', "NA"}


def test_tables_of_the_real_tool_are_read_without_quotes(genome: DiggerOutput) -> None:
    """They are written as BtToxin_Digger does, byte for byte; docs/use/results.md says how to read them."""
    paths = [genome.folder / name for name in ("All_Toxins.txt", "Bt_all_genes.table")]
    for path, of_r in zip(paths, by_r(paths, quoted=False), strict=True):
        expected = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        assert by_pandas(path, quoted=False) == expected
        assert of_r == expected
    header, *rows = expected = by_pandas(paths[0], quoted=False)
    assert {row[header.index("Protein_id")] for row in rows} == {t.protein_id for t in _document(genome).toxins}


def test_csv_of_the_toxin_table_is_read_unchanged_but_for_formulas(genome: DiggerOutput) -> None:
    rows = toxin_rows(_document(genome), {})
    table: Any = pd.read_csv(io.StringIO(as_csv(rows)), dtype=str, keep_default_na=False)
    assert [unguarded(cell) for cell in table["contig"]] == [row["contig"] for row in rows]
    assert not [cell for cell in table["contig"] if cell[0] in "=+-@" and cell not in ("+", "-")]


@settings(deadline=None)
@given(st.lists(CELLS, min_size=2, max_size=5))
def test_any_cells_come_back(cells: list[str]) -> None:
    line = tsv_line(["x", *cells])
    read = next(csv.reader(io.StringIO(line, newline=""), delimiter="\t"))
    assert [unguarded(cell) for cell in read] == ["x", *cells]
    table = pd.read_csv(io.StringIO(line), sep="\t", header=None, dtype=str, keep_default_na=False)
    assert table.iloc[0].tolist() == read
    assert tsv_cells(line[:-1]) == ["x", *cells]


# Where tables of the portal meet spreadsheets; what BtToxin_Digger and other programs define stays as they have it.
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "-2+3+cmd|' /C calc'!A0",
    "\uff1d1+1",
    "'=1",
    "''=1",
)


@pytest.mark.parametrize("evil", FORMULAS)
def test_a_formula_is_guarded_and_comes_back(evil: str) -> None:
    cell = guarded(evil)
    assert cell == f"'{evil}"
    assert unguarded(cell) == evil
    assert tsv_line([evil, "-0.5", "+1e-07", "-", "'single"]).split("\t")[1:] == ["-0.5", "+1e-07", "-", "'single\n"]


@settings(deadline=None)
@given(st.text(max_size=20))
def test_guarding_can_be_undone_for_any_text(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    assert not cell.startswith(("=", "@", "\t", "\r"))
    assert cell in ("+", "-") or not cell.startswith(("+", "-"))


@settings(deadline=None)
@given(st.sampled_from("=+-@\t\r"), st.text(max_size=6), st.sampled_from("A(!*/\"'=\uff11"), st.text(max_size=6))
def test_a_sign_with_more_than_a_number_behind_it_is_guarded(sign: str, one: str, what: str, other: str) -> None:
    formula = f"{sign}{one}{what}{other}"
    assert guarded(formula) == f"'{formula}"


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_no_number_is_guarded(number: float) -> None:
    assert plain_cell(number) == str(number)
    assert tsv_line(["x", str(number)]) == f"x\t{number}\n"


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_strand_is_the_sign_alone_in_every_table(strand: str) -> None:
    row = {"strand": strand, "change": -0.5}
    assert plain_cell(strand) == strand
    assert as_csv([row], ("strand", "change")).splitlines()[1] == f"{strand},-0.5"
    assert as_tsv([row], ("strand", "change")).splitlines()[1] == f"{strand}\t-0.5"
    about = AboutTable(Lang.EN, datetime(2026, 1, 1, tzinfo=UTC), list)
    pieces = table_formats.write_table([row], {"strand": "text", "change": "float"}, "csv", {}, name="x", about=about)
    assert b"".join(pieces).splitlines()[1] == f"{strand},-0.5".encode()


def test_no_table_of_a_run_holds_a_formula(tables: list[Path]) -> None:
    assert len(tables) >= 9
    for path in tables:
        for cell in (cell for row in by_csv(path) for cell in row):
            number = cell.lstrip("+-").replace(".", "", 1).replace("e-", "", 1).isdigit() or cell in ("+", "-")
            assert number or not cell.startswith(("=", "+", "-", "@")), (path.name, cell)
