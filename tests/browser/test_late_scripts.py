"""On a slow network scripts come after the page: what shows works, and what was typed meanwhile counts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal
from tests.browser.held import Held
from tests.browser.submissions import made, open_shared


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
