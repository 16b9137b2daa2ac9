"""The annotations of a submission as a table for spreadsheets: written, and read as strictly as people need.

The first column is `label` or `task_id`; `name`, `tags`, `note` and `revision` have a meaning, every other column is
metadata. What a table does not have stays as it is; an empty cell empties. All cells are text: `007` stays `007`, and
what a spreadsheet would take for a formula has a `'` before it, which is taken away again (`portal.results.tsv`).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from portal.domain.annotations import (
    FIXED_COLUMNS,
    MOST_COLUMNS,
    clean_column,
    joined_tags,
    metadata_columns,
    split_tags,
)
from portal.domain.errors import InvalidInput, InvalidRequest, InvalidValue
from portal.domain.message import Message
from portal.domain.submission import MOST_ITEMS
from portal.results.tsv import guarded, unguarded
from portal.services.annotations import MOST_TOLD, Annotated, AnnotatedStrain, StrainChange, in_cell

# Name -> codec. German and Chinese spreadsheets write the last ones unless asked for UTF-8.
ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8", "utf-16": "utf-16", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030",
    "windows-1252": "cp1252", "iso-8859-1": "cp1252",
}  # fmt: skip
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # zip: .xlsx, .ods; compound file: .xls
SEPARATORS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t"}
_HEADER = re.compile(r'[ \t]*"?[ ]*(?:label|task_id)[ ]*"?[ ]*([,;\t])', re.IGNORECASE)
_TOLD_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
_REVISION = re.compile(r"[0-9]{1,7}")
_IDENTITY = ("label", "task_id")


class _Problems:
    """What is wrong with a table, up to a number of cells."""

    def __init__(self) -> None:
        self.found: list[Message] = []

    def add(self, line: int, column: str, reason: Message) -> None:
        if len(self.found) < MOST_TOLD:
            self.found.append(in_cell(line, column, reason))

    def require_none(self) -> None:
        if self.found:
            raise InvalidRequest(self.found[0], errors={"file": self.found})


def read_table(data: bytes, encoding: str, strains: Iterable[AnnotatedStrain]) -> list[StrainChange]:
    """Return the changes that a table asks for.

    Raises:
        InvalidInput, InvalidRequest: it cannot be read; the message names line and column.
    """
    text = _decoded(data, encoding)
    rows = _rows(text)
    line, header = next(rows, (1, []))
    columns = _columns(line, header)
    by_name = {name: {getattr(strain, name): strain for strain in strains} for name in _IDENTITY}
    problems = _Problems()
    changes: list[StrainChange] = []
    first_lines: dict[str, int] = {}
    for line, written in rows:
        if not any(cell.strip() for cell in written):
            continue
        # Spreadsheets write empty cells beyond the last column.
        cells = written if any(written[len(columns) :]) else written[: len(columns)]
        if len(cells) != len(columns):
            reason = Message("annotation.cells", count=len(cells), columns=len(columns))
            raise InvalidInput(reason, line=line)
        if len(changes) >= MOST_ITEMS:
            raise InvalidInput(Message("annotation.too_many_rows", limit=MOST_ITEMS), line=line)
        row = dict(zip(columns, map(unguarded, cells), strict=True))
        change = _change(line, row, by_name, problems)
        if change is None:
            continue
        if change.task_id in first_lines:
            problems.add(line, columns[0], Message("annotation.same_strain", other=first_lines[change.task_id]))
        first_lines.setdefault(change.task_id, line)
        changes.append(change)
    problems.require_none()
    if not changes:
        raise InvalidInput(Message("annotation.no_rows"))
    return changes


def _decoded(data: bytes, encoding: str) -> str:
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    marked = next((codec for mark, codec in marks if data.startswith(mark)), "")
    if data.startswith(_WORKBOOKS):
        raise InvalidInput(Message("annotation.workbook"))
    named = encoding.lower()
    if named and named not in ENCODINGS:
        unknown = Message("annotation.unknown_encoding", names=list(ENCODINGS))
        raise InvalidRequest(Message("request.fields"), errors={"encoding": [unknown]})
    try:
        # A mark says more than a form: a spreadsheet wrote it.
        return data.decode(marked or ENCODINGS.get(named, "utf-8"))
    except UnicodeDecodeError as error:
        if named not in ("", "utf-8"):
            raise InvalidInput(Message("annotation.other_encoding", encoding=named)) from error
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(Message("annotation.encoding"), line=None if b"\0" in data[:4] else line) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line of each row, from 1, with its cells."""
    told = _TOLD_SEPARATOR.match(text)
    skipped = 1 if told else 0
    text = text[told.end() :] if told else text
    found = _HEADER.match(text)
    if found is None:
        raise InvalidInput(Message("annotation.first_column"), line=1 + skipped)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=found[1], strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInput(Message("annotation.quotes"), line=line) from error
        yield line, cells


def _columns(line: int, header: Sequence[str]) -> list[str]:
    """Return the names of the columns: fixed ones in lower case, the others in the stored form."""
    cells = list(header)
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS + len(FIXED_COLUMNS):
        raise InvalidInput(Message("annotation.too_many_columns", limit=MOST_COLUMNS), line=line)
    columns: list[str] = []
    problems = _Problems()
    for place, cell in enumerate(cells, start=1):
        plain = unguarded(cell).strip()
        try:
            column = plain.casefold() if plain.casefold() in FIXED_COLUMNS else clean_column(plain)
        except InvalidValue as error:
            problems.add(line, str(place), error.message)
            continue
        if column in columns:
            problems.add(line, column, Message("annotation.same_column", column=column))
        columns.append(column)
    if len([column for column in columns if column not in FIXED_COLUMNS]) > MOST_COLUMNS:
        problems.add(line, columns[-1], Message("annotation.too_many_columns", limit=MOST_COLUMNS))
    problems.require_none()
    return columns


def _change(
    line: int,
    row: Mapping[str, str],
    by_name: Mapping[str, Mapping[str, AnnotatedStrain]],
    problems: _Problems,
) -> StrainChange | None:
    named: list[AnnotatedStrain] = []
    for name in _IDENTITY:
        if name not in row:
            continue
        value = row[name].strip()
        strain = by_name[name].get(value)
        if strain is None:
            problems.add(line, name, Message("annotation.unknown_strain", value=value[:100]))
            return None
        named.append(strain)
    strain = named[-1]
    if named[0] != strain:
        problems.add(line, "task_id", Message("annotation.two_strains"))
        return None
    values: dict[str, Any] = {name: row[name] for name in ("name", "note") if name in row}
    if "tags" in row:
        values["tags"] = split_tags(row["tags"])
    metadata = {name: text for name, text in row.items() if name not in FIXED_COLUMNS}
    if metadata:
        values["metadata"] = metadata
    if not strain.is_there:
        if any(text for name, text in row.items() if name not in (*_IDENTITY, "revision")):
            problems.add(line, "label" if "label" in row else "task_id", Message("annotation.no_task"))
        return None
    revision = row.get("revision", "").strip()
    if revision and not _REVISION.fullmatch(revision):
        problems.add(line, "revision", Message("value.whole_number"))
        return None
    return StrainChange(strain.task_id, values, int(revision) if revision else None, line)


def written_table(
    strains: Sequence[AnnotatedStrain],
    found: Mapping[str, Annotated],
    *,
    to_owner: bool,
    separator: str = ",",
) -> bytes:
    """Return the table of all strains, which `read_table` reads again; UTF-8 with the mark that spreadsheets look for.

    Who only reads gets no notes and no revisions.
    """
    shown = {task_id: each.shown(to_owner=to_owner) for task_id, each in found.items()}
    metadata = metadata_columns(shown[strain.task_id] for strain in strains)
    columns = ["label", "task_id", *(["revision"] if to_owner else []), "name", "tags"]
    columns += [*(["note"] if to_owner else []), *metadata]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    writer.writerow([guarded(column) for column in columns])
    for strain in strains:
        each, values = found[strain.task_id], shown[strain.task_id]
        row: dict[str, str] = {
            "label": strain.label, "task_id": strain.task_id, "revision": str(each.revision), "name": values.name,
            "tags": joined_tags(values.tags), "note": values.note,
        }  # fmt: skip
        writer.writerow([guarded(row[name] if name in row else values.metadata.get(name, "")) for name in columns])
    return codecs.BOM_UTF8 + stream.getvalue().encode()
