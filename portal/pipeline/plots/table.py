"""The table behind a picture: everything that it shows, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from portal.results.tsv import tsv_line

Cell: TypeAlias = str | int | float | None


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write a TSV with a header (UTF-8, LF, empty for "nothing", numbers with 4 decimals) and return its name."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(tsv_line(columns))
        for row in rows:
            out.write(tsv_line(_text(value) for _, value in zip(columns, row, strict=True)))
    return path.name


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    # A tab or a line end inside a name would shift the row's columns.
    return " ".join(str(value).split("\t")).replace("\r", " ").replace("\n", " ")
