"""Lines of tables with tabs between the cells, which pandas, R and spreadsheets give back as they were.

A cell with a quotation mark stands in quotation marks with its own doubled, as in CSV: readers take one at the start
of a cell for the beginning of a quoted text, and would run over the ends of lines to the next one. Cells without any,
which is all of them but for odd names, are written as they are.
"""

from __future__ import annotations

from collections.abc import Iterable


def tsv_line(cells: Iterable[str]) -> str:
    """Return a line with its end; the cells hold neither tabs nor ends of lines."""
    return "\t".join(map(_quoted, cells)) + "\n"


def tsv_cells(line: str) -> list[str]:
    """Return the cells of a line without its end; a cell with a lone quotation mark is taken as it is."""
    cells = line.split("\t")
    return [_unquoted(cell) for cell in cells] if '"' in line else cells


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


def _unquoted(cell: str) -> str:
    inner = cell[1:-1].replace('""', "")
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner
    return cell[1:-1].replace('""', '"') if is_quoted else cell
