"""The map of the genome: zoomed and moved by buttons, keys, wheel, mouse and fingers; genes lead to their pages."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LivePortal, NewContext, open_with_token

_WHOLE = re.compile(r"^contig1: 1–31,000 / 31,000 bp$")


def _words(page: Page) -> Locator:
    return page.locator(".view-words")


def test_a_contig_is_zoomed_and_moved_in_every_way(live: LivePortal, page: Page) -> None:
    open_with_token(page, live.task())
    canvas = page.locator(".view-canvas")
    expect(_words(page)).to_have_text(_WHOLE)
    expect(canvas.locator("a")).to_have_count(6)
    page.get_by_role("button", name="Zoom in").click()
    expect(_words(page)).to_have_text("contig1: 7,751–23,250 / 31,000 bp")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(_words(page)).to_have_text("contig1: 13,951–29,450 / 31,000 bp")
    page.keyboard.press("0")
    expect(_words(page)).to_have_text(_WHOLE)
    canvas.hover()
    page.mouse.wheel(0, -100)
    expect(_words(page)).not_to_have_text(_WHOLE)
    before = _words(page).inner_text()
    page.mouse.down()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(_words(page)).not_to_have_text(before)
    page.select_option("#genome-contig", "contig2")
    expect(_words(page)).to_have_text(re.compile("^contig2: 1–31,000"))
    expect(canvas.locator("a")).to_have_count(1)
    page.locator(".contig-bar").first.click(position={"x": 300, "y": 17})
    expect(_words(page)).to_have_text(_WHOLE)
    gene = canvas.locator("a").first
    wanted = gene.get_attribute("href") or "nothing"
    gene.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(wanted)))


def test_two_fingers_zoom_and_the_wheel_scrolls_the_page_until_the_map_has_the_focus(
    live: LivePortal, new_context: NewContext
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    open_with_token(page, live.task())
    canvas = page.locator(".view-canvas")
    page.click(".genome-map > .phone-fold > summary")
    expect(page.locator(".contig-bar").first).to_be_visible()
    page.click("#genome-zoom summary")
    canvas.scroll_into_view_if_needed()
    expect(_words(page)).to_have_text(_WHOLE)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    at = page.evaluate("scrollY")
    page.mouse.wheel(0, 40)
    page.wait_for_function("(at) => scrollY > at", arg=at)
    expect(_words(page)).to_have_text(_WHOLE)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    y, middle = box["y"] + 60, box["x"] + box["width"] / 2
    for kind, apart in (("touchStart", 30), ("touchMove", 60), ("touchMove", 120)):
        points = [{"x": middle - apart, "y": y, "id": 1}, {"x": middle + apart, "y": y, "id": 2}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(_words(page)).not_to_have_text(_WHOLE)


def test_without_scripts_it_is_a_drawing_and_a_table(live: LivePortal, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    built = live.task()
    page.goto(f"/tasks/{built.task_id}")
    page.fill("input[name=token]", built.token)
    page.click("form[action$=unlock] button")
    expect(page.locator(".contig-bar .pin")).to_have_count(7)
    expect(page.locator(".view-canvas")).to_be_hidden()
    page.click("#genome-fold summary")
    page.locator("#genome-table tbody a").first.click()
    expect(page).to_have_url(re.compile("/toxins/L"))
