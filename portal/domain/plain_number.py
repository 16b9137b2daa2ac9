"""Numbers in ASCII digits, without what only Python reads as one (`1_0`, digits of other scripts)."""

from __future__ import annotations

import re
from typing import Any

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*", re.ASCII)


def plain_number(value: Any) -> float:
    """Return a number, or one that is written out.

    Raises:
        ValueError: it is neither; infinity and "not a number" cannot be written.
    """
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError(f"not a number: {value[:20]!r}")
    try:
        return float(value)
    except (TypeError, OverflowError) as error:
        raise ValueError("not a number") from error
