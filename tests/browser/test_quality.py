"""Whether pages move while they load; what else holds of every page is in `test_every_page.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.still import shift_with_late_scripts
from tests.builders import BuiltTask

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
    context = new_context(viewport={"width": 720, "height": 844})
    known = context.new_page()
    open_with_token(known, live.task())
    shift = shift_with_late_scripts(context.new_page(), known.url, at=".charts", charts=3)
    assert shift.value <= _SHIFT, shift.moved
