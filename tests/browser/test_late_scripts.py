"""On a slow network scripts come after the page: what shows works, and what was typed meanwhile counts."""

from __future__ import annotations

import hashlib
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal
from tests.browser.held import Held
from tests.browser.submissions import go_to_grid, made, open_shared
from tests.builders import GENOME

# In one go: faster than any pause in typing.
_FIND_AND_LEAVE = """(link) => {
  const { find, state } = document.getElementById("grid-tools").elements;
  find.value = "Bt-00";
  state.value = "completed";
  find.dispatchEvent(new Event("input", { bubbles: true }));
  document.querySelector(link).click();
}"""


def test_a_button_of_a_script_can_be_pressed_once_that_is_there(live: LivePortal, page: Page) -> None:
    address, token, _ = made(live, 2, TaskStatus.RUNNING)
    held = Held(page, r"/notice\.js")
    page.goto(f"{address}#token={token}", wait_until="commit")
    button = page.locator("#notice")
    expect(page.locator("html.scripted")).to_be_attached()
    expect(button).to_be_visible()
    expect(button).to_be_disabled()
    held.let_go()
    expect(button).to_be_enabled()


def test_what_only_scripts_do_is_hidden_until_all_of_them_have_run(live: LivePortal, page: Page) -> None:
    built = live.task()
    held = Held(page, r"/toxins\.js")
    page.goto(f"/tasks/{built.task_id}#token={built.token}", wait_until="commit")
    expect(page.locator("#toxin-filter")).to_be_attached()
    expect(page.locator("#toxin-filter")).to_be_hidden()
    held.let_go()
    expect(page.locator("#toxin-filter")).to_be_visible()
    page.locator("#toxin-filter").fill("no such toxin")
    expect(page.locator("#toxin-count")).to_contain_text("0")


def test_what_was_looked_for_before_the_rows_came_stands_in_the_address(live: LivePortal, page: Page) -> None:
    address, token, _ = made(live, 6)
    open_shared(page, address, token)
    held = Held(page, r"/rows\b")
    page.goto(f"{address}?by=orders", wait_until="commit")
    page.get_by_label("Find").fill("Bt-004")
    expect(page).not_to_have_url(re.compile("find="))
    held.let_go()
    expect(page).to_have_url(re.compile("find=Bt-004"))
    expect(page.locator("#grid tbody tr:visible")).to_have_count(1)


@pytest.mark.parametrize("by_a_tab", [True, False])
def test_who_leaves_a_grid_at_once_takes_along_what_was_looked_for(
    live: LivePortal, page: Page, by_a_tab: bool
) -> None:
    address, token, _ = made(live, 12)
    open_shared(page, address, token)
    go_to_grid(page, address, "sort=label")
    page.evaluate(_FIND_AND_LEAVE, "a[data-by=toxins]" if by_a_tab else "#strain-4 th a")
    if by_a_tab:
        page.wait_for_selector(".grid.by-toxins.live")
    else:
        page.wait_for_selector("#task")
        page.go_back()
        page.wait_for_selector("#grid.live")
    expect(page.get_by_label("Find")).to_have_value("Bt-00")
    expect(page.get_by_label("State")).to_have_value("completed")
    expect(page.locator("#grid tbody tr")).to_have_count(9)


def test_a_missing_file_that_was_chosen_before_the_script_came_is_sent(live: LivePortal, page: Page) -> None:
    item = {"label": "HD-1", "size": len(GENOME), "sha256": hashlib.sha256(GENOME).hexdigest()}
    answer = httpx.post(f"{live.url}/api/submissions", json={"items": [item]}).raise_for_status().json()
    held = Held(page, r"/missing\.js")
    with page.expect_request(re.compile(r"/missing\.js")):
        page.goto(f"/submissions/{answer['submission_id']}#token={answer['token']}", wait_until="commit")
    page.set_input_files("#missing-files", {"name": "HD-1.fna", "mimeType": "text/plain", "buffer": GENOME})
    held.let_go()
    expect(page.locator("#strain-1")).to_contain_text("Accepted")
