"""Submissions on disk, and browsers that open them by a link."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import httpx
from playwright.sync_api import Page

from portal.domain.status import TaskStatus
from portal.files.submissions import SubmissionFolders
from tests.browser.conftest import LivePortal, wait_for_page
from tests.builders import GENOME


def made(
    live: LivePortal, count: int, status: TaskStatus = TaskStatus.COMPLETED, hits: tuple[int, ...] = (0, 1, 3, 7)
) -> tuple[str, str, list[str]]:
    """Return the address, the view token and the task ids of a submission; see `announced`."""
    body = announced(live, count, status, hits)
    page = f"/submissions/{body['submission_id']}"
    return page, body["view_token"], [item["task_id"] for item in body["items"]]


def announced(
    live: LivePortal, count: int, status: TaskStatus = TaskStatus.COMPLETED, hits: tuple[int, ...] = (0, 1, 3, 7)
) -> dict[str, Any]:
    """Return the API's answer of a submission whose genomes have all come so far.

    hits: the numbers of toxins of which each genome has one at random.
    """
    digest = hashlib.sha256(GENOME).hexdigest()
    items = [{"label": f"Bt-{n:03d}", "size": len(GENOME), "sha256": digest} for n in range(1, count + 1)]
    body: dict[str, Any] = httpx.post(f"{live.url}/api/submissions", json={"label": "Soil", "items": items}).json()
    dice = random.Random(count)
    for item in body["items"]:
        SubmissionFolders(live.portal).mark_received(body["submission_id"], item["n"])
        live.task(status, task_id=item["task_id"], submission=body["submission_id"], hits=dice.choice(hits))
    return body


def open_shared(page: Page, address: str, token: str, lang: str = "en") -> None:
    page.goto(f"{address}?lang={lang}#token={token}")
    wait_for_page(page, "#submission")


def go_to_grid(page: Page, address: str, query: str) -> None:
    """Open the grid in a browser that has used the link already: used twice, it would load the page again by itself."""
    page.goto(f"{address}?{query}")
    page.wait_for_selector("#grid.live")
