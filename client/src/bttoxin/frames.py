"""Convert API rows to pandas or polars data frames with fixed column types, or to plain rows without both."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from bttoxin.columns import TABLES, Kind
from bttoxin.rows import Rows

META = "meta_"
_PANDAS: dict[Kind, str] = {
    "text": "string",
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "time": "datetime64[ms, UTC]",
}


def choose_engine(engine: str | None) -> str:
    """Return `pandas` or `polars`: the one requested, else the one installed; `rows` if neither is.

    Raises:
        ImportError: the requested one is not installed.
    """
    if engine is not None and engine not in ("pandas", "polars"):
        raise ValueError(f"frames are made with pandas or polars, not with {engine!r}")
    for name in (engine,) if engine else ("pandas", "polars"):
        if importlib.util.find_spec(name):
            return name
    if engine is None:
        return "rows"
    raise ImportError(f'frames of {engine} need it: pip install "bttoxin[{engine}]"; run.rows("scores") works without')


def make_frame(table: str, rows: Sequence[Mapping[str, Any]], engine: str | None = None) -> Any:
    """Return a frame with the columns of TABLES[table], in order; unknown fields are left out.

    `tasks` ends with the metadata of its rows, as text in columns `meta_<column>`.
    """
    columns = dict(TABLES[table])
    if table == "tasks":
        columns |= {name: "text" for row in rows for name in row if name.startswith(META)}
    chosen = choose_engine(engine)
    if chosen == "rows":
        return Rows(rows, list(columns))
    data = {name: [row.get(name) for row in rows] for name in columns}
    return _pandas(data, columns) if chosen == "pandas" else _polars(data, columns)


def _pandas(data: Mapping[str, list[Any]], columns: Mapping[str, Kind]) -> Any:
    import pandas as pd

    made = {}
    for name, kind in columns.items():
        if kind == "time":
            made[name] = pd.Series(pd.to_datetime(pd.Series(data[name], dtype="string"), utc=True, format="ISO8601"))
            made[name] = made[name].astype(_PANDAS[kind])
        else:
            made[name] = pd.Series(data[name], dtype=_PANDAS[kind])
    return pd.DataFrame(made)


def _polars(data: Mapping[str, list[Any]], columns: Mapping[str, Kind]) -> Any:
    import polars as pl

    types = {
        "text": pl.String,
        "int": pl.Int64,
        "float": pl.Float64,
        "bool": pl.Boolean,
        "time": pl.String,
    }
    frame = pl.DataFrame({name: pl.Series(name, data[name], dtype=types[kind]) for name, kind in columns.items()})
    times = [name for name, kind in columns.items() if kind == "time"]
    return frame.with_columns(
        pl.col(name).str.to_datetime(time_unit="ms", time_zone="UTC", format="%+") for name in times
    )


def make_matrix(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[str], column: str, value: str, engine: str | None = None
) -> Any:
    """Return genome x column (`target`, `species`) with one value each; NA where there is no row or no evidence."""
    names = sorted({str(row[column]) for row in rows})
    cells = {(row["label"], row[column]): row[value] for row in rows}
    chosen = choose_engine(engine)
    if chosen == "rows":
        lines = ({"label": label, **{name: cells.get((label, name)) for name in names}} for label in labels)
        return Rows(lines, ["label", *names])
    if chosen == "pandas":
        import pandas as pd

        data = {name: pd.array([cells.get((label, name)) for label in labels], dtype="Float64") for name in names}
        return pd.DataFrame(data, index=pd.Index(list(labels), name="label", dtype="string"))
    import polars as pl

    columns = {
        name: pl.Series(name, [cells.get((label, name)) for label in labels], dtype=pl.Float64) for name in names
    }
    return pl.DataFrame({"label": pl.Series("label", list(labels), dtype=pl.String), **columns})
