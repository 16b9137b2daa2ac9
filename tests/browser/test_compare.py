"""Strains side by side in a real browser: chosen, compared, grouped; pictures and bundle; few requests for many."""

from __future__ import annotations

import re
import zipfile

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_MS, LivePortal, NewContext, open_with_token
from tests.browser.still import shift_with_late_scripts
from tests.browser.submissions import made, open_shared
from tests.builders import BuiltTask

MOST_REQUESTS = 12
MOST_OF_LIST = 10
MOST_SHIFT = 0.05
TASKS = 60


def test_two_tasks_are_chosen_and_compared_with_pictures_and_bundle(live: LivePortal, page: Page) -> None:
    for name in ("HD-1.fna", "HD-73.fna"):
        open_with_token(page, live.task(filename=name, hits=3))
        expect(page.get_by_role("heading", name="Likely acts on")).to_be_visible()
    page.goto("/compare")
    expect(page.locator("#candidates input:checked")).to_have_count(2)
    page.locator("#choose").get_by_role("button", name="Compare").click()
    page.wait_for_selector("#grid.live")
    expect(page.locator("#grid tbody tr")).to_have_count(2)
    page.get_by_text("Show the pictures").click()
    pictures = page.locator(".pictures img")
    expect(pictures).to_have_count(4)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    with page.expect_download() as download:
        page.get_by_role("link", name="Bundle (ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert any(name.endswith("/Comparison/compare_toxins.png") for name in bundle.namelist())


def opened(live: LivePortal, context: BrowserContext, count: int) -> list[BuiltTask]:
    tasks = [live.task(hits=n % 8) for n in range(count)]
    for built in tasks:
        address, headers = f"/tasks/{built.task_id}/unlock", {"Sec-Fetch-Site": "same-origin"}
        answer = context.request.post(address, form={"token": built.token}, headers=headers, max_redirects=0)
        assert answer.status == 303
    return tasks


def test_many_tasks_are_listed_with_few_requests(live: LivePortal, new_context: NewContext) -> None:
    context = new_context()
    listed = [
        {"id": built.task_id, "name": f"Bt-{n}", "submission": f"s{n // 20}", "submitted": "2026-11-26T20:00:00Z"}
        for n, built in enumerate(opened(live, context, TASKS))
    ]
    page = context.new_page()
    page.goto("/help")
    page.evaluate("listed => localStorage.setItem('bttoxin.tasks', JSON.stringify(listed))", listed)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/tasks")
    expect(page.locator(".task-row.tone-good")).to_have_count(TASKS)
    page.wait_for_load_state("networkidle")
    assert len(asked) <= MOST_OF_LIST, asked
    assert shift_with_late_scripts(context.new_page(), page.url).value <= MOST_SHIFT


def test_many_tasks_are_compared_with_few_requests(live: LivePortal, new_context: NewContext) -> None:
    context = new_context()
    tasks = opened(live, context, TASKS)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/compare?tasks={','.join(built.task_id for built in tasks)}")
    page.wait_for_selector("#grid.live")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#grid")).to_have_attribute("aria-rowcount", str(TASKS + 1))
    assert len(asked) <= MOST_REQUESTS, asked


def test_similar_strains_of_a_submission_stand_together(live: LivePortal, page: Page) -> None:
    address, token, _ = made(live, 12, hits=(0, 3, 40))
    page.set_viewport_size({"width": 1280, "height": 2000})  # all rows are drawn
    open_shared(page, address, token)
    page.get_by_role("link", name="Compare", exact=True).last.click()
    page.wait_for_selector("#grid.live")
    page.set_viewport_size({"width": 1280, "height": 1600})  # all rows in sight
    expect(page).to_have_url(re.compile("/submissions/.*/compare"))
    group = page.get_by_role("button", name="Group similar strains")
    group.click()
    expect(group).to_have_attribute("aria-pressed", "true")
    # Three kinds of strains, of which each then stands in one piece.
    page.wait_for_function(
        """() => {
          const kinds = [...document.querySelectorAll("#grid tbody td:nth-child(3)")].map((cell) => cell.textContent);
          const pieces = kinds.filter((kind, place) => kind !== kinds[place - 1]);
          return kinds.length === 12 && pieces.length === new Set(kinds).size;
        }"""
    )
    expect(page).to_have_url(re.compile("sort=similar"))
    page.reload()
    page.wait_for_selector("#grid.live")
    expect(group).to_have_attribute("aria-pressed", "true")


def test_groups_are_marked_and_are_those_of_a_page_without_scripts(
    live: LivePortal, page: Page, chromium: Browser
) -> None:
    address, token, _ = made(live, 30, hits=(0, 3, 7, 40))
    read = """() => [...document.querySelectorAll("#grid tbody tr")].map((row) =>
      [row.id, row.classList.contains("begins"), row.querySelector(".group")?.textContent ?? ""])"""
    open_shared(page, address, token)
    page.set_viewport_size({"width": 1280, "height": 6000})
    for by in ("orders", "toxins", "species"):
        page.goto(f"{address}?by={by}")
        page.wait_for_selector("#grid.live")
        assert not [row for row in page.evaluate(read) if row[1] or row[2]]
        page.get_by_role("button", name="Group similar strains").click()
        page.wait_for_selector("#grid .group")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # all rows are drawn
        plain = chromium.new_context(java_script_enabled=False, base_url=live.url, locale="en-GB")
        plain.set_default_timeout(PATIENCE_MS)
        plain.add_cookies(
            [{"name": each["name"], "value": each["value"], "url": live.url} for each in page.context.cookies()]
        )
        other = plain.new_page()
        other.goto(f"{address}?by={by}")
        other.get_by_role("link", name="Group similar strains").click()
        expect(other).to_have_url(re.compile("sort=similar.*rows=all"))  # the page goes on to all rows by itself
        expect(other.locator("#grid tbody tr")).to_have_count(30)
        rows = [
            [
                row.get_attribute("id"),
                "begins" in (row.get_attribute("class") or ""),
                "".join(row.locator(".group").all_text_contents()),
            ]
            for row in other.locator("#grid tbody tr").all()
        ]
        plain.close()
        drawn = page.evaluate(read)
        assert rows == drawn
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        sizes = [int(number) for *_, words in drawn if words for number in re.findall(r": (\d+) strain", words)]
        assert (sum(sizes), len(sizes) > 1) == (30, True), sizes
    page.get_by_role("button", name="Group similar strains").click()
    expect(page.locator("#grid .group")).to_have_count(0)
