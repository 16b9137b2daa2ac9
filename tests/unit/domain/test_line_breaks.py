"""A percent sign stays with its number; nothing else is changed."""

from __future__ import annotations

import pytest

from portal.domain.line_breaks import keep_percents


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("97.7 % identical over 100 %", "97.7\N{NO-BREAK SPACE}% identical over 100\N{NO-BREAK SPACE}%"),
        ("Identity %", "Identity %"),
        ("5% of 12", "5% of 12"),
    ],
)
def test_a_percent_sign_begins_no_line(text: str, kept: str) -> None:
    assert keep_percents(text) == kept
