"""Where a line of a page or report must not break: a number and its percent sign stay together."""

from __future__ import annotations

import re

NO_BREAK = "\N{NO-BREAK SPACE}"
_PERCENT = re.compile(r"(?<=\d) %")


def keep_percents(text: str) -> str:
    """Return a text in which no percent sign begins a line."""
    return _PERCENT.sub(f"{NO_BREAK}%", text)
