"""An announcement is dismissed for good, in this browser alone and by keyboard too; without scripts it stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.files.notices import Announcement, add_announcement, remove_announcement
from tests.browser.conftest import LivePortal, NewContext


@pytest.mark.parametrize("by_keyboard", [False, True])
def test_an_announcement_is_dismissed_for_good(live: LivePortal, new_context: NewContext, by_keyboard: bool) -> None:
    name = add_announcement(live.portal, Announcement("New reference on Monday"))
    try:
        page = new_context().new_page()
        page.goto("/help")
        told = page.get_by_text("New reference on Monday")
        expect(told).to_be_visible()
        button = page.get_by_role("button", name="Dismiss")
        if by_keyboard:
            button.focus()
            page.keyboard.press("Enter")
        else:
            button.click()
        expect(told).to_have_count(0)
        expect(page.locator("#main")).to_be_focused()
        page.goto("/queue")
        expect(page.locator("#main")).to_be_visible()
        expect(told).to_have_count(0)
        plain = new_context(java_script_enabled=False).new_page()
        plain.goto("/queue")
        expect(plain.get_by_text("New reference on Monday")).to_be_visible()
        expect(plain.get_by_role("button", name="Dismiss")).to_have_count(0)
    finally:
        remove_announcement(live.portal, name)
