"""Text in a page holds nothing that reorders or hides what stands around it, whatever a record on the disk has.

New names are without such characters (`portal.domain.invisible`); those of earlier versions may still hold them.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from portal.domain.invisible import without_unseen

_PARTS = re.compile(r"(?<=_)(?=[^_])")


def shown(value: Any) -> Any:
    """Return a value as a template writes it: text without characters that nobody sees, anything else as it is."""
    if isinstance(value, Markup):
        # Not left out: what stands on both sides of it must not become markup together.
        return Markup(without_unseen(str(value), instead="\N{REPLACEMENT CHARACTER}"))  # noqa: S704 - was markup before
    return without_unseen(value) if isinstance(value, str) else value


def breaking(name: str) -> Markup:
    """Return a name with places where a line may break: behind each `_`, as in `sample_01`.

    Browsers break behind a hyphen by themselves, but not there: a narrow column broke such a name between any
    two letters.
    """
    return Markup("<wbr>").join(_PARTS.split(without_unseen(name)))
