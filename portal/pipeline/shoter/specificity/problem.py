"""What is wrong with a table, and where."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.message import Message


@dataclass(frozen=True)
class TableProblem:
    """What is wrong, and in which line (1-based)."""

    line: int
    message: Message
