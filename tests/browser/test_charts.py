"""The interactive charts in the place of their static pictures; a complaint of the policy fails any of these."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from portal.domain.status import TaskStatus
from portal.results.ranking import joined_limits, score_text, shown_limits
from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.still import TWO_FRAMES

_CHARTS = "figure.charted canvas"
_OF_CHARTS = ("vendor/vega", "charts.js", "/charts")
_OTHER_PICTURE = "([canvas, before]) => document.querySelector(canvas).toDataURL() !== before"

_CONTRASTS = """async () => {
  const address = document.querySelector('script[src$="/charts.js"]').src.replace("/charts.js", "/contrast.js");
  const { between, luminance, readable } = await import(address);
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const [low, high] = [token("--accent-soft"), token("--accent")];
  const { lower, upper, change } = readable(low, high);
  return Array.from({ length: 1001 }, (_, at) => {
    const letters = at / 1000 >= change ? upper : lower;
    const [one, other] = [luminance(between(low, high, at / 1000)), letters === "#ffffff" ? 1 : 0];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  });
}"""

# Scores and intervals as scripts write them: with the charts' own module, on a page that has the texts.
_WRITTEN = """async ([scores, limits]) => {
  const address = document.querySelector('script[src$="/charts.js"]').src.replace("/charts.js", "/words.js");
  const { score, range } = await import(address);
  return [scores.map(score), limits.map(([low, high]) => range(low, high))];
}"""


def _asked(page: Page) -> list[str]:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    return addresses


def _see_charts(page: Page) -> None:
    fold = page.locator("details.phone-fold:has(.charts) > summary")
    if fold.is_visible():  # on a phone
        fold.click()
    page.locator(".charts").scroll_into_view_if_needed()
    expect(page.locator(_CHARTS)).to_have_count(3)


def _point_at_first_cell(page: Page, canvas: Locator, y: int) -> tuple[float, float]:
    """Move along a row from its left end until the tooltip shows; return the place."""
    canvas.scroll_into_view_if_needed()
    page.evaluate(TWO_FRAMES)  # scrolling ends what the tooltip tells
    box = canvas.bounding_box()
    assert box
    for x in range(4, int(box["width"]), 12):
        place = box["x"] + x, box["y"] + y
        page.mouse.move(*place)
        if page.locator(".chart-tip").is_visible():
            return place
    raise AssertionError("no cell of this row has a tooltip")


@pytest.mark.parametrize(
    ("lang", "scheme", "width", "words"),
    [
        ("en", "light", 1280, ("Score", "5–95 % interval", "Evidence grade", "publications")),
        ("zh", "dark", 390, ("得分", "5–95 % 区间", "证据等级", "文献")),
    ],
)
def test_a_cell_tells_its_score_and_leads_to_the_publications(
    new_context: NewContext, live: LivePortal, lang: str, scheme: str, width: int, words: tuple[str, ...]
) -> None:
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 800}).new_page()
    open_with_token(page, live.task(), lang)
    _see_charts(page)
    expect(page.locator(".charts .still:visible")).to_have_count(0)
    place = _point_at_first_cell(page, page.locator('[data-chart="orders"] canvas'), 18)
    first = page.locator("table.main-scores tbody th a").first
    tip = page.locator(".chart-tip")
    for text in (first.inner_text(), *words):
        expect(tip).to_contain_text(text)
    page.mouse.click(*place)
    fold = page.locator(f"details:has(> #{first.get_attribute('data-open')})")
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator(".records a").first).to_be_visible()
    expect(fold.locator("summary")).to_be_focused()
    expect(fold).to_be_in_viewport()
    expect(tip).to_be_hidden()


def test_a_finger_is_told_first_and_led_on_by_another_tap(new_context: NewContext, live: LivePortal) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    open_with_token(page, live.task())
    _see_charts(page)
    canvas, tip = page.locator('[data-chart="orders"] canvas'), page.locator(".chart-tip")
    place = _point_at_first_cell(page, canvas, 18)
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    first = page.locator("table.main-scores tbody th a").first
    fold = page.locator(f"details:has(> #{first.get_attribute('data-open')})")
    page.touchscreen.tap(*place)
    expect(tip).to_contain_text("Tap it again")
    expect(tip).to_contain_text(first.inner_text())
    expect(fold).not_to_have_attribute("open", "")
    page.touchscreen.tap(*place)
    expect(fold).to_have_attribute("open", "")
    expect(tip).to_be_hidden()


def test_a_cell_of_a_toxin_leads_to_its_part_of_the_evidence(new_context: NewContext, live: LivePortal) -> None:
    page = new_context().new_page()
    open_with_token(page, live.task())
    _see_charts(page)
    canvas = page.locator('[data-chart="toxins"] canvas')
    rows_end = int(canvas.evaluate("canvas => canvas.clientHeight")) - 18
    for y in range(rows_end, 0, -26):  # from the last row up to one whose first toxin has evidence
        place = _point_at_first_cell(page, canvas, y)
        if page.locator(".chart .leads").count():
            break
    named = page.locator(".chart-tip b").inner_text().split(" · ")
    page.mouse.click(*place)
    fold = page.locator("details[open]:has(> [id^=evidence-])")
    expect(fold.locator("summary")).to_contain_text(named[1])
    expect(fold.locator("h3.part", has_text=named[0])).to_be_in_viewport()


def test_nothing_of_the_charts_is_asked_for_before_it_is_near(new_context: NewContext, live: LivePortal) -> None:
    page = new_context(viewport={"width": 390, "height": 600}).new_page()
    asked = _asked(page)
    for path in ("/", "/tasks", "/compare", "/queue", "/help"):
        page.goto(path, wait_until="networkidle")
    open_with_token(page, live.task(hits=0))
    page.wait_for_load_state("networkidle")
    open_with_token(page, live.task(TaskStatus.FAILED))
    page.wait_for_load_state("networkidle")
    assert [address for address in asked if any(part in address for part in _OF_CHARTS)] == []
    open_with_token(page, live.task())
    page.wait_for_load_state("networkidle")
    assert [address for address in asked if "vendor/vega" in address] == []
    _see_charts(page)
    assert len([address for address in asked if "vendor/vega" in address]) == 3


def test_charts_follow_the_theme_and_the_width(new_context: NewContext, live: LivePortal) -> None:
    page = new_context(color_scheme="light").new_page()
    open_with_token(page, live.task())
    _see_charts(page)
    canvas = '[data-chart="orders"] canvas'
    light = page.locator(canvas).evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(_OTHER_PICTURE, arg=[canvas, light])
    page.set_viewport_size({"width": 320, "height": 640})
    _see_charts(page)
    page.wait_for_function(
        "canvas => document.querySelector(canvas).clientWidth <= document.querySelector('.chart').clientWidth",
        arg=canvas,
    )
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_print_has_the_static_pictures(new_context: NewContext, live: LivePortal) -> None:
    page = new_context().new_page()
    open_with_token(page, live.task())
    _see_charts(page)
    page.emulate_media(media="print")
    expect(page.locator(f"{_CHARTS}:visible")).to_have_count(0)
    expect(page.locator(".charts .still img:visible")).to_have_count(3)


def test_the_static_pictures_stay_when_vega_does_not_come(new_context: NewContext, live: LivePortal) -> None:
    page = new_context().new_page()
    page.route("**/vega-lite.min.js", lambda route: route.fulfill(status=404))
    open_with_token(page, live.task())
    page.locator(".charts").scroll_into_view_if_needed()
    expect(page.locator(".charts.pictures-only")).to_have_count(1)
    expect(page.locator(".charts .still img:visible")).to_have_count(3)


def test_without_scripts_there_are_the_static_pictures(new_context: NewContext, live: LivePortal) -> None:
    page = new_context(java_script_enabled=False).new_page()
    built = live.task()
    page.goto(f"/tasks/{built.task_id}")
    page.fill("input[name=token]", built.token)
    page.click("main button[type=submit]")
    expect(page.locator(".charts .still img:visible")).to_have_count(3)
    expect(page.locator(".charts .help:visible")).to_have_count(0)


def test_charts_say_what_they_are_and_where_the_same_stands(new_context: NewContext, live: LivePortal) -> None:
    page = new_context().new_page()
    open_with_token(page, live.task())
    _see_charts(page)
    for chart in page.get_by_role("img", name="Chart:").all():
        assert "hold the same" in (chart.get_attribute("aria-label") or "")
    expect(page.get_by_role("img", name="Chart:")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_in_cells_have_a_contrast_of_four_and_a_half(
    new_context: NewContext, live: LivePortal, scheme: str
) -> None:
    """Axe does not look into a canvas: the colours of the letters are held against every place of the scale."""
    page = new_context(color_scheme=scheme).new_page()
    open_with_token(page, live.task())
    contrasts = page.evaluate(_CONTRASTS)
    assert len(contrasts) == 1001
    assert min(contrasts) >= 4.5


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing_where_charts_are(new_context: NewContext, live: LivePortal, lang: str, scheme: str) -> None:
    page = new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}).new_page()
    open_with_token(page, live.task(hits=24), lang)
    _see_charts(page)
    toxins = page.locator('[data-chart="toxins"] .chart')
    assert toxins.evaluate(
        "chart => chart.scrollWidth > chart.clientWidth"
    )  # so many that they scroll, by keyboard too
    expect(toxins).to_have_attribute("tabindex", "0")
    assert toxins.evaluate("chart => chart.scrollHeight - chart.clientHeight") <= 1, "nothing is cut below"
    caption = page.locator('[data-chart="toxins"] .sideways')
    expect(caption).to_have_text({"en": re.compile("scroll it sideways"), "zh": re.compile("左右滚动")}[lang])
    expect(toxins).to_have_class("chart on-right")
    toxins.evaluate("chart => { chart.scrollLeft = chart.scrollWidth; }")
    expect(toxins).to_have_class("chart on-left")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert [violation["id"] for violation in found.response["violations"]] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_scripts_write_scores_and_intervals_as_pages_do(page: Page, live: LivePortal, lang: str) -> None:
    scores = [0.0, 0.0001, 0.004, 0.0049, 0.006, 0.01, 0.349, 0.5, 0.986, 0.994, 0.996, 0.9999, 1.0]
    limits = [(0.0, 0.004), (0.001, 0.004), (0.002, 0.3), (0.3, 0.999), (0.996, 0.999), (0.5, 0.5), (0.0, 1.0)]
    open_with_token(page, live.task(), lang)
    written, ranges = page.evaluate(_WRITTEN, [scores, limits])
    assert written == [score_text(score) for score in scores]
    assert ranges == [joined_limits(*map(score_text, shown_limits(*pair))) for pair in limits]
