"""Read and write the JSON documents that one process leaves for another.

A document is a dataclass with a `FORMAT`: the number of the layout that this version writes. A read has four outcomes:

    present   the value, with every field of its type
    absent    FileNotFoundError
    damaged   CorruptRecord: truncated, empty, too large, too deep, of the wrong type, not a regular file
    newer     NewerFormat: a later version of the portal wrote it: read-only, never rebuilt, replaced or removed

An OSError is none of them: the disk does not answer, or denies access, and nothing may be concluded.

Fields may be added without a new number: a reader ignores unknown fields, and missing ones have a default. A document
that is read, changed and saved keeps unknown fields in `extra`. A new meaning, a new type or a further value of an
enumeration needs a new number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat
from portal.domain.message import Message
from portal.files.atomic import write_bytes
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, read_bytes
from portal.typed_json import convert

# Types of fields. Values used in calculations are bounded, so that no document makes a sum or a date overflow.
Moment = Annotated[datetime, Meta(tz=True)]
Size = Annotated[int, Meta(ge=0, le=2**53)]
Number = Annotated[int, Meta(ge=1, le=10**6)]  # of an attempt, of an item
Fraction = Annotated[float, Meta(ge=0, le=1)]
JobId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}\Z")]  # becomes part of names and commands

LIMIT_BYTES = 4 * 1024**2
_YEARS = range(1990, 2200)  # a few years beyond these is still a valid date
_DEPTH = 48  # a record has 5
# The key of the format number, and the key that records used before all documents had one.
_NUMBER_KEYS = ("format", "schema")


class Document(Protocol):
    """A dataclass stored as a JSON object."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    FORMAT: ClassVar[int]


D = TypeVar("D", bound=Document)


def read_document(path: Path, kind: type[D], *, limit_bytes: int = LIMIT_BYTES) -> D:
    """Return the document; see the module for FileNotFoundError, CorruptRecord, NewerFormat and OSError."""
    return typed(read_object(path, limit_bytes=limit_bytes), kind, name=path.name)


def read_object(path: Path, *, limit_bytes: int = LIMIT_BYTES) -> dict[str, Any]:
    """Return the object in a JSON file of limited size and depth.

    Raises:
        FileNotFoundError: there is none.
        CorruptRecord: it is damaged.
        OSError: it cannot be reached.
    """
    return parse_object(read_bytes(path, limit_bytes=limit_bytes), name=path.name)


def parse_object(data: bytes, *, name: str) -> dict[str, Any]:
    """Return the object in a JSON text; raise CorruptRecord if there is none."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CorruptRecord(Message("record.unreadable", name=name, reason=str(error))) from error
    if not isinstance(value, dict):
        raise CorruptRecord(Message("record.no_object", name=name))
    # With few brackets it cannot be deep, so most documents need no walk.
    if data.count(b"[") + data.count(b"{") > _DEPTH and _is_deep(value):
        raise CorruptRecord(Message("record.too_deep", name=name, depth=_DEPTH))
    return value


def _is_deep(value: Any) -> bool:
    left = [(value, 1)]
    while left:
        held, depth = left.pop()
        if depth > _DEPTH:
            return True
        inside = held.values() if isinstance(held, dict) else held
        left += [(item, depth + 1) for item in inside if isinstance(item, dict | list)]
    return False


def typed(value: Mapping[str, Any], kind: type[D], *, name: str) -> D:
    """Return the document of an object, with each field of its declared type and no implicit conversion.

    Raises:
        NewerFormat: its format number is above the one that this version writes.
        CorruptRecord: a field is missing or has the wrong type.
    """
    check_format(value, kind, name=name)
    if "extra" in kind.__dataclass_fields__:
        value = _keep_unknown(value, kind)
    try:
        document = convert(value, kind)
        check_moments(document)
        return document
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise CorruptRecord(Message("record.form", name=name, reason=str(error))) from error


def check_format(value: Mapping[str, Any], kind: type[Document], *, name: str) -> None:
    """Raise NewerFormat if an object's format number is above the one that this version writes."""
    number = next((value[key] for key in _NUMBER_KEYS if key in value), 1)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise CorruptRecord(Message("record.form", name=name, reason=f"format {number!r}"))
    if number > kind.FORMAT:
        raise NewerFormat(Message("record.newer", name=name, format=number, known=kind.FORMAT))


def check_moments(value: Any) -> None:
    """Raise ValueError if a time in a dataclass or a nested one has no time zone or an implausible year."""
    for name in value.__dataclass_fields__:
        held = getattr(value, name)
        if isinstance(held, datetime):
            if held.tzinfo is None or held.year not in _YEARS:
                raise ValueError(f"{name} is no time: {held.isoformat()}")
        elif isinstance(held, tuple):
            for item in held:
                if hasattr(item, "__dataclass_fields__"):
                    check_moments(item)


@cache
def _names(kind: type) -> frozenset[str]:
    return frozenset(item.name for item in fields(kind))


@cache
def _parts(kind: type) -> Mapping[str, type]:
    """Return the fields that are tuples of dataclasses with their own `extra`."""
    found = {}
    for name, declared in get_type_hints(kind).items():
        inner = get_args(declared)[0] if get_origin(declared) is tuple else None
        if isinstance(inner, type) and "extra" in getattr(inner, "__dataclass_fields__", ()):
            found[name] = inner
    return found


def _keep_unknown(value: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Return the object with unknown fields moved into `extra`, also in its parts."""
    names = _names(kind)
    known = {key: item for key, item in value.items() if key in names and key != "extra"}
    for name, part in _parts(kind).items():
        items = known.get(name)
        if isinstance(items, list):
            known[name] = [_keep_unknown(item, part) if isinstance(item, dict) else item for item in items]
    unknown = {key: item for key, item in value.items() if key not in names and key not in _NUMBER_KEYS}
    return known | {"extra": unknown} if unknown else known


def _give_back(plain: dict[str, Any], kind: type) -> dict[str, Any]:
    """Undo `_keep_unknown`; a known field wins over an unknown one of the same name."""
    for name, part in _parts(kind).items():
        plain[name] = [_give_back(item, part) for item in plain[name]]
    return {**plain.pop("extra", {}), **plain}


def to_object(value: Document) -> dict[str, Any]:
    """Return a document as an object of JSON types, with its format number and the fields kept in `extra`."""
    plain = cast("dict[str, Any]", msgspec.to_builtins(value))
    return {**_give_back(plain, type(value)), "format": value.FORMAT}


def encode_object(value: Mapping[str, Any]) -> bytes:
    """Return the bytes of an object in the form of documents: UTF-8, sorted keys, indented for people."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1) + b"\n"


def write_document(path: Path, value: Document, *, durable: bool = True) -> None:
    """Replace a document in one step; see `atomic.write_bytes` for guarantees and errors.

    Documents of existing tasks and of operators' actions are written even on a full disk (`reserve`).
    """
    data = encode_object(to_object(value))
    try:
        with_reserve(path, lambda: write_bytes(path, data, durable=durable))
    except IsADirectoryError:
        discard(path)  # no process of the portal creates a folder of that name
        with_reserve(path, lambda: write_bytes(path, data, durable=durable))
