"""The order in which people list names with numbers: Cry2Aa before Cry10Aa, contig2 before contig10."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"([0-9]{1,18})")  # longer ones are compared piece by piece


def natural_key(name: str) -> list[tuple[int, str]]:
    """Return a key to sort names by, their numbers as numbers."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _NUMBER.split(name)]
