"""Print the most bytes that Python holds while a workbook of 300 rows and one of 3,000 rows is written."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

from portal.domain.status import Lang
from portal.results.tables import Kind
from portal.results.workbook import AboutTable, workbook

_COLUMNS: dict[str, Kind | None] = {"a": "text", "b": "text", "c": "text", "x": "float", "y": "float", "z": "float"}


def peak(count: int) -> int:
    rows = ({name: f"text {n}" if kind == "text" else n / 7 for name, kind in _COLUMNS.items()} for n in range(count))
    tracemalloc.start()
    try:
        for _ in workbook("toxins", rows, _COLUMNS, AboutTable(Lang.EN, datetime.now(UTC), list, None)):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    peak(10)  # what is imported once
    print(peak(300), peak(3_000))
