"""Typed values from JSON, also where several threads read the first document of a kind at the same moment.

msgspec (0.22) builds what it knows about a class at the class's first use and puts it on the class before it is whole.
A thread that uses the class meanwhile reads a null pointer, and the process ends with SIGSEGV. So each kind is built
here, one at a time, before it is used; ruff refuses `msgspec.convert` and `msgspec.json.Decoder` elsewhere.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

from msgspec import convert as _convert
from msgspec.json import Decoder

T = TypeVar("T")

_decoders: dict[Any, Decoder[Any]] = {}
_build = threading.Lock()


def decoder(kind: type[T]) -> Decoder[T]:
    """Return the strict decoder of a kind: a class, or an expression of types such as `tuple[Score, ...]`."""
    if kind not in _decoders:
        with _build:
            if kind not in _decoders:
                _decoders[kind] = Decoder(kind)
    return _decoders[kind]


def convert(value: Any, kind: type[T]) -> T:
    """Return JSON types as a value of this kind, with no implicit conversion.

    Raises:
        msgspec.ValidationError: a field is missing or has the wrong type.
    """
    decoder(kind)
    return _convert(value, kind)
