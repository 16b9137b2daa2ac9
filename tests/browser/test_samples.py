"""From the first page to a sample and through its tour: by keyboard, on a phone, and without scripts."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.builders import make_site
from tests.samples import put_samples
from tests.web.api.server import start_server

TITLES = (
    "What it may act on",
    "The toxin genes",
    "Genes on the map",
    "The evidence behind a score",
    "Files and sharing",
)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The first page of a portal with finished samples."""
    with contextlib.closing(start_server(tmp_path_factory.mktemp("samples"), SAMPLES="true")) as server:
        put_samples(make_site(server.portal.jobs, SAMPLES="true"))
        yield server.url


def press_until(page: Page, key: str, *, focused: str) -> None:
    """Press a key until an element has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", focused):
            return
    raise AssertionError(f"{key} never leads to {focused}")


def test_from_the_first_page_through_the_tour_by_keyboard(start: str, new_context: NewContext) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(start)
    press_until(page, "Tab", focused="a[href='/samples/kurstaki']")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tasks/[a-z2-7]{12}$"))
    expect(page.locator("html")).to_have_class("scripted")
    press_until(page, "Tab", focused="#tour-start")
    page.keyboard.press("Enter")
    for place, title in enumerate(TITLES, start=1):
        expect(page.locator("#tour-place")).to_have_text(f"{place} of 5")
        expect(page.locator("#tour-title")).to_have_text(title)
        expect(page.locator(".tour-here")).to_have_count(1)
        expect(page.locator(".tour-here h2").first).to_be_in_viewport()
        if place == 2:
            page.keyboard.press("ArrowLeft")
            expect(page.locator("#tour-place")).to_have_text("1 of 5")
            page.keyboard.press("ArrowRight")
            expect(page.locator("#tour-place")).to_have_text("2 of 5")
            assert Axe().run(page).response["violations"] == []
        page.keyboard.press("Enter")
    expect(page.locator("#tour-panel")).to_be_hidden()
    expect(page.locator("section:focus h2")).to_have_id("files-title")
    page.goto(f"{start}/help")
    page.locator("a[href$='#tour']").click()
    expect(page.locator("#tour-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#tour-panel")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0, "no sample is the reader's task"
    assert not page.context.cookies()


def test_on_a_phone_the_panel_leaves_room_for_what_it_tells_of(start: str, new_context: NewContext) -> None:
    page = new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN"
    ).new_page()
    page.goto(f"{start}/samples/israelensis#tour")
    for place, _ in enumerate(TITLES, start=1):
        expect(page.locator("#tour-place")).to_have_text(re.compile(rf"^\D*{place}\D+5\D*$"))
        expect(page.locator("#tour-panel")).to_be_in_viewport(ratio=1)
        expect(page.locator(".tour-here h2").first).to_be_in_viewport(ratio=1)
        top = page.evaluate("() => document.getElementById('tour-panel').getBoundingClientRect().top")
        assert top >= 844 / 2
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        page.locator("#tour-next").tap()
    expect(page.locator("#tour-panel")).to_be_hidden()


def test_without_scripts_it_is_a_list_of_links(start: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{start}/samples/kurstaki#tour")
    expect(page.locator("#tour a")).to_have_text(list(TITLES))
    page.locator("#tour a").last.click()
    expect(page.locator("#files-title")).to_be_in_viewport()
    page.goto(f"{start}/samples")
    expect(page.locator(".samples h2 a")).to_have_count(3)
