"""A link to a part of a page: what holds it is open, and its name is in sight, with scripts and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.still import TWO_FRAMES
from tests.browser.submissions import go_to_grid, made, open_shared
from tests.builders import BuiltTask

_LINKED = """() => [...new Set([...document.querySelectorAll("main a[href*='#']")]
  .filter((link) => link.pathname === location.pathname && link.hash)
  .map((link) => decodeURIComponent(link.hash.slice(1))))]"""
# A part has its name in it, or it is what a fold holds, whose name is then that of the fold.
_NAME_OUT_OF_SIGHT = """(id) => {
  const part = document.getElementById(id);
  if (!part) return "there is no such part";
  const isContent = part.parentElement.matches("details") && !part.matches("summary");
  const name = isContent ? part.parentElement.querySelector("summary") : part;
  if (!name.checkVisibility()) return "folded";
  const { top, bottom } = name.getBoundingClientRect();
  const isInSight = top >= 0 && Math.min(bottom, top + 20) <= innerHeight;
  return isInSight ? "" : `its name stands at ${Math.round(top)} of ${innerHeight} pixels`;
}"""


def _out_of_sight(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    linked = page.evaluate(_LINKED)
    kinds: dict[str, list[str]] = {}
    for part in linked:
        kinds.setdefault(re.sub(r"\d+$", "", part).partition("-")[0], []).append(part)
    chosen = [part for parts in kinds.values() for part in (*parts[:2], *parts[-1:])]
    told = []
    for part in dict.fromkeys(chosen):
        page.goto("about:blank")
        page.goto(f"{address}#{part}")
        page.wait_for_load_state("networkidle")
        page.evaluate(TWO_FRAMES)
        told += [f"{address}#{part}: {wrong}" for wrong in [page.evaluate(_NAME_OUT_OF_SIGHT, part)] if wrong]
    assert len(chosen) > 2
    return told


@pytest.mark.parametrize("width", [390, 1280])
def test_the_name_of_a_linked_part_is_in_sight(new_context: NewContext, kurstaki: BuiltTask, width: int) -> None:
    page = new_context(viewport={"width": width, "height": 844}).new_page()
    open_with_token(page, kurstaki)
    task = f"/tasks/{kurstaki.task_id}"
    told = [*_out_of_sight(page, task), *_out_of_sight(page, f"{task}/toxins/L1"), *_out_of_sight(page, "/help")]
    assert told == []


def test_a_part_is_opened_where_the_browser_opens_no_fold_by_itself(
    new_context: NewContext, kurstaki: BuiltTask
) -> None:
    page = new_context().new_page()
    open_with_token(page, kurstaki)
    page.goto(f"/tasks/{kurstaki.task_id}#evidence-diptera")
    fold = page.locator("details:has(> #evidence-diptera)")
    for _ in range(2):  # as it comes, and as one goes back to it
        expect(fold).to_have_attribute("open", "")
        page.evaluate(
            "() => { document.querySelector('details:has(> #evidence-diptera)').open = false; scrollTo(0, 0); }"
        )
        page.evaluate("() => dispatchEvent(new HashChangeEvent('hashchange'))")
    expect(fold.locator("> summary")).to_be_in_viewport()


def test_the_other_columns_of_a_grid_show_the_strains_that_were_found(live: LivePortal, page: Page) -> None:
    address, token, _ = made(live, 12)
    open_shared(page, address, token)
    go_to_grid(page, address, "sort=label")
    page.get_by_label("Find").fill("Bt-00")
    page.get_by_label("State").select_option("completed")
    expect(page).to_have_url(re.compile("find=Bt-00"))
    page.get_by_role("link", name="Toxins", exact=True).first.click()
    page.wait_for_selector(".grid.by-toxins.live")
    expect(page.get_by_label("Find")).to_have_value("Bt-00")
    expect(page.get_by_label("State")).to_have_value("completed")
    expect(page.locator("#grid tbody tr")).to_have_count(9)


@pytest.mark.parametrize("which", ["task", "submission"])
def test_the_console_of_a_guest_has_no_error(
    live: LivePortal, new_context: NewContext, kurstaki: BuiltTask, which: str
) -> None:
    """The form that exchanges the token of a link is a page like others, not a refusal."""
    page = new_context().new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    if which == "task":
        open_with_token(page, kurstaki)
    else:
        address, token, _ = made(live, 2)
        open_shared(page, address, token)
    page.wait_for_load_state("networkidle")
    assert told == []
