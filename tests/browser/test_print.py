"""A strain on paper: at most six sheets, the answer on the first, and no word of the page cut or lost."""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.domain.status import Lang
from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.kurstaki import report_of
from tests.builders import BuiltTask

_MOST_PAGES = 6
_WORDS_ON_PAPER = """() => {
  const hidden = (node) => node.closest("details:not([open]) > :not(summary), svg, script, select") !== null;
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (hidden(parent) || !parent.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(parent.closest(".clip") ?? parent);
    if (style.textOverflow === "ellipsis" || parent.closest(".hidden")) continue;
    words.push(...walker.currentNode.textContent.split(/\\s+/).filter(Boolean));
  }
  return words;
}"""

_UNFOLD = """() => document.querySelectorAll("section[aria-labelledby=evidence-title] details")
  .forEach((it) => (it.open = true))"""


def printed(page: Page, path: Path, *, last: int | None = None) -> str:
    """Return the text of a page as printed, without white space; `last` is the last sheet to read."""
    if not path.exists():
        page.pdf(path=path, prefer_css_page_size=True)
    command = ["pdftotext", "-raw", *(["-l", str(last)] if last else []), str(path), "-"]
    return squeezed(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def pages_of(path: Path) -> int:
    facts = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[1]) for line in facts.splitlines() if line.startswith("Pages:"))


@pytest.mark.parametrize("lang", Lang)
def test_a_strain_takes_six_sheets_and_loses_no_word(
    new_context: NewContext, kurstaki: BuiltTask, tmp_path: Path, lang: Lang
) -> None:
    page = new_context().new_page()
    open_with_token(page, kurstaki, lang.value)
    page.wait_for_load_state("networkidle")
    sheets = tmp_path / "strain.pdf"
    whole = printed(page, sheets)
    assert pages_of(sheets) <= _MOST_PAGES
    first = printed(page, sheets, last=1)
    assert squeezed(page.locator("#verdict-title").inner_text()) in first
    assert squeezed(page.locator(".main-scores tbody tr").first.locator("th a").inner_text()) in first
    page.emulate_media(media="print")
    words = page.evaluate(_WORDS_ON_PAPER)
    assert len(words) > 300
    assert [word for word in words if squeezed(word) not in whole] == []


@pytest.mark.parametrize("lang", Lang)
def test_the_report_takes_six_sheets_and_loses_no_word(
    live: LivePortal, page: Page, kurstaki: BuiltTask, tmp_path: Path, lang: Lang
) -> None:
    page.goto(report_of(live.portal, kurstaki, tmp_path, lang).as_uri())
    sheets = tmp_path / "report.pdf"
    whole = printed(page, sheets)
    assert pages_of(sheets) <= _MOST_PAGES
    assert squeezed(page.locator(".lead").inner_text()) in printed(page, sheets, last=1)
    words = page.evaluate(_WORDS_ON_PAPER.replace('"main"', '"body"'))
    assert len(words) > 300
    assert [word for word in words if squeezed(word) not in whole] == []


@pytest.mark.parametrize("lang", Lang)
def test_the_evidence_unfolded_is_compact_and_loses_no_word(
    new_context: NewContext, kurstaki: BuiltTask, tmp_path: Path, lang: Lang
) -> None:
    """Once 86 sheets below the scores, and 49 as a table of nearly 700 records."""
    page = new_context().new_page()
    open_with_token(page, kurstaki, lang.value)
    page.wait_for_load_state("networkidle")
    page.evaluate(_UNFOLD)
    for name, most in (("unfolded", 42), ("table", 26)):
        if name == "table":
            page.goto(f"{page.url.partition('?')[0]}/evidence?lang={lang}")
        sheets = tmp_path / f"{name}.pdf"
        whole = printed(page, sheets)
        assert pages_of(sheets) <= most, name
        page.emulate_media(media="print")
        words = page.evaluate(_WORDS_ON_PAPER)
        assert len(words) > 5_000
        assert sorted({word for word in words if squeezed(word) not in whole}) == [], name


@pytest.mark.parametrize("width", [390, 1280])
def test_what_scrolls_on_a_screen_is_whole_on_paper(
    new_context: NewContext, live: LivePortal, tmp_path: Path, width: int
) -> None:
    """A log of more lines than fit into its frame, and commands that are longer than theirs, on A4 and Letter."""
    built = live.task()
    lines = [f"2026-03-02T09:31:20Z INFO line-{number}-begins {'x' * 150} line-{number}-ends" for number in range(150)]
    for log in live.portal.task(built.task_id).path.glob("attempts/*/*/log.txt"):
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    open_with_token(page, built)
    for address, selector, least in ((f"/tasks/{built.task_id}/log", ".log", 600), ("/help", ".code pre", 20)):
        page.goto(address)
        words = " ".join(page.locator(selector).all_text_contents()).split()
        assert len(words) >= least, address
        for paper in ("A4", "Letter"):
            path = tmp_path / f"{selector[1:5]}-{paper}.pdf"
            page.pdf(path=path, format=paper)
            whole = printed(page, path)
            assert [word for word in words if squeezed(word) not in whole] == [], (address, paper)
