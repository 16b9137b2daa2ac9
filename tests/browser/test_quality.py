"""Every page against WCAG 2.2 AA (axe-core), at 320 pixels, and whether it moves while it loads."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.still import shift_with_late_scripts
from tests.builders import BuiltTask

_RULES: dict[str, object] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_COLOUR_RULES: dict[str, object] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, object]], ...] = (("light", _RULES), ("dark", _COLOUR_RULES))
_SHIFT = 0.01

Visit = Callable[[Page, str], object]


@pytest.fixture(scope="module")
def visits(live: LivePortal) -> list[Visit]:
    """Return a way to each page: those of the portal, and a task's in each state."""
    now = datetime.now(UTC)
    tasks = [
        live.task(TaskStatus.PENDING, submission_time=now),
        live.task(TaskStatus.QUEUED, pending_reason="Resources"),
        live.task(TaskStatus.RUNNING, last_synced=now - timedelta(hours=1)),
        live.task(TaskStatus.FAILED),
        live.task(expires_at=now + timedelta(days=1)),
        live.task(hits=0),
    ]

    def open_path(path: str) -> Visit:
        return lambda page, lang: page.goto(f"{path}?lang={lang}")

    def open_task(built: BuiltTask) -> Visit:
        return lambda page, lang: open_with_token(page, built, lang)

    failed, done = f"/tasks/{tasks[3].task_id}", f"/tasks/{tasks[4].task_id}"
    public = ("/", "/tasks", "/compare", "/queue", "/help", "/nowhere", "/tasks/abcdefghijkl")
    return [
        *map(open_task, tasks),  # first: from then on a browser knows some, and has their cookies
        *(open_path(f"{failed}/{part}") for part in ("log", "again")),
        *(open_path(f"{done}/{part}") for part in ("evidence", "toxins/L3")),
        *map(open_path, public),
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing(new_context: NewContext, visits: list[Visit], lang: str) -> None:
    """Every rule in the light theme; the dark one changes colours alone, so that the rules of colour look again."""
    page = new_context(reduced_motion="reduce").new_page()  # no colour is on its way
    told = []
    for visit in visits:
        page.emulate_media(color_scheme="light")
        visit(page, lang)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        for scheme, rules in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for violation in Axe().run(page, options=rules).response["violations"]:
                nodes = json.dumps([node["html"] for node in violation["nodes"]])[:400]
                told.append(f"{page.url} ({scheme}): {violation['id']}: {nodes}")
    assert told == []


def test_pages_fit_a_narrow_screen(new_context: NewContext, visits: list[Visit]) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    for visit in visits:
        visit(page, "en")  # English has the longer words
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} pixels too wide"


@pytest.mark.parametrize(("lang", "width"), [("en", 390), ("zh", 1280)])
def test_nothing_moves_when_scripts_come_late(
    new_context: NewContext, visits: list[Visit], lang: str, width: int
) -> None:
    """Scripts are held back until the page is painted, and answers to them until they have run."""
    context = new_context(viewport={"width": width, "height": 844}, timezone_id="Asia/Kolkata")
    known, moved = context.new_page(), []
    for visit in visits:
        visit(known, lang)
        shift = shift_with_late_scripts(context.new_page(), known.url)
        if shift.value > _SHIFT:
            moved.append(f"{known.url}: {shift}")
    assert moved == []


def test_a_reader_of_the_pictures_is_not_moved_when_charts_come_late(new_context: NewContext, live: LivePortal) -> None:
    context = new_context(viewport={"width": 390, "height": 844})
    known = context.new_page()
    open_with_token(known, live.task())
    shift = shift_with_late_scripts(context.new_page(), known.url, at=".charts", charts=3)
    assert shift.value <= _SHIFT, shift.moved
