"""Tables on a phone: each row is a card with its labels, so that none is to be scrolled sideways without a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.bootstrap import templates_dir

TEMPLATES = sorted((templates_dir() / "html").glob("*.html"))
# The grid says that it is to be scrolled; scores have a form of their own on a phone.
_FORMS = ("stack", "grid", "scores")


def tables() -> list[tuple[str, str]]:
    found = re.compile(r"<table\b.*?</table>", re.DOTALL)
    return [(path.name, table) for path in TEMPLATES for table in found.findall(path.read_text(encoding="utf-8"))]


def test_every_table_has_a_form_for_a_phone() -> None:
    wide = [
        (name, table[:80])
        for name, table in tables()
        if not set(_FORMS) & set(re.match(r'<table[^>]*?class="([^"]*)"', table)[1].split())  # type: ignore[index]
    ]
    assert wide == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_number_in_a_card_has_its_label(path: Path) -> None:
    """Cells outside of a table are those of a macro for one; the grid has roles in place of labels."""
    text = path.read_text(encoding="utf-8")
    for name, table in tables():
        if name == path.name and "stack" not in table[:80]:
            text = text.replace(table, "")
    cells = re.findall(r"<td[^>]*>", text)
    assert [cell for cell in cells if 'class="num"' in cell and not re.search("data-label|role=", cell)] == []
