"""What went wrong, as a code and its values; the caller words it for the reader.

The code `verbatim` has a `text` that a command printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | int | float | OSError | Complaint"

VERBATIM = "verbatim"


@dataclass(frozen=True, init=False)
class Complaint:
    """A code with its values; `str()` is for logs, and gives a command's own text unchanged."""

    code: str
    params: Mapping[str, Value]

    def __init__(self, code: str, /, **params: Value) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "params", params)

    def __str__(self) -> str:
        if self.code == VERBATIM:
            return str(self.params["text"])
        values = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({values})" if values else self.code


def verbatim(text: str) -> Complaint:
    """Return a complaint that quotes what a command printed."""
    return Complaint(VERBATIM, text=text)
