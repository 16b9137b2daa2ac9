"""A problem in a table."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.message import Message


@dataclass(frozen=True)
class TableProblem:
    """A problem and its line (1-based)."""

    line: int
    message: Message
