"""The pictures of docs/screenshots with pages of many genomes; `tests.browser.pictures` takes them with the others."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page

import portal
from tests.browser.conftest import wait_for_page

STRAINS = Path(portal.__file__).parent / "pipeline" / "shoter" / "data" / "validation_strains.csv"
Keep = Callable[..., None]
_FOUND_BY = "tag:aizawai"


@functools.cache
def published() -> Mapping[str, Mapping[str, str]]:
    """Return the table of published strains by their names."""
    with STRAINS.open(encoding="utf-8", newline="") as stream:
        return {line["strain"]: line for line in csv.DictReader(stream)}


def annotate(url: str, task_id: str, token: str, name: str) -> None:
    """Write of a published strain what the table says: its subspecies as a tag, its toxins and the source."""
    line = published()[name]
    subspecies = line["organism_subspecies"].removeprefix("Bt ")
    written = {"toxins published": line["toxin_inventory"].replace(";", ", "), "source": line["reference"]}
    httpx.put(
        f"{url}/api/tasks/{task_id}/annotations",
        json={"tags": [subspecies] if subspecies else [], "metadata": written},
        headers={"Authorization": f"Bearer {token}", "If-Match": '"0"'},
    ).raise_for_status()


def live_grid(page: Page, address: str) -> Locator:
    """Open an address with a grid; return the card of it once its scripts have drawn it."""
    page.goto(address)
    wait_for_page(page, "#grid.live")
    return page.locator("section.card", has=page.locator("#grid"))


def take_of_many(page: Page, address: str, keep: Keep) -> None:
    """Take what a browser sees that has opened the submission of the published strains."""
    keep(live_grid(page, f"{address}?by=metadata"), "submission-metadata.png", most=720)
    live_grid(page, f"{address}/compare")
    page.get_by_role("button", name="Group similar strains").click()
    page.get_by_text("Group 2:").first.wait_for()
    keep(page, "compare.png", most=900)
    page.goto(f"/tasks?find={_FOUND_BY}")
    wait_for_page(page, ".task-list")
    keep(page.locator("main"), "search.png", most=500)
    page.goto("/samples")
    wait_for_page(page, ".samples")
    keep(page.locator("main"), "samples.png", most=600)
