"""Which rows of a grid a search finds; `filter` in `grid.js` finds the same."""

from __future__ import annotations

from portal.domain.annotations import tags_asked
from portal.web.pages.grid import GridLine, GridWish


def is_wanted(line: GridLine, wish: GridWish) -> bool:
    """Return whether a row matches the filter."""
    tags, text = tags_asked(wish.text)
    in_state = not wish.state or line.status == wish.state
    if not in_state or not {tag.casefold() for tag in line.written.tags}.issuperset(tags):
        return False
    text = text.casefold()
    said = f"{line.label} {line.line} {line.word} {line.found_by}".casefold()
    return text in said or any(_is_of(name.casefold(), text) for name in line.toxins)


def _is_of(name: str, wanted: str) -> bool:
    """Return whether a toxin has this name at any rank: Cry1Ab5 is a Cry1Ab and a Cry1, and Cry11Aa1 is none."""
    rest = name.removeprefix(wanted)
    return name.startswith(wanted) and not (wanted[-1:].isdigit() and rest[:1].isdigit())
