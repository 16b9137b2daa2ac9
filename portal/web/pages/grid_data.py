"""A grid as data for its script, which draws the rows in sight.

Equal cells stand once and rows name them by number: 300 strains by 80 toxins have a few hundred different ones.
So do equal lists of toxins, which are there to be searched whatever the columns are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from portal.domain.invisible import without_unseen
from portal.web.pages.grid import CellView, ColumnView, GridLine, GridView


def grid_data(
    grid: GridView,
    lines: Iterable[GridLine],
    page_of: Callable[[GridLine], str],
    evidence_of: Callable[[ColumnView], str],
) -> dict[str, Any]:
    """Return columns, rows and cells for JSON; `readLine` in `grid.js` and `makeCell` in `grid_body.js` read them.

    page_of: the address of a row's page, "" without one. evidence_of: what leads from there to a column's evidence.
    """
    numbers: dict[CellView, int] = {}
    found: dict[str, int] = {}
    rows = [
        [
            line.n,
            without_unseen(line.label),
            line.status.value,
            line.word,
            line.tone,
            line.line,
            line.genes,
            page_of(line),
            [numbers.setdefault(cell, len(numbers)) for cell in line.cells],
            without_unseen(line.written.name),
            [without_unseen(tag) for tag in line.written.tags],
            without_unseen(line.found_by),
            line.brief if line.brief != line.line else "",
            line.damage,
            found.setdefault("\n".join(line.toxins), len(found)),
        ]
        for line in lines
    ]
    return {
        "key": grid.key,
        "columns": [[column.key, column.label, column.note, evidence_of(column)] for column in grid.columns],
        "cells": [
            [cell.text, cell.looks, cell.title, cell.value, cell.is_linked, cell.note, cell.mark] for cell in numbers
        ],
        "toxins": list(found),
        "rows": rows,
    }
