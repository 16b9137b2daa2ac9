"""A table as an Excel workbook: one sheet with the rows, one that says what they are.

Rows are written as they come, through a temporary file: memory does not grow with them. Text is always text, so that
`007`, `1e5`, `NA`, `=1+1` and `https://...` stay what they are; None is an empty cell.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.results.column_words import column_words
from portal.results.tables import Kind
from portal.results.toxin_table import FORMATS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = FORMATS["xlsx"]
# What a sheet holds, by Excel's specification: rows with the header, and letters (UTF-16 units) in a cell.
_MOST_ROWS = 1_048_576
_MOST_LETTERS = 32_767
_SPOOLED_BYTES = 4 << 20
_CHUNK = 1 << 16
_WIDTHS: Mapping[Kind | None, int] = {"text": 16, "time": 19, "int": 9, "float": 9, "bool": 9, None: 12}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


_Rows: TypeAlias = "Iterable[Mapping[str, Any]]"
_Columns: TypeAlias = "Mapping[str, Kind | None]"


@dataclass(frozen=True)
class AboutTable:
    """What the second sheet says.

    facts: what the table is of, each as a name and a value; called when the rows have been read.
    value_words: what a column means that `column_words` does not know, in grids.
    """

    lang: Lang
    made: datetime
    facts: Callable[[], Sequence[tuple[Message, str]]]
    value_words: Message | None = None


def workbook(sheet: str, rows: _Rows, columns: _Columns, about: AboutTable) -> Iterator[bytes]:
    """Return a workbook in pieces; it is complete before the first.

    Args:
        sheet: the name of the sheet, and of those that follow if the rows are more than one can hold.
        rows: each with all columns.
        columns: names and types; without a type, a value is written as what it is.
        about: what the second sheet says.
    """
    stream = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES)  # noqa: SIM115 - closed by what reads it
    try:
        _write(stream, sheet, rows, columns, about)
    except BaseException:
        stream.close()
        raise
    return _WrittenPieces(stream)


class _WrittenPieces(Iterator[bytes]):
    """The pieces of a file, which is closed behind the last one, or by who wants no more: none at all of a HEAD."""

    def __init__(self, stream: IO[bytes]) -> None:
        stream.seek(0)
        self._stream = stream

    def __next__(self) -> bytes:
        piece = self._stream.read(_CHUNK)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        self._stream.close()


def _write(stream: Any, sheet: str, rows: _Rows, columns: _Columns, about: AboutTable) -> None:
    import xlsxwriter  # most answers need none

    with tempfile.TemporaryDirectory(prefix="bttoxin-table-") as folder:
        book = xlsxwriter.Workbook(stream, {**_OPTIONS, "tmpdir": folder})
        book.set_properties({"title": sheet, "created": about.made.astimezone(UTC).replace(tzinfo=None)})
        head, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        try:
            page, number = _sheet(book, sheet, 1, columns, head), 0
            for row in rows:
                if number == _MOST_ROWS - 1:
                    _finish(page, number, columns)
                    page, number = _sheet(book, sheet, len(book.worksheets()) + 1, columns, head), 0
                number += 1
                for place, (name, kind) in enumerate(columns.items()):
                    _cell(page, number, place, row[name], kind, moment)
            _finish(page, number, columns)
            _write_about(book.add_worksheet("about"), sheet, columns, about, head)
        except BaseException:
            with contextlib.suppress(Exception):
                book.close()  # and the files of its sheets
            raise
        book.close()


def _sheet(book: Any, name: str, number: int, columns: _Columns, head: Any) -> Worksheet:
    page: Worksheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    page.freeze_panes(1, 1)
    for place, (column, kind) in enumerate(columns.items()):
        page.set_column(place, place, max(len(column) + 4, _WIDTHS[kind]))  # room for the sign of the filter
        _text(page, 0, place, column, head)
    return page


def _finish(page: Worksheet, last_row: int, columns: _Columns) -> None:
    page.autofilter(0, 0, last_row, len(columns) - 1)


def _cell(page: Worksheet, row: int, place: int, value: Any, kind: Kind | None, moment: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(row, place, value)
    elif kind == "time":
        in_utc = datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
        page.write_datetime(row, place, in_utc, moment)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            page.write_number(row, place, value)
    else:
        _text(page, row, place, ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _text(page: Worksheet, row: int, place: int, text: str, form: Any = None) -> None:
    if not text:
        return
    if len(text) > _MOST_LETTERS // 2 or not text.isascii():
        text = _possible(text)
    if text.startswith("<r>") and text.endswith("</r>"):
        # The library takes such a text for its own markup; in pieces, it is escaped like any other.
        page.write_rich_string(row, place, text[0], text[1], text[2:])
    elif form is None:
        page.write_string(row, place, text)
    else:
        page.write_string(row, place, text, form)


def _possible(text: str) -> str:
    """Return a text without halves of characters, and no longer than a cell can hold."""
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * _MOST_LETTERS:
        return units.decode("utf-16-le")
    return units[: 2 * (_MOST_LETTERS - 1)].decode("utf-16-le", "ignore") + "…"


def _write_about(page: Worksheet, table: str, columns: _Columns, about: AboutTable, head: Any) -> None:
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 100)
    lines: list[tuple[str, str]] = [(name.word(about.lang), value) for name, value in about.facts()]
    lines += [("", ""), (Message("column.name").word(about.lang), Message("column.meaning").word(about.lang))]
    first = len(lines) - 1
    for column in columns:
        words = column_words(column, table) or about.value_words
        lines.append((column, words.word(about.lang) if words else ""))
    lines += [("", ""), ("", Message("column.rules").word(about.lang))]
    for number, (name, value) in enumerate(lines):
        _text(page, number, 0, name, head if number == first or number < first - 1 else None)
        _text(page, number, 1, value, head if number == first else None)
