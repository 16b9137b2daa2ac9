"""The notebooks of the docs run from the first cell to the last, say what the docs say, and hold no token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.e2e.notebooks import NOTEBOOKS, execute, read_notebook, running_portal, write_genomes

_HEAD = re.compile(r"<thead>.*?</thead>", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43,}")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Both notebooks, run one after the other against a portal with the default reference."""
    folder = tmp_path_factory.mktemp("notebooks")
    work = folder / "work"
    write_genomes(work / "genomes")
    with running_portal(folder) as url:
        yield work, {name: execute(name, url, work) for name in NOTEBOOKS}


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook: Any) -> str:
    """Return everything in the notebook but its pictures."""
    bare = nbformat.reads(nbformat.writes(notebook), as_version=4)
    for cell in code_cells(bare):
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    return str(nbformat.writes(bare))


def shape(cell: Any) -> list[tuple[str, list[str], list[str]]]:
    """Return what kinds of output a cell has, and the heads of its tables."""
    return [
        (output.output_type, sorted(output.get("data", {})), _HEAD.findall(output.get("data", {}).get("text/html", "")))
        for output in cell.outputs
    ]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_of_the_docs_says_what_running_it_says(executed: tuple[Path, dict[str, Any]], name: str) -> None:
    kept, now = code_cells(read_notebook(name)), code_cells(executed[1][name])
    assert [shape(cell) for cell in kept] == [shape(cell) for cell in now]
    assert sum(bool(cell.outputs) for cell in kept) >= len(kept) - 1  # all but the address


def test_the_cells_show_every_genome_the_refused_one_and_what_is_missing(
    executed: tuple[Path, dict[str, Any]],
) -> None:
    first = texts(executed[1]["200-strains"])
    assert "4 genomes: 3 sent, 1 refused" in first
    assert "4 genomes: 3 sent before, 1 refused" in first
    assert "interrupted: line 3: " in first
    for label in ("007", "1e5", "NA", "&lt;NA&gt;"):
        assert f"<td>{label}</td>" in first, label


def test_no_token_and_no_secret_is_in_a_notebook(executed: tuple[Path, dict[str, Any]]) -> None:
    work, notebooks = executed
    events = [json.loads(line) for line in (work / "runs" / "may" / "run.jsonl").read_text().splitlines()]
    secrets = [event[name] for event in events for name in ("secret", "token", "view_token") if name in event]
    assert len(secrets) == 3
    for name in NOTEBOOKS:
        assert not [secret for secret in secrets if secret in texts(notebooks[name])]
        assert not _TOKEN.search(texts(read_notebook(name))), name


def test_the_figure_and_the_table_are_written(executed: tuple[Path, dict[str, Any]]) -> None:
    import pandas as pd

    work, _ = executed
    assert "</svg>" in (work / "intervals.svg").read_text()
    table = pd.read_csv(work / "scores.csv", dtype={"label": "string"}, keep_default_na=False)
    assert set(table["label"]) == {"007", "1e5", "NA"}
