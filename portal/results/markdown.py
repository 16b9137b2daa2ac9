"""Untrusted text in Markdown: harmless in running text, or as code."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup, escape

from portal.domain.invisible import without_unseen

_WHITE_SPACE = re.compile(r"\s+")
# Characters that would turn a name into markup; "-", "." and "+" do so only at the start of a line, where no name is.
_SIGNS = re.compile(r"([\\`*_{}\[\]()#!|~$])")


@lru_cache(maxsize=4096)  # a report repeats its names hundreds of times
def harmless(text: str) -> Markup:
    """Return text for Markdown: no markup, no HTML, no line end that would break a table."""
    one_line = _WHITE_SPACE.sub(" ", without_unseen(text))  # keep a space at either end, for separators such as ": "
    plain = str(escape(one_line)).replace("&#39;", "'").replace("&#34;", '"')  # before "#" gets its backslash
    return Markup(_SIGNS.sub(r"\\\1", plain))  # noqa: S704 - escaped in the line above


def as_code(text: str) -> str:
    """Return text on one line, as code, in which Markdown has no other signs."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"
