"""One cookie per browser, in a real one: links opened at once, and more tasks than a browser keeps cookies for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import expect

from portal.services.secrets import Keyring
from tests.browser.conftest import LivePortal, NewContext
from tests.builders import SECRET

# Chromium keeps about 180 cookies per host.
TASKS = 250


def test_links_opened_at_once_by_a_browser_without_a_session_all_open(
    live: LivePortal, new_context: NewContext
) -> None:
    context = new_context()
    tasks = [live.task() for _ in range(4)]
    pages = [context.new_page() for _ in tasks]
    for page, built in zip(pages, tasks, strict=True):
        page.goto(f"/tasks/{built.task_id}#token={built.token}", wait_until="commit")
    for page, built in zip(pages, tasks, strict=True):
        page.wait_for_selector("#task")
        page.goto(f"/tasks/{built.task_id}")
        page.wait_for_selector("#task")
    assert len(context.cookies()) == 1


def test_a_link_opened_where_another_one_was_before_gives_what_it_gives(
    live: LivePortal, new_context: NewContext
) -> None:
    built = live.task()
    page = new_context().new_page()
    page.goto(f"/tasks/{built.task_id}#token={Keyring(SECRET).view_token_of(built.task)}")
    page.wait_for_selector("#task")
    expect(page.locator("#owner-link")).to_have_count(0)
    page.goto("/help")
    page.goto(f"/tasks/{built.task_id}#token={built.token}")
    expect(page.locator("#owner-link")).to_have_count(1)
    assert "token" not in page.url


def test_a_revoked_link_says_so_and_a_new_one_opens_in_the_same_tab(live: LivePortal, new_context: NewContext) -> None:
    built = live.task()
    address, head = f"/tasks/{built.task_id}", {"Authorization": f"Bearer {built.token}"}
    ends = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    tokens = [
        httpx.post(f"{live.url}/api{address}/shares", json={"ends": ends}, headers=head).json()["token"] for _ in "ab"
    ]
    page = new_context().new_page()
    page.goto(f"{address}#token={tokens[0]}")
    page.wait_for_selector("#task")
    assert httpx.delete(f"{live.url}/api{address}/shares/1", headers=head).status_code == 204
    page.reload()
    expect(page.locator("h1")).to_have_text("This link is no longer valid")
    page.goto(f"{address}#token={tokens[1]}")
    page.wait_for_selector("#task")
    assert "token" not in page.url


def test_more_tasks_than_a_browser_keeps_cookies_for(live: LivePortal, new_context: NewContext) -> None:
    context = new_context()
    tasks = [live.task() for _ in range(TASKS)]
    for built in tasks:
        address, headers = f"/tasks/{built.task_id}/unlock", {"Sec-Fetch-Site": "same-origin"}
        answer = context.request.post(address, form={"token": built.token}, headers=headers, max_redirects=0)
        assert answer.status == 303
    page = context.new_page()
    page.goto("/help")
    ids = [built.task_id for built in tasks]
    states = page.evaluate("ids => Promise.all(ids.map(async id => (await fetch(`/api/tasks/${id}`)).status))", ids)
    assert states == [200] * TASKS
