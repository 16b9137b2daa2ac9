"""From the files to a shared link, over submission, grid, strain and toxin: in each way in which somebody may go.

By touch on a phone in Chinese, by keyboard alone, at a zoom of 200 %, and without scripts.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal, NewContext, wait_for_page

GENOMES = {"Yn-1.fna": b">a\nACGTACGT\n", "Yn-2.fna": b">b\nACGTTTGACA\n"}
_IS_FOCUSED = "element => element === document.activeElement"
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Reader(ABC):
    """Somebody who uses the pages in one way."""

    lang = "en"
    scripts = True
    options: ClassVar[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}

    @abstractmethod
    def press(self, target: Locator) -> None:
        """Use a link, a button or a fold."""

    def press_in_grid(self, target: Locator) -> None:
        """Use a link in a cell of the grid."""
        self.press(target)

    def look(self, page: Page) -> None:
        """Find that nothing of a page lies beside the screen."""
        assert page.evaluate(_TOO_WIDE) <= 0, page.url


class ByTouch(Reader):
    """On a phone, in Chinese."""

    lang = "zh"
    options: ClassVar[dict[str, Any]] = {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    }

    def press(self, target: Locator) -> None:
        target.tap()


class ByKeyboard(Reader):
    """With the tabulator from one thing to the next, with arrow keys in the grid."""

    def press(self, target: Locator) -> None:
        self._tab_to(target)
        target.page.keyboard.press("Enter")

    def press_in_grid(self, target: Locator) -> None:
        self._tab_to(target.page.locator("#grid [tabindex='0']"))
        keyboard = target.page.keyboard
        for key in ("Control+Home", "ArrowDown", *["ArrowRight"] * 40):
            keyboard.press(key)
            if target.evaluate(_IS_FOCUSED):
                keyboard.press("Enter")
                return
        raise AssertionError(f"no way to {target} by arrow keys")

    @staticmethod
    def _tab_to(target: Locator) -> None:
        for _ in range(200):
            if target.evaluate(_IS_FOCUSED):
                return
            target.page.keyboard.press("Tab")
        raise AssertionError(f"no way to {target} by keyboard")


class AtZoom(Reader):
    """At 200 %: as many pixels of the page as half a screen has."""

    options: ClassVar[dict[str, Any]] = {"viewport": {"width": 640, "height": 400}}

    def press(self, target: Locator) -> None:
        target.click()


class WithoutScripts(AtZoom):
    """With no JavaScript."""

    scripts = False
    options: ClassVar[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}, "java_script_enabled": False}

    def look(self, page: Page) -> None:
        """Nothing can be measured without scripts."""


def submitted(live: LivePortal, page: Page, reader: Reader, folder: Path) -> None:
    """Go from the start page to the page of a submission whose genomes are done."""
    for name, data in GENOMES.items():
        (folder / name).write_bytes(data)
    page.goto(f"/?lang={reader.lang}")
    reader.look(page)
    page.set_input_files("#file", [folder / name for name in GENOMES])
    if reader.scripts:
        expect(page.locator("#files .ok")).to_have_count(2)
    reader.press(page.locator("main form button.primary"))
    wait_for_page(page, "#submission")
    submission_id = re.findall(r"/submissions/(\w{12})", page.url)[0]
    sent = [task_id for task_id in live.portal.task_ids() if live.record(task_id).submission == submission_id]
    assert len(sent) == 2
    for task_id in sent:
        live.advance(task_id, TaskStatus.COMPLETED)
    if not reader.scripts:
        page.reload()
    expect(page.locator("#panel[data-final='1']")).to_be_visible()


@pytest.mark.parametrize(
    "reader", [ByTouch(), ByKeyboard(), AtZoom(), WithoutScripts()], ids=lambda it: type(it).__name__
)
def test_the_whole_way(live: LivePortal, new_context: NewContext, tmp_path: Path, reader: Reader) -> None:
    page = new_context(**reader.options).new_page()
    submitted(live, page, reader, tmp_path)
    reader.look(page)
    reader.press(page.locator(".tabs a[href*='by=toxins']"))
    page.wait_for_selector(".grid.by-toxins.live" if reader.scripts else ".grid.by-toxins")
    reader.press_in_grid(page.locator("#strain-2 td.cell[data-value] a").first)
    expect(page).to_have_url(re.compile(r"/tasks/\w{12}/toxins/"))
    wait_for_page(page, "main h1")
    reader.look(page)
    reader.press(page.locator("main a[href*='/tasks/']").first)
    wait_for_page(page, "#task")
    reader.look(page)
    shared = share(page, reader)
    guest = new_context(**reader.options).new_page()
    if reader.scripts:
        guest.goto(shared)
    else:
        guest.goto(shared.partition("#")[0])
        guest.fill("#token", shared)
        reader.press(guest.locator("main button[type=submit]"))
    expect(guest.locator("#verdict-title")).to_be_visible()
    expect(guest.locator("#delete")).to_have_count(0)
    reader.look(guest)


def share(page: Page, reader: Reader) -> str:
    """Make a link on the page of a task, and return it."""
    reader.press(page.locator("#sharing > summary"))
    page.fill("#share-label", "Review")
    page.fill("#share-ends", (datetime.now(UTC) + timedelta(days=9)).date().isoformat())
    reader.look(page)
    reader.press(page.locator("#shares button.primary"))
    expect(page.locator("#made-link")).to_have_value(re.compile("#token="))
    reader.look(page)
    return page.locator("#made-link").input_value()
