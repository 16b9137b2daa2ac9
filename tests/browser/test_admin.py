"""The admin's pages in a real browser: without scripts, by keyboard alone, for everybody, and with a silent console."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.domain.status import TaskStatus
from portal.files.consistency import ConsistencyReport, JobFinding
from portal.files.switches import Control
from portal.files.task_index import TaskIndex
from portal.files.usage import UsageLedger, UsageLine
from portal.files.wishes import WishKind, read_wishes
from tests.browser.axe import RULES
from tests.browser.conftest import LivePortal, NewContext
from tests.builders import BuiltTask, write_heartbeat
from tests.web.api.server import start_server

SECRET = "the secret of the operators"
HOSTILE = "<img src=x onerror=alert(1)>.fna"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    """A portal of its own, with a secret."""
    with contextlib.closing(start_server(tmp_path_factory.mktemp("admin"), ADMIN_SECRET=SECRET)) as server:
        write_heartbeat(server.portal, age_s=0.0)
        yield LivePortal(server.url, server.portal)


@pytest.fixture(scope="module")
def tasks(live: LivePortal) -> list[BuiltTask]:
    """A running, a failed and a completed task, with a index, figures of usage and a comparison."""
    now = datetime.now(UTC)
    built = [
        live.task(TaskStatus.RUNNING, filename=HOSTILE),
        live.task(TaskStatus.FAILED),
        live.task(expires_at=now + timedelta(days=1)),
    ]
    index = TaskIndex(live.portal)
    for each in built:
        index.note(each.task)
    index.rebuild()
    day = now.date().isoformat()
    UsageLedger(live.portal).write(
        UsageLine(built[2].task_id, 1, day, "completed", None, "x", ("1",), "sacct", 9.0, 60.0, 240.0, 200.0, 10**9)
    )
    job = f"bt-{built[2].task_id}-digger-a1"
    ConsistencyReport(now, (JobFinding("orphan", job, "1", "RUNNING, wanted by no task"),)).write(live.portal)
    return built


def log_in(page: Page, lang: str = "en") -> None:
    page.goto(f"/admin?lang={lang}")
    page.fill("#secret", SECRET)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".admin-top")).to_be_visible()


@pytest.mark.parametrize(("lang", "scheme"), [("en", "dark"), ("zh", "light")])
def test_axe_finds_nothing_before_a_log_in_and_in_a_preview(new_context: NewContext, lang: str, scheme: str) -> None:
    page = new_context(color_scheme=scheme).new_page()
    told: list[str] = []

    def look() -> None:
        told.extend(
            f"{page.url}: {violation['id']}: {json.dumps([n['html'] for n in violation['nodes']])[:400]}"
            for violation in Axe().run(page, options=RULES).response["violations"]
        )

    page.goto(f"/admin/login?lang={lang}")
    look()
    log_in(page, lang)
    page.goto("/admin/notice")
    page.fill("#english", "Back at 8")
    page.locator("main form button.primary").click()
    expect(page.locator(".notice.preview").first).to_be_visible()
    look()
    assert told == []


def test_acts_work_without_scripts(live: LivePortal, new_context: NewContext, tasks: list[BuiltTask]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/admin/tasks?status=running")
    page.fill("#secret", "not it")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the secret.")
    page.fill("#secret", SECRET)
    page.get_by_role("button", name="Log in").click()
    page.select_option("#status", "running")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(HOSTILE)
    page.locator("tbody th a").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("h1")).to_have_text("Cancel this task?")
    page.get_by_role("link", name="No, go back").click()
    assert read_wishes(live.portal.task(tasks[0].task_id)) == ()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Yes, cancel the task").click()
    expect(page.get_by_role("status")).to_have_text("The background process has been asked to cancel the task.")
    assert [wish.kind for wish in read_wishes(live.portal.task(tasks[0].task_id))] == [WishKind.CANCEL]
    page.get_by_role("link", name="Activity log").click()
    expect(page.locator("tbody tr").first).to_contain_text("cancelled a task")
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#secret")).to_be_visible()
    page.goto("/admin")
    expect(page.locator("#secret")).to_be_visible()


def test_pausing_by_keyboard_alone(live: LivePortal, page: Page) -> None:
    page.goto("/admin")
    page.locator("#secret").focus()
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    expect(page.locator(".admin-top")).to_be_visible()

    def tab_to(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == text:
                return
        raise AssertionError(f"no way to {text!r} by keyboard")

    tab_to("Pause new tasks")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Pause new tasks?")
    tab_to("Yes, pause new tasks")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("New tasks are no longer started.")
    assert Control.read(live.portal).draining
    tab_to("Start waiting tasks again")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Start waiting tasks again?")
    tab_to("Yes, start them")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Waiting tasks are started again.")
    assert not Control.read(live.portal).draining
