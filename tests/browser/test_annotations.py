"""A strain is named and tagged on a phone, without scripts too, and found by its tag; hostile text stays text."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.files.submissions import SubmissionFolders
from tests.browser.axe import RULES
from tests.browser.conftest import LivePortal, NewContext, wait_for_page
from tests.builders import GENOME

HOSTILE = "<img src=x onerror=alert(1)>"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def write(page: Page, name: str) -> None:
    """Fill the form by keyboard and save it."""
    page.locator("#annotate summary").press("Enter")
    for field, value in {
        "Name": name,
        "Tags": "soil, north slope",
        "Note": HOSTILE,
        "Column 1": "site",
        "Value 1": "007",
    }.items():
        page.get_by_role("textbox", name=field, exact=True).fill(value)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_strain_is_named_on_a_phone_and_found_by_its_tag(live: LivePortal, new_context: NewContext) -> None:
    item = {"label": "HD-1", "size": len(GENOME), "sha256": hashlib.sha256(GENOME).hexdigest()}
    items = [item, {**item, "label": "HD-2"}]
    body = httpx.post(f"{live.url}/api/submissions", json={"label": "Soil", "items": items}).json()
    for each in body["items"]:
        SubmissionFolders(live.portal).mark_received(body["submission_id"], each["n"])
        live.task(task_id=each["task_id"], submission=body["submission_id"], filename=f"HD-{each['n']}.fna")
    context = new_context(**PHONE)
    page = context.new_page()
    page.goto(f"/submissions/{body['submission_id']}#token={body['token']}")
    wait_for_page(page, "#grid.live")
    page.goto(f"/tasks/{body['items'][0]['task_id']}")
    wait_for_page(page, "#task")
    write(page, HOSTILE)
    page.locator("#annotate summary").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value(HOSTILE)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert Axe().run(page, options=RULES).response["violations"] == []

    page.goto(f"/submissions/{body['submission_id']}")
    wait_for_page(page, "#grid.live")
    page.get_by_label("Find").fill('tag:"north slope"')
    expect(page.locator("#grid tbody tr")).to_have_count(1)
    expect(page.locator("#strain-1 th a")).to_have_text(HOSTILE)
    page.goto("/tasks")
    page.get_by_label("Search your strains").fill("tag:soil 007")
    page.get_by_label("Search your strains").press("Enter")
    expect(page.locator(".task-list a")).to_have_text(HOSTILE)
    assert Axe().run(page, options=RULES).response["violations"] == []

    state = context.storage_state()
    plain = new_context(java_script_enabled=False, storage_state=state, **PHONE).new_page()
    plain.goto(f"/tasks/{body['items'][1]['task_id']}")
    write(plain, "North 7")
    plain.goto("/tasks?find=north")
    expect(plain.locator(".task-list a")).to_have_count(2)
