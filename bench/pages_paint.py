"""How fast the main pages appear and whether they move while they load: Chromium on a phone's screen, processor slowed
fourfold, nothing cached; the largest contentful paint and the layout shift as the browser itself measures them.
"""

from __future__ import annotations

import contextlib
import json
import platform
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.loading import LOADED
from bench.pages import ADMIN_SECRET, fill
from bench.unlocking import unlock
from portal.files.taskdir import PortalDir
from tests.browser.conftest import CHROMIUM
from tests.builders import BuiltTask
from tests.web.api.server import Server, start_server

TASKS = 10_000
ROUNDS = 3
SLOWER = 4
_LCP_MS = 1500
_SHIFT = 0.05
SCREENS = {"phone": (390, 844), "desk": (1280, 900)}

Prepare = Callable[[Page], None]


def pages(whole: dict[str, BuiltTask], server: Server) -> dict[str, tuple[str, Prepare]]:
    """Return address and preparation (its cookie) of each page."""

    def open_as(built: BuiltTask) -> Prepare:
        name, _, value = unlock(server.port, built).partition("=")
        cookie = {"name": name, "value": value, "url": server.url}
        return lambda page: page.context.add_cookies([cookie])  # type: ignore[list-item]

    def log_in(page: Page) -> None:
        page.goto("/admin/login")
        page.fill("#secret", ADMIN_SECRET)
        page.locator("main button[type=submit]").click()
        page.wait_for_selector(".admin-top")

    found: dict[str, tuple[str, Prepare]] = {}
    for address in ("/", "/queue", "/help", "/compare", "/tasks"):
        found[address] = (address, lambda page: None)
    for name, built in whole.items():
        found[f"task, {name}"] = (f"/tasks/{built.task_id}", open_as(built))
    for address in ("/admin", "/admin/tasks", "/admin/usage"):
        found[address] = (address, log_in)
    return found


def look(browser: Browser, url: str, screen: tuple[int, int], address: str, prepare: Prepare) -> dict[str, float]:
    """Visit a page once in a browser that has never seen it; return paint (ms) and shift."""
    context = browser.new_context(
        base_url=url, locale="en-GB", viewport={"width": screen[0], "height": screen[1]}, color_scheme="light"
    )
    page = context.new_page()
    prepare(page)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address)
    found: dict[str, float] = page.evaluate(LOADED)
    context.close()
    return found


def main() -> None:
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        whole = fill(PortalDir(folder / "jobs"), TASKS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with contextlib.closing(start_server(folder, ADMIN_SECRET=ADMIN_SECRET)) as server:
            for page_name, (address, prepare) in pages(whole, server).items():
                for screen_name, screen in SCREENS.items():
                    looks = [look(browser, server.url, screen, address, prepare) for _ in range(ROUNDS)]
                    paints = [seen["largest_ms"] for seen in looks]
                    shift = max(seen["shift"] for seen in looks)
                    row: dict[str, Any] = {
                        "page": page_name,
                        "screen": screen_name,
                        "lcp_ms": statistics.median(paints),
                    }
                    rows.append({**row, "slowest_ms": max(paints), "shift": shift})
        browser.close()
    print(f"{'page':20} {'screen':7} {'largest paint ms':>16} {'slowest':>8} {'shift':>7}")
    for row in rows:
        over = "  over" if row["lcp_ms"] > _LCP_MS or row["shift"] > _SHIFT else ""
        print(
            f"{row['page']:20} {row['screen']:7} {row['lcp_ms']:>16.0f} {row['slowest_ms']:>8.0f} "
            f"{row['shift']:>7.3f}{over}"
        )
    facts = {"machine": platform.processor() or platform.machine(), "slowed": SLOWER, "rows": rows}
    target = Path("var/bench/pages_paint.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
