"""Read what is to be written about genomes from a CSV file, as people and spreadsheets save it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bttoxin.columns import TABLES
from bttoxin.frames import META

_FIXED = ("label", "task_id", "revision", "name", "tags", "note")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMED_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
# What the portal puts before text that a spreadsheet would compute.
_GUARDED = re.compile("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# Columns that no table of an owner's has, but the portal's table of tasks.
_OF_THE_TASKS_TABLE = {"status", "sha256"}


def unguarded(text: str) -> str:
    """Return a cell without the `'` before what a spreadsheet would compute."""
    return text[1:] if _GUARDED.match(text) else text


def read_annotations(path: str | Path, encoding: str | None = None) -> list[dict[str, str]]:
    """Return the rows of a CSV file for `annotate`, all of it text.

    Commas, semicolons and tabs are recognised, and UTF-8 and UTF-16 with a byte order mark; other encodings must be
    named (`gbk`, `windows-1252`). An empty cell empties. Columns that are not `label`, `task_id`, `revision`, `name`,
    `tags` or `note` are metadata, except in the portal's own table of tasks.

    Raises:
        ValueError: the file cannot be read as a table; the message names the line.
        OSError: it cannot be read at all.
    """
    return annotation_rows(Path(path).expanduser().read_bytes(), encoding)


def annotation_rows(data: bytes, encoding: str | None = None) -> list[dict[str, str]]:
    """Return the rows of a CSV file by its content; see `read_annotations`."""
    lines = _lines(_decoded(data, encoding))
    first, header = next(lines, (1, []))
    columns = _columns(first, header)
    rows: list[dict[str, str]] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cells[len(columns) :]) or len(cells) < len(columns):
            raise ValueError(f"line {line}: {len(cells)} cells, but {len(columns)} columns")
        rows.append({name: unguarded(cell) for name, cell in zip(columns, cells, strict=False)})
        for name in {"label", "task_id", "revision"} & set(columns):
            rows[-1][name] = rows[-1][name].strip()
    return rows


def _decoded(data: bytes, encoding: str | None) -> str:
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    try:
        return data.decode(marked or encoding or "utf-8")
    except LookupError:
        raise ValueError(f"there is no encoding {encoding}; well known are utf-8, gbk and windows-1252") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line}: not {marked or encoding or 'utf-8'}; save the file as UTF-8, or name its encoding (gbk, "
            "windows-1252)"
        ) from None


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line of each row, from 1, with its cells."""
    named = _NAMED_SEPARATOR.match(text)
    skipped = 1 if named else 0
    text = text[named.end() :] if named else text
    head = text.partition("\n")[0]
    separator = named[1] if named else max(",;\t", key=lambda each: _cells_of(head, each))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise ValueError(f"line {line}: a quotation mark is missing, or stands inside a cell") from None
        yield line, cells


def _cells_of(head: str, separator: str) -> int:
    return len(next(csv.reader([head], delimiter=separator), []))


def _columns(line: int, header: Sequence[str]) -> list[str]:
    cells = [unguarded(cell).strip() for cell in header]
    while cells and not cells[-1]:
        cells.pop()
    columns = [cell.casefold() if cell.casefold() in _FIXED else cell for cell in cells]
    if not columns:
        raise ValueError(f"line {line}: names of columns are expected here, such as label,name,tags")
    for place, column in enumerate(columns, start=1):
        if not column:
            raise ValueError(f"line {line}: column {place} has no name")
        if column in columns[: place - 1]:
            raise ValueError(f"line {line}: two columns are called {column}")
    if set(columns) >= _OF_THE_TASKS_TABLE:
        return columns
    return [META + name if name in TABLES["tasks"] and name not in _FIXED else name for name in columns]
