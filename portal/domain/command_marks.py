"""Commands in messages: the catalogue puts them between back-quotes, which a page has to show as code."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"`([^`]+)`")


def commands_as_code(escaped: str) -> str:
    """Return a text, which is escaped for HTML, with code elements in place of what stands between back-quotes."""
    # A plain string: joining pieces to a Markup would escape them once more.
    return _COMMAND.sub(r"<code>\1</code>", str(escaped))
