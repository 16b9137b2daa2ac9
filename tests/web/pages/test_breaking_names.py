"""Names of strains break where their parts meet, and stay text."""

from __future__ import annotations

import pytest

from portal.web.texts.shown_text import breaking


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("sim_kurstaki", "sim_<wbr>kurstaki"),
        ("Yn-118.v2", "Yn-118.v2"),
        ("a__b", "a__<wbr>b"),
        ("_first", "_<wbr>first"),
        ("last_", "last_"),
        ("HD1", "HD1"),
        ("<b>_x&y", "&lt;b&gt;_<wbr>x&amp;y"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}_b", "a_<wbr>b"),
    ],
)
def test_a_name_may_break_behind_its_low_lines(name: str, html: str) -> None:
    assert str(breaking(name)) == html
