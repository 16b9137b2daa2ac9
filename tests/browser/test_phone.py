"""On a phone: no words are cut, and a strain's page is not a wall; on paper what is folded there is open."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.still import TWO_FRAMES
from tests.browser.submissions import made, open_shared
from tests.builders import BuiltTask

MOST_PIXELS = 8_000
# Names of contigs, files and people have no bound, so that they end in an ellipsis and are whole in the title.
_CUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (!element.checkVisibility({ visibilityProperty: true }) || !element.innerText?.trim()) return false;
  if (element.closest("svg, .hidden, [hidden], .clip[title], .person, .grid .common[title], pre, select")) return false;
  const style = getComputedStyle(element);
  const hides = (overflow) => overflow === "hidden" || overflow === "clip";
  return (hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
    || (hides(style.overflowY) && element.scrollHeight > element.clientHeight + 1);
}).map((element) => `${element.tagName}.${element.className}: ${element.innerText.slice(0, 60)}`)"""
_DRAWN_NAMES_OUTSIDE = """() => [...document.querySelectorAll(".view-canvas text, .drawings text")].filter((text) => {
  const [box, frame] = [text.getBoundingClientRect(), text.closest("svg").parentElement.getBoundingClientRect()];
  return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
}).map((text) => text.textContent)"""

# The grid says that it is to be scrolled.
_BEYOND_THE_TABLE = """() => [...document.querySelectorAll(".scroll:not(:has(> .grid))")].filter(
  (frame) => frame.scrollWidth > frame.clientWidth + 1
).map((frame) => `to be scrolled: ${frame.firstElementChild.id}`)"""
_A_CHARACTER_A_LINE = """() => [...document.querySelectorAll(".chip, .badge, button, .button")].filter((element) => {
  const box = element.getBoundingClientRect();
  const isDrawn = getComputedStyle(element).fontSize !== "0px"; // a tick stands for the word
  return isDrawn && element.innerText?.trim().length > 3 && box.height > 1.5 * box.width;
}).map((element) => `a character a line: ${element.innerText.replace(/\\s/g, "").slice(0, 60)}`)"""
# What explains a table, and how to cite: closed on a phone alone.
_FOLDED_ON_A_PHONE = """() => ["bioassays", "toxins", "screening", "provenance"]
  .flatMap((name) => [...document.querySelectorAll(`[aria-labelledby=${name}-title] > .phone-fold:not([open]) p`)])
  .flatMap((part) => part.textContent.match(/[A-Za-z0-9]{6,}/g) ?? [])"""
_TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? [`the page is ${scrollWidth - clientWidth} pixels too wide`] : [];
}"""


@pytest.fixture(scope="module")
def many(live: LivePortal) -> tuple[str, str]:
    """Return address and view token of a submission."""
    address, token, _ = made(live, 4, hits=(0, 1, 7, 40))
    return address, token


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_words_are_cut(
    new_context: NewContext, live: LivePortal, kurstaki: BuiltTask, many: tuple[str, str], lang: str
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, has_touch=True).new_page()
    open_with_token(page, kurstaki, lang)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    told = [*found(page, lang)]
    task = f"/tasks/{kurstaki.task_id}"
    for path in (f"{task}/toxins/L1", f"{task}/evidence", "/tasks", "/queue", f"/compare?task={kurstaki.task_id}"):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        page.wait_for_load_state("networkidle")
        told += found(page, lang)
    open_with_token(page, live.task(), lang)
    assert page.locator("#screening .chip").count()
    told += found(page, lang)
    open_shared(page, *many)
    for by in ("orders", "species", "toxins"):
        page.goto(f"{many[0]}?by={by}&lang={lang}")
        page.wait_for_selector("#grid.live")
        told += found(page, lang)
    assert told == []


def found(page: Page, lang: str) -> list[str]:
    told = []
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        page.evaluate(TWO_FRAMES)
        cut = [*page.evaluate(_CUT), *page.evaluate(_DRAWN_NAMES_OUTSIDE), *page.evaluate(_TOO_WIDE)]
        cut += [*page.evaluate(_A_CHARACTER_A_LINE), *page.evaluate(_BEYOND_THE_TABLE)]
        told += [f"{page.url} ({lang}, {width}): {text}" for text in cut]
    return told


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_strain_is_short_on_a_phone_and_whole_on_paper(
    new_context: NewContext, kurstaki: BuiltTask, tmp_path: Path, lang: str
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    open_with_token(page, kurstaki, lang)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollHeight") <= MOST_PIXELS
    folded = page.locator("details.printed:not([open])")
    count = 2 + page.locator(".main-scores tbody tr").count()  # what each score rests on
    assert folded.count() == count > 2
    words = page.evaluate(
        """() => [...document.querySelectorAll("details.printed:not([open])")]
          .flatMap((fold) => fold.textContent.match(/[A-Za-z0-9]{6,}/g)).slice(0, 200)"""
    )
    explained = page.evaluate(_FOLDED_ON_A_PHONE)
    assert "Portal" in explained or "BtToxin" in explained, "how to cite is folded"
    words += explained
    sheets = tmp_path / "strain.pdf"
    page.pdf(path=sheets, prefer_css_page_size=True)
    text = subprocess.run(["pdftotext", "-raw", str(sheets), "-"], capture_output=True, text=True, check=True).stdout
    squeezed = "".join(text.split())
    assert [word for word in words if word not in squeezed] == []
    expect(folded, "they close again").to_have_count(count)
