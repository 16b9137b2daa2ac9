"""Commands in messages become code on pages; everything else, also from uploads, stays text."""

from __future__ import annotations

import pytest
from markupsafe import escape

from portal.domain.command_marks import commands_as_code


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Run `btportal reference fetch`; then again.", "Run <code>btportal reference fetch</code>; then again."),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("one ` alone", "one ` alone"),
        ("empty ``", "empty ``"),
        ("<b>`<i>`</b>", "&lt;b&gt;<code>&lt;i&gt;</code>&lt;/b&gt;"),
        ('"quoted" & more', "&#34;quoted&#34; &amp; more"),
    ],
)
def test_only_what_stands_between_back_quotes_becomes_code(text: str, html: str) -> None:
    assert commands_as_code(escape(text)) == html
