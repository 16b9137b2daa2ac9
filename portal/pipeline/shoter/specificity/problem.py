"""What is wrong with a table, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong, and in which line (1-based)."""

    line: int
    text: str
