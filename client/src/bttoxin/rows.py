"""A table without pandas and polars: a list of dictionaries that shows itself as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_SHOWN = 10
_WIDEST = 24


class Rows(list[dict[str, Any]]):
    """The rows of a table as dictionaries, with `None` for unknown values; the display shows the first of them."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        super().__init__({name: row.get(name) for name in columns} for row in rows)
        self.columns = tuple(columns)

    def __repr__(self) -> str:
        lines = [self.columns, *(tuple(_cell(row[name]) for name in self.columns) for row in self[:_SHOWN])]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        padded = ((cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
        text = "\n".join("  ".join(line).rstrip() for line in padded)
        return f"{text}\n[{len(self)} rows x {len(self.columns)} columns; with pandas or polars, a data frame]"


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
