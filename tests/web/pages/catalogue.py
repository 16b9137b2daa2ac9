"""The texts of the pages against their Chinese catalogue; run as a module, it brings the catalogue up to date.

    python -m tests.web.pages.catalogue

adds new texts without a translation and removes those that nobody says any more.
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[3]
PO_FILE = ROOT / "portal" / "web" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
_HEADER = "# Chinese texts of the pages; the English text in the code is the message id. See docs/develop/pages.md."


def _only_pages(folder: str) -> bool:
    top = Path(os.path.relpath(folder, ROOT)).parts
    return not top or top[0] in ("portal", "templates")


def extract() -> Catalog:
    """Return every text that the code and the templates of the pages mark."""
    with (ROOT / "portal" / "web" / "babel.cfg").open(encoding="utf-8") as stream:
        methods, options = parse_mapping_cfg(stream)  # type: ignore[no-untyped-call]
    keywords = {**DEFAULT_KEYWORDS, "_l": None}
    found = Catalog(locale="zh", fuzzy=False, header_comment=_HEADER)
    for name, _, text, _, context in extract_from_dir(
        str(ROOT), methods, options, keywords=keywords, directory_filter=_only_pages
    ):
        found.add(text, locations=[(name, 0)], context=context)
    return found


def stored() -> Catalog:
    """Return the Chinese catalogue."""
    with PO_FILE.open("rb") as stream:
        return read_po(stream, locale="zh")


def update() -> None:
    """Write the catalogue with the texts of today and the translations there are."""
    fresh, old = extract(), stored()
    for message in fresh:
        known = old.get(message.id) if message.id else None
        if known is not None:
            message.string = known.string
    with PO_FILE.open("wb") as stream:
        write_po(stream, fresh, width=120, sort_output=True, include_lineno=False, omit_header=True)


if __name__ == "__main__":
    update()
