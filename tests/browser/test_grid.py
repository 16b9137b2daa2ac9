"""The grid of many strains: only rows in sight are in the page; sorting, keys, touch, paper and screen readers get all.

`make test-browser-large` has 300 strains.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.domain.status import TaskStatus
from tests.browser.axe import RULES
from tests.browser.conftest import LivePortal, NewContext
from tests.browser.submissions import announced, go_to_grid, made, open_shared

STRAINS = int(os.environ.get("STRAINS", "80"))
MOST_REQUESTS, MOST_KB = 12, 700
MOST_DRAWN = 50
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
_LINES = "(name) => Math.round(name.clientHeight / parseFloat(getComputedStyle(name).lineHeight))"
# What a reader or a screen reader gets of each row.
_ROWS = """() => {
  const cells = (row) => [...row.cells].map((cell) => [cell.tagName, cell.className, cell.title, cell.textContent,
    Number(cell.dataset.value ?? NaN).toString(), ...[...cell.querySelectorAll("a")].map((link) => link.href)]);
  return [...document.querySelectorAll("#grid tbody tr")].map((row) => [row.id, row.className, ...cells(row),
    ...[...row.querySelectorAll("a > .name")].map((name) => name.innerHTML)]);
}"""


@pytest.fixture(scope="module")
def many(live: LivePortal) -> tuple[str, str]:
    """Return address and view token of a submission of many completed genomes."""
    address, token, _ = made(live, STRAINS, hits=(0, 1, 7, 40))
    return address, token


def open_grid(page: Page, many: tuple[str, str], query: str = "") -> None:
    open_shared(page, *many)
    go_to_grid(page, many[0], query)


def scroll_to(page: Page, top: int, left: int = 0) -> None:
    page.evaluate(
        """([top, left]) => {
          const frame = document.getElementById("grid-frame");
          frame.scrollIntoView({ block: "end" });
          frame.scrollTo(left, top);
        }""",
        [top, left],
    )


def headings_in_sight(page: Page) -> int:
    """Return how many headings of values stand whole in the frame."""
    count: int = page.evaluate(
        """() => {
          const frame = document.getElementById("grid-frame").getBoundingClientRect();
          const heads = [...document.querySelectorAll("#grid thead th")].slice(3);
          const boxes = heads.map((head) => head.getBoundingClientRect());
          return boxes.filter(({ left, right }) => left >= frame.left - 1 && right <= frame.right + 1).length;
        }"""
    )
    return count


def labels(page: Page) -> list[str]:
    return page.locator("#grid tbody th a").all_text_contents()


def test_only_rows_in_sight_are_there_and_scrolling_brings_the_others(page: Page, many: tuple[str, str]) -> None:
    open_grid(page, many)
    expect(page.locator("#grid")).to_have_attribute("aria-rowcount", str(STRAINS + 1))
    assert page.locator("#grid tbody tr").count() < MOST_DRAWN
    scroll_to(page, 100_000)
    last = page.locator(f"#strain-{STRAINS}")
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-rowindex", str(STRAINS + 1))
    expect(page.locator("#strain-1")).to_have_count(0)
    assert page.locator("#grid tbody tr").count() < MOST_DRAWN


@pytest.mark.parametrize("by", ["orders", "species", "toxins"])
def test_the_page_is_light(new_context: NewContext, many: tuple[str, str], by: str) -> None:
    context = new_context()
    page = context.new_page()
    open_shared(page, *many)
    fresh = context.new_page()
    session = context.new_cdp_session(fresh)
    asked: list[str] = []
    sent: list[float] = []
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    fresh.goto(f"{many[0]}?by={by}")
    fresh.wait_for_selector("#grid.live")
    fresh.wait_for_load_state("networkidle")
    assert len(asked) <= MOST_REQUESTS, asked
    assert sum(sent) <= MOST_KB * 1000


def test_a_column_is_sorted_over_all_rows(page: Page, many: tuple[str, str]) -> None:
    open_grid(page, many)
    page.locator("th[data-key=label]").get_by_role("link").click()
    page.locator("th[data-key=label]").get_by_role("link").click()
    expect(page.locator("th[data-key=label]")).to_have_attribute("aria-sort", "descending")
    assert labels(page)[:3] == [f"Bt-{n:03d}" for n in range(STRAINS, STRAINS - 3, -1)]
    at_once = page.locator("#grid tbody tr").count()
    scroll_to(page, 20)
    page.wait_for_function("(count) => document.querySelectorAll('#grid tbody tr').length > count", arg=at_once)
    page.get_by_label("Find").fill("Bt-07")
    expect(page.locator("#grid tbody tr")).to_have_count(10)
    page.wait_for_function("() => location.search.includes('find=Bt-07')")
    page.reload()
    page.wait_for_selector("#grid.live")
    expect(page.locator("#grid tbody th a")).to_have_text([f"Bt-{n:03d}" for n in range(79, 69, -1)])


def test_the_script_finds_the_toxins_that_the_address_finds(page: Page, many: tuple[str, str]) -> None:
    open_grid(page, many)
    table = page.locator("#grid")
    for wanted in ("cry1aa", "Cry1"):
        page.get_by_label("Find").fill(wanted)
        html = page.request.get(f"{many[0]}?find={wanted}&rows=all").text()
        found = html.count('<tr role="row" id="strain-')
        assert 0 < found < STRAINS
        expect(table).to_have_attribute("aria-rowcount", str(found + 1))
    page.get_by_label("Find").fill("Cry1Aa10")
    expect(page.locator("#grid-count")).to_contain_text("Find looks in names, states, results, toxins")


def test_keys_lead_through_all_rows_and_columns(page: Page, many: tuple[str, str]) -> None:
    open_grid(page, many, "by=toxins")
    columns = page.locator("#grid th[data-key]").count()
    assert columns > 20
    page.locator("#grid [tabindex='0']").focus()
    assert page.locator("#grid [tabindex='0']").count() == 1, "one stop for the tabulator"
    page.keyboard.press("Control+End")
    focused = page.locator("#grid :focus")
    row = page.locator("#grid tr", has=page.locator(":focus"))
    expect(row).to_have_id(f"strain-{STRAINS}")
    expect(focused).to_be_in_viewport()
    page.keyboard.press("Home")
    for _ in range(columns - 1):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#grid td:focus, #grid td:has(:focus)")).to_have_attribute("aria-colindex", str(columns))
    expect(focused).to_be_in_viewport()
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(row).to_have_id(f"strain-{STRAINS - 30}")
    page.keyboard.press("Control+Home")
    expect(row).to_have_id("strain-1")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#grid thead th:has(:focus)")).to_have_attribute("data-key", "label")


def test_whoever_comes_back_from_a_strain_finds_the_same_rows(page: Page, many: tuple[str, str]) -> None:
    open_grid(page, many, "by=toxins&sort=-label")
    frame = page.locator("#grid-frame")
    scroll_to(page, 2000, left=240)
    row = page.locator("#grid tbody tr[id]").nth(8)  # six are drawn above the frame
    expect(row).to_be_in_viewport()
    name = row.get_attribute("id")
    row.locator("a").first.click()
    expect(page.locator("#verdict-title")).to_be_visible()
    page.go_back()
    expect(page.locator(f"#{name}")).to_be_in_viewport()
    assert frame.evaluate("frame => frame.scrollLeft") > 0


def test_the_focus_waits_while_its_cell_is_out_of_sight(page: Page, many: tuple[str, str]) -> None:
    open_grid(page, many)
    page.locator("#strain-2 th a").focus()
    scroll_to(page, 3000)
    expect(page.locator("#strain-2")).to_have_count(0)
    expect(page.locator("#grid-frame")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#strain-3 th a")).to_be_focused()


# Of each step of the scale: the contrast of its number, and how light its ground is (0 is black).
_CONTRASTS_OF_CELLS = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const luminance = (...colours) => {
    for (const colour of colours) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [1, 2, 3, 4, 5].map((step) => document.querySelector(`#grid .heat-${step}`)).filter(Boolean).map((cell) => {
    const style = getComputedStyle(cell);
    const [ground, ink] = [luminance("#fff", style.backgroundColor), luminance("#fff", style.color)];
    const [low, high] = [ground, ink].sort((one, other) => one - other);
    return [(high + 0.05) / (low + 0.05), ground];
  });
}"""


@pytest.mark.parametrize("by", ["species", "toxins"])
def test_paper_has_all_rows_and_columns_and_the_head_on_each_sheet(
    page: Page, many: tuple[str, str], tmp_path: Path, by: str
) -> None:
    open_grid(page, many, f"by={by}")
    columns = page.locator("#grid th[data-key]").count()
    names = page.locator("#grid th[data-key] > a").all_text_contents()
    page.evaluate(
        """() => addEventListener("beforeprint", () => {
          window.printed = ["#grid tbody tr", "#strain-1 > *"].map((each) => document.querySelectorAll(each).length);
        })"""
    )
    sheets = tmp_path / "grid.pdf"
    page.pdf(path=sheets, prefer_css_page_size=True)
    assert page.evaluate("() => window.printed") == [STRAINS, columns]
    page.wait_for_function("most => document.querySelectorAll('#grid tbody tr').length < most", arg=MOST_DRAWN)
    text = subprocess.run(["pdftotext", "-raw", str(sheets), "-"], capture_output=True, text=True, check=True).stdout
    on_sheets = ["".join(sheet.split()) for sheet in text.split("\f")[:-1]]
    assert len(on_sheets) <= 2 + STRAINS // 15
    for scheme in ("light", "dark"):
        page.emulate_media(media="print", color_scheme=scheme)
        least = page.evaluate(_CONTRASTS_OF_CELLS)
        assert len(least) > 0
        assert all(contrast >= 4.5 and light >= 0.25 for contrast, light in least), (scheme, least)
    with_rows = [sheet for sheet in on_sheets if "Bt-0" in sheet]
    assert [name for name in names for sheet in with_rows if "".join(name.split()) not in sheet] == []
    written = set(re.findall(r"Bt-\d{3}", "".join(on_sheets)))
    assert written == {f"Bt-{n:03d}" for n in range(1, STRAINS + 1)}


def test_a_finger_sorts_and_opens_the_evidence(new_context: NewContext, many: tuple[str, str]) -> None:
    page = new_context(**PHONE).new_page()
    open_grid(page, many, "lang=zh")
    page.locator("th[data-key=toxins] a").tap()
    expect(page.locator("th[data-key=toxins]")).to_have_attribute("aria-sort", "descending")
    page.locator("#grid td.cell[data-value] a").first.tap()
    page.wait_for_selector("#task")
    assert "#evidence-" in page.url


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_phone_shows_columns_of_values_beside_the_names(
    new_context: NewContext, many: tuple[str, str], lang: str
) -> None:
    page = new_context(**PHONE, color_scheme="dark").new_page()
    open_shared(page, *many, lang)
    for by, least in {"species": 2, "toxins": 2, "orders": 3}.items():
        go_to_grid(page, many[0], f"by={by}&lang={lang}")
        assert headings_in_sight(page) >= least, by
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    expect(page.locator(".grid-hint")).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_grid_begins_on_the_first_screen_of_a_phone(
    new_context: NewContext, many: tuple[str, str], lang: str
) -> None:
    page = new_context(**PHONE).new_page()
    open_shared(page, *many, lang)
    go_to_grid(page, many[0], f"lang={lang}")
    # The genomes of this submission are all the same, which real ones are not; that notice stands above the grid.
    page.evaluate("() => { document.getElementById('same-content').remove(); scrollTo(0, 0); }")
    values = page.locator("#strain-1 td.cell").first
    number_px = 40  # what the number takes of its cell, which is as high as its row
    assert values.evaluate("(cell) => cell.getBoundingClientRect().top") + number_px < PHONE["viewport"]["height"]
    said = page.locator("#strain-2 .said")
    expect(said).to_be_visible()
    assert said.evaluate("(line) => line.scrollWidth - line.clientWidth") <= 1, "none of it is cut"
    bundle = page.locator(".downloads a").first
    expect(bundle).to_be_hidden()
    page.locator(".downloads > summary").tap()
    expect(bundle).to_be_visible()


def test_a_grid_that_is_wider_than_its_frame_says_so_and_on_which_side(page: Page, many: tuple[str, str]) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    open_grid(page, many, "by=toxins")
    frame, hint = page.locator(".sided"), page.locator(".grid-hint")
    expect(frame).to_have_class("sided on-right")
    expect(hint).to_be_visible()
    expect(page.locator(".downloads a").first).to_be_visible()
    scroll_to(page, 0, left=100_000)
    expect(frame).to_have_class("sided on-left")
    page.get_by_label("Columns").get_by_role("link", name="Orders").click()
    page.set_viewport_size({"width": 2600, "height": 768})
    page.wait_for_selector("#grid.live")
    expect(frame).to_have_class("sided")
    expect(hint).to_be_hidden()


def test_a_long_name_takes_two_lines_and_is_whole_when_it_is_asked_for(
    live: LivePortal, new_context: NewContext
) -> None:
    body, name = announced(live, 3), ("Soil of the northern slope, " * 7).strip()
    headers = {"Authorization": f"Bearer {body['token']}", "If-Match": "*"}
    address = f"{live.url}/api/tasks/{body['items'][0]['task_id']}/annotations"
    httpx.put(address, json={"name": name}, headers=headers).raise_for_status()
    page = new_context(**PHONE).new_page()
    open_grid(page, (f"/submissions/{body['submission_id']}", body["view_token"]))
    cell = page.locator("#strain-1 th")
    shown, link = cell.locator("a .name"), cell.get_by_role("link")
    expect(link).to_have_text(name)
    expect(shown).to_have_attribute("title", name)
    assert shown.evaluate(_LINES) == 2
    expect(page.locator("#strain-2 .whole")).to_have_count(0)
    asked = cell.get_by_role("button", name="Whole name")
    asked.tap()
    expect(asked).to_have_attribute("aria-expanded", "true")
    assert shown.evaluate(_LINES) > 4
    assert shown.evaluate("(name) => name.scrollHeight - name.clientHeight") <= 1
    link.focus()
    page.keyboard.press("Space")
    expect(asked).to_have_attribute("aria-expanded", "false")
    page.locator("#grid-tools [name=find]").focus()
    assert shown.evaluate(_LINES) == 2
    assert Axe().run(page, options=RULES).response["violations"] == []


@pytest.mark.parametrize("by", ["orders", "toxins"])
def test_axe_finds_nothing_in_a_long_grid(new_context: NewContext, many: tuple[str, str], by: str) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    open_grid(page, many, f"by={by}")
    scroll_to(page, 900, left=900)
    expect(page.locator("#strain-1")).to_have_count(0)
    violations = Axe().run(page, options=RULES).response["violations"]
    assert [f"{each['id']}: {json.dumps(each['nodes'][0]['html'])[:300]}" for each in violations] == []


def test_rows_are_the_same_with_scripts_and_without(live: LivePortal, new_context: NewContext) -> None:
    address, token, task_ids = made(live, 30, hits=(0, 1, 7))
    live.advance(task_ids[0], TaskStatus.FAILED)
    with_scripts, without = new_context().new_page(), new_context(java_script_enabled=False).new_page()
    open_grid(with_scripts, (address, token))
    without.goto(address)
    without.fill("#token", f"https://portal.example{address}#token={token}")
    without.get_by_role("button", name="Open").click()
    expect(without.locator("#grid tbody tr").first).to_be_visible()  # its cookie is there
    for by in ("orders", "species", "toxins"):
        without.goto(f"{address}?by={by}")
        without.wait_for_selector("#strain-30")
        with_scripts.goto(f"{address}?by={by}")
        with_scripts.wait_for_selector("#grid.live")
        with_scripts.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        drawn: list[Any] = with_scripts.evaluate(_ROWS)
        assert len(drawn) == 30
        assert drawn == without.evaluate(_ROWS)
