"""The list of bioassays on a desktop: which species and why are read without scrolling sideways."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewContext, open_with_token
from tests.builders import BuiltTask

_FRAMES = """() => [...document.querySelectorAll(".scroll:has(> .shortlist)")].map((frame) => [
  frame.scrollWidth - frame.clientWidth,
  [...frame.querySelectorAll("th, td")].filter((cell) => cell.scrollWidth > cell.clientWidth)
    .map((cell) => cell.textContent),
])"""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_all_columns_are_in_sight(new_context: NewContext, kurstaki: BuiltTask, lang: str, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    open_with_token(page, kurstaki, lang)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    frames = page.evaluate(_FRAMES)
    assert frames
    assert [frame for frame in frames if frame != [0, []]] == []
