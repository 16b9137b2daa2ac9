"""Serialise a table as JSON, NDJSON, CSV, TSV, Excel workbook or Parquet; all but the last two are streamed."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from portal.domain.errors import InvalidRequest
from portal.domain.message import Message
from portal.results.tables import Kind, Row
from portal.results.toxin_table import plain_cell
from portal.results.workbook import MEDIA_TYPE, AboutTable
from portal.web.api.workbooks import build_workbook

MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xlsx": MEDIA_TYPE,
    "parquet": "application/vnd.apache.parquet",
}
# Pages offer one more, which spreadsheets of every language open without a question.
PAGE_TYPES = {**MEDIA_TYPES, "tsv": "text/tab-separated-values; charset=utf-8"}
_DELIMITERS = {"csv": ",", "tsv": "\t"}


def write_table(
    rows: Iterable[Row],
    columns: Mapping[str, Kind],
    wanted: str,
    head: Mapping[str, str],
    *,
    name: str,
    about: AboutTable,
) -> Iterator[bytes]:
    """Return a table in a format, in pieces.

    Args:
        rows: each with all columns.
        columns: their types by name.
        wanted: one of PAGE_TYPES.
        head: the JSON members before the rows.
        name: that of the sheet in a workbook.
        about: what the second sheet says.

    Raises:
        InvalidRequest: Parquet is requested, but pyarrow is not installed.
    """
    if wanted == "parquet":
        if importlib.util.find_spec("pyarrow") is None:
            raise InvalidRequest(Message("request.fields"), errors={"format": [Message("table.no_parquet")]})
        return iter([_parquet(list(rows), columns)])
    if wanted == "xlsx":
        return build_workbook(name, rows, columns, about)
    if wanted in _DELIMITERS:
        return _delimited(rows, columns, wanted)
    return {"json": _json, "ndjson": _ndjson}[wanted](rows, columns, head)


def available_formats() -> list[str]:
    """Return the formats that this installation can write."""
    return [name for name in PAGE_TYPES if name != "parquet" or importlib.util.find_spec("pyarrow")]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json(rows: Iterable[Row], _columns: Mapping[str, Kind], head: Mapping[str, str]) -> Iterator[bytes]:
    yield _dump(dict(head))[:-1].encode() + b',"rows":['
    for number, row in enumerate(rows):
        yield (b"," if number else b"") + _dump(row).encode()
    yield b"]}\n"


def _ndjson(rows: Iterable[Row], _columns: Mapping[str, Kind], _head: Mapping[str, str]) -> Iterator[bytes]:
    for row in rows:
        yield _dump(row).encode() + b"\n"


def _delimited(rows: Iterable[Row], columns: Mapping[str, Kind], wanted: str) -> Iterator[bytes]:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=_DELIMITERS[wanted], lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([plain_cell(row[name]) for name in columns])
        yield stream.getvalue().encode()
        stream.seek(0)
        stream.truncate()
    yield stream.getvalue().encode()


def _parquet(rows: list[Row], columns: Mapping[str, Kind]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("ms", "UTC"),
    }
    data = {name: pa.array([_typed(row[name], kind) for row in rows], types[kind]) for name, kind in columns.items()}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(data), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _typed(value: Any, kind: Kind) -> Any:
    return datetime.fromisoformat(value) if kind == "time" and value is not None else value
