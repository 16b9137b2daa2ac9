"""Commands in messages: the catalogue puts them between back-quotes, which a page has to show as code."""

from __future__ import annotations

import html
import re

_COMMAND = re.compile(r"`([^`]+)`")


def commands_as_html(text: str) -> str:
    """Return a text escaped for HTML, with what stands between back-quotes as code."""
    return _COMMAND.sub(r"<code>\1</code>", html.escape(text))
