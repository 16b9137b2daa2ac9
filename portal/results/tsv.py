"""Tab-separated lines that pandas, R and spreadsheets read back unchanged.

A cell that contains a quotation mark is quoted, with its own marks doubled, as in CSV: readers treat a mark at the
start of a cell as the start of quoted text, and would read across line ends to the next mark. All other cells are
written unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable


def tsv_line(cells: Iterable[str]) -> str:
    """Return a line with its newline; the cells contain neither tabs nor newlines."""
    line = "\t".join(cells) + "\n"
    return "\t".join(map(_quoted, line[:-1].split("\t"))) + "\n" if '"' in line else line


def tsv_cells(line: str) -> list[str]:
    """Return the cells of a line without its newline; a cell with an unpaired quotation mark stays unchanged."""
    cells = line.split("\t")
    return [_unquoted(cell) for cell in cells] if '"' in line else cells


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


def _unquoted(cell: str) -> str:
    inner = cell[1:-1].replace('""', "")
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner
    return cell[1:-1].replace('""', '"') if is_quoted else cell
