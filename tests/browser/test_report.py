"""The report as a file on a phone, whatever its genome and its toxins are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.domain.status import Lang
from tests.browser.conftest import LivePortal
from tests.browser.kurstaki import report_of
from tests.builders import BuiltTask
from tests.pipeline.report.written import written

_NAMES = ("A" * 180, "<img src=x onerror=alert(1)>" * 5, "苏云金芽孢杆菌" * 20, None)
_MOST_PIXELS = 9000
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Tables that scroll without words above them that they do, or with these words where they do not.
_SILENT_TABLES = """() => [...document.querySelectorAll(".table")]
  .filter((box) => box.checkVisibility())
  .filter((box) => (box.scrollWidth > box.clientWidth) !== box.previousElementSibling.checkVisibility()
    || !box.previousElementSibling.matches(".sideways"))
  .map((box) => box.ariaLabel)"""
_NAMELESS_TABLES = """() => [...document.querySelectorAll(".table")]
  .filter((box) => !box.ariaLabel || box.getAttribute("role") !== "group" || box.tabIndex !== 0)
  .map((box) => box.textContent.trim().slice(0, 40))"""


@pytest.mark.parametrize("lang", Lang)
def test_a_table_says_that_it_scrolls_where_it_does(
    live: LivePortal, page: Page, kurstaki: BuiltTask, tmp_path: Path, lang: Lang
) -> None:
    page.goto(report_of(live.portal, kurstaki, tmp_path, lang).as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach((it) => (it.open = true))")
    for width in (1280, 800, 700, 660, 610):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(_SILENT_TABLES) == [], width


@pytest.mark.parametrize("lang", Lang)
def test_the_report_fits_a_phone(page: Page, tmp_path: Path, lang: Lang) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for number, name in enumerate(_NAMES):
        folder = tmp_path / str(number)
        folder.mkdir()
        strain = name or "HD-1"
        html, _ = written(folder, lang, name=name, strain=strain, display_name=f"{strain}.fna")
        (folder / "shown.html").write_text(html, encoding="utf-8")
        page.goto((folder / "shown.html").as_uri())
        assert page.evaluate(_TOO_WIDE) <= 0, f"{strain[:30]} in {lang}"


@pytest.mark.parametrize("lang", Lang)
def test_kurstaki_is_read_on_a_phone_in_a_few_screens(
    live: LivePortal, page: Page, kurstaki: BuiltTask, tmp_path: Path, lang: Lang
) -> None:
    """What is many rows long is folded; a cited record opens its fold, and axe has nothing to say."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(report_of(live.portal, kurstaki, tmp_path, lang).as_uri())
    assert page.evaluate("document.documentElement.scrollHeight") <= _MOST_PIXELS
    assert page.evaluate(_TOO_WIDE) <= 0
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert [violation["id"] for violation in found.response["violations"]] == [], scheme
    assert page.evaluate(_SILENT_TABLES) == []
    assert page.evaluate(_NAMELESS_TABLES) == []
    page.locator("details > summary").first.click()
    cited = page.locator("details[open] td a").first
    record = page.locator(str(cited.get_attribute("href")))
    expect(record).to_be_hidden()
    cited.click()
    expect(record).to_be_in_viewport()
