"""Tab-separated lines that pandas and R read back unchanged, and of which spreadsheets compute nothing.

A cell that contains a quotation mark is quoted, with its own marks doubled, as in CSV: readers treat a mark at the
start of a cell as the start of quoted text, and would read across line ends to the next mark. A cell that a spreadsheet
would take for a formula begins with `'` (`guarded`). All other cells are written unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# How formulas begin in spreadsheets (OWASP, CSV Injection; the last ones in East Asian ones), and such text guarded.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_STARTS = frozenset("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # most cells begin with none of them
_SIGNS = frozenset("+-")
_NUMBER = re.compile(r"[+-](?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)?", re.ASCII)


def guarded(text: str) -> str:
    """Return text that no spreadsheet computes: a formula gets a `'` before it, as does text that already has some.

    A sign alone (the strand) stays as it is: there is nothing to compute.
    """
    if text[:1] not in _STARTS or text in _SIGNS or not _FORMULA.match(text):
        return text
    return f"'{text}"


def unguarded(cell: str) -> str:
    """Return the text that was guarded."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def tsv_line(cells: Iterable[str]) -> str:
    """Return a line with its newline, its cells guarded; they contain neither tabs nor newlines.

    Numbers stay as they are: they come as text here, and a spreadsheet has nothing to compute there.
    """
    return joined_line(cell if _NUMBER.fullmatch(cell) else guarded(cell) for cell in cells)


def joined_line(cells: Iterable[str]) -> str:
    """Return a line with its newline, of cells that are guarded already; they contain neither tabs nor newlines."""
    line = "\t".join(cells) + "\n"
    return "\t".join(map(_quoted, line[:-1].split("\t"))) + "\n" if '"' in line else line


def tsv_cells(line: str) -> list[str]:
    """Return what `tsv_line` was given, from a line without its newline; an unpaired quotation mark stays as it is."""
    cells = line.split("\t")
    return [unguarded(_unquoted(cell)) for cell in cells]


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


def _unquoted(cell: str) -> str:
    inner = cell[1:-1].replace('""', "")
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner
    return cell[1:-1].replace('""', '"') if is_quoted else cell
