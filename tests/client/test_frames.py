"""Data frames: all rows there, with the right types, in pandas, polars and R."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bttoxin import Portal, Run
from bttoxin.columns import TABLES
from bttoxin.frames import make_frame

from portal.results import tables
from tests.builders import make_task_on_disk
from tests.web.api.server import Server

_PANDAS = {"text": "string", "int": "Int64", "float": "Float64", "bool": "boolean", "time": "datetime64[ms, UTC]"}


def test_client_and_portal_know_the_same_columns() -> None:
    assert {name: dict(columns) for name, columns in tables.TABLES.items()} == TABLES


@pytest.fixture
def run(server: Server, genomes: Path, tmp_path: Path) -> Run:
    """Three genomes are done, one of them without a toxin; one is refused."""
    run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
    submission = run._operations.state.live[0].submission_id
    for state in run.states:
        if state.label in ("007", "1e5", "NA"):
            folder = server.portal.task(state.task_id).path
            folder.rename(server.portal.trash / state.task_id)
            hits = 0 if state.label == "NA" else 7
            make_task_on_disk(server.portal, task_id=state.task_id, submission=submission, hits=hits)
    return run


def test_pandas_keeps_names_as_text_and_every_genome(run: Run) -> None:
    tasks = run.tasks("pandas")
    assert {name: str(kind) for name, kind in tasks.dtypes.items()} == {
        name: _PANDAS[kind] for name, kind in TABLES["tasks"].items()
    }
    assert {"007", "1e5", "NA", "菌株", "bad"} <= set(tasks["label"])
    assert len(tasks) == 27
    by_label = tasks.set_index("label")
    assert by_label.loc["bad", "status"] == "refused"
    assert "line 2" in by_label.loc["bad", "message"]
    assert by_label.loc["NA", "toxins"] == 0
    assert by_label["toxins"].isna().sum() == 24


def test_scores_are_missing_where_nobody_knows(run: Run) -> None:
    scores = run.scores("pandas")
    assert set(scores["label"]) == {"007", "1e5", "NA"}
    unknown = scores[scores["state"] == "no_evidence"]
    assert len(unknown) > 0
    assert unknown["score"].isna().all()
    matrix = run.matrix("score", frame="pandas")
    assert list(matrix.index[:3]) == run._operations.labels()[:3]
    assert len(matrix) == 26


def test_polars_has_the_same_types_and_rows(run: Run) -> None:
    import polars as pl

    kinds: dict[str, Any] = {"text": pl.String, "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean}
    for table in TABLES:
        frame = make_frame(table, run.rows(table), "polars")
        expected = {n: kinds.get(kind, pl.Datetime("ms", "UTC")) for n, kind in TABLES[table].items()}
        assert dict(frame.schema) == expected, table
        assert frame.height == len(run.rows(table))


@pytest.mark.parametrize("engine", ["pandas", "polars"])
@pytest.mark.parametrize("table", list(TABLES))
def test_an_empty_table_has_its_columns_and_types(engine: str, table: str) -> None:
    full = make_frame(table, [dict.fromkeys(TABLES[table])], engine)
    empty = make_frame(table, [], engine)
    assert list(empty.columns) == list(TABLES[table])
    assert list(empty.dtypes) == list(full.dtypes)


def test_a_member_that_the_client_does_not_know_is_left_out() -> None:
    frame = make_frame("scores", [{**dict.fromkeys(TABLES["scores"]), "of a newer server": 1}], "pandas")
    assert list(frame.columns) == list(TABLES["scores"])
