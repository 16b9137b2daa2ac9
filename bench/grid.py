"""How soon the grid of a submission with many strains appears, and answers to sorting and finding, on a slow processor.

    python -m bench.grid [--strains 300] [--rates 4 8] [--views toxins] [--against FOLDER]

Two figures for each act (a column sorted, a letter typed), the median and the largest over all of them: the processor
time of the page's main thread times the rate, which other work on the machine does not change, and the browser's own
time on the wall (Event Timing), from the press to the next frame, with the processor slowed at that rate.
The page is loaded in a browser that has nothing of it yet: first and largest paint, layout shift, requests, bytes sent.
--against measures the scripts and the sheet of another version too (its `portal/web/static`), in turns with those here.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import platform
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Route, sync_playwright

from bench.loading import LOADED
from tests.browser.conftest import CHROMIUM, LivePortal
from tests.browser.submissions import made, open_shared
from tests.builders import write_heartbeat
from tests.web.api.server import start_server

SCREENS = {"phone": (390, 844), "desk": (1280, 900)}
VIEWS = ("orders", "species", "toxins")
BOUND_MS = 100
BOUNDS_OF_LOADING = {"paint_ms": 1500, "requests": 12, "kB": 700}
ROUNDS = 1
SORTED = (0, 2, 3, 4)  # columns, each twice
TYPED = "Bt-12"
HITS = (0, 7, 24, 40)  # toxins of a strain
_KINDS = ("sort", "sort_cpu", "find", "find_cpu")
_WATCH = """
window.answers = [];
new PerformanceObserver((list) => {
  for (const { name, duration, interactionId } of list.getEntries()) {
    if (interactionId) window.answers.push([name, duration]);
  }
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
  () => setTimeout(() => requestIdleCallback(() => done(window.answers.splice(0)))))))"""


def serve_from(page: Page, static: Path) -> None:
    """Give the page the static files of another folder."""

    def answer(route: Route) -> None:
        name = route.request.url.partition("/static/")[2].partition("/")[2].partition("?")[0]
        route.fulfill(path=static / name)

    page.route("**/static/**", answer)


def cpu_ms(session: CDPSession) -> float:
    """Return the processor time that the page's main thread has spent on its tasks."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000.0 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def act(page: Page, session: CDPSession) -> dict[str, list[float]]:
    """Sort by several columns and type into the search field; return the times (ms; shown ones below 16 as 16)."""
    times: dict[str, list[float]] = {kind: [] for kind in _KINDS}

    def timed(kind: str, press: Callable[[], None]) -> None:
        page.evaluate(_SETTLED)
        before = cpu_ms(session)
        press()
        answers: list[tuple[str, float]] = page.evaluate(_SETTLED)
        times[f"{kind}_cpu"].append(cpu_ms(session) - before)
        times[kind].append(max([16.0, *(duration for _, duration in answers)]))

    for place in SORTED:
        head = page.locator("#grid thead th").nth(place).locator("a")
        head.scroll_into_view_if_needed()
        for _ in range(2):
            timed("sort", head.click)
    page.locator("#grid-tools [name=find]").focus()
    for key in (*TYPED, *["Backspace"] * len(TYPED)):
        timed("find", partial(page.keyboard.press, key))
    return times


def load(page: Page, session: CDPSession, address: str) -> dict[str, float]:
    """Load the page as for the first time; return what it took."""
    asked: list[str] = []
    sent: list[float] = []
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address)
    page.wait_for_selector("#grid.live")
    page.wait_for_load_state("networkidle")
    found: dict[str, float] = page.evaluate(LOADED)
    session.send("Network.disable")
    return {**found, "requests": len(asked), "kB": sum(sent) / 1000}


def look(
    browser: Browser, live: LivePortal, shared: tuple[str, str], screen: str, rate: int, by: str, static: Path | None
) -> dict[str, Any]:
    """Open the grid in a fresh browser and act in it."""
    width, height = SCREENS[screen]
    context = browser.new_context(base_url=live.url, locale="en-GB", viewport={"width": width, "height": height})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.add_init_script(_WATCH)
    if static:
        serve_from(page, static)
    open_shared(page, *shared)
    session = context.new_cdp_session(page)
    session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    loaded = load(page, session, f"{shared[0]}?by={by}")
    found = act(page, session)
    drawn, columns = page.locator("#grid tbody tr").count(), page.locator("#grid th[data-key]").count()
    context.close()
    return {"by": by, "screen": screen, "rate": rate, "drawn": drawn, "columns": columns, **loaded, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strains", type=int, default=300)
    parser.add_argument("--rates", type=int, nargs="+", default=[4])
    parser.add_argument("--views", nargs="+", default=VIEWS, choices=VIEWS)
    parser.add_argument("--against", type=Path, help="portal/web/static of another version")
    chosen = parser.parse_args()
    versions = {"here": None, **({"other": chosen.against} if chosen.against else {})}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with contextlib.closing(start_server(Path(name))) as server:
            write_heartbeat(server.portal, age_s=0.0)
            live = LivePortal(server.url, server.portal)
            address, token, _ = made(live, chosen.strains, hits=HITS)
            for by, screen, rate in itertools.product(chosen.views, SCREENS, chosen.rates):
                seen: dict[str, list[dict[str, Any]]] = {version: [] for version in versions}
                for _, (version, static) in itertools.product(range(ROUNDS), versions.items()):
                    seen[version].append(look(browser, live, (address, token), screen, rate, by, static))
                rows += [tell(version, found) for version, found in seen.items()]
        browser.close()
    target = Path("var/bench/grid.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "machine": platform.processor() or platform.machine(),
        "bound_ms": BOUND_MS,
        "bounds_of_loading": BOUNDS_OF_LOADING,
        "rows": rows,
    }
    target.write_text(json.dumps(facts, indent=1) + "\n")


def tell(version: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Print and return the figures of one version over its rounds."""
    row = {"version": version, **{name: found[0][name] for name in ("by", "screen", "rate", "drawn", "columns")}}
    for kind in (*BOUNDS_OF_LOADING, "largest_ms", "shift"):
        row[kind] = statistics.median(each[kind] for each in found)
    for kind in _KINDS:
        times = [time for each in found for time in each[kind]]
        row |= {f"{kind}_median_ms": statistics.median(times), f"{kind}_largest_ms": max(times)}
    told = [f"{kind} {row[f'{kind}_median_ms']:>4.0f} ({row[f'{kind}_largest_ms']:>4.0f})" for kind in _KINDS]
    print(
        f"{row['by']:8} {row['drawn']:>4} x {row['columns']:<3} {row['screen']:6} {row['rate']:>2}x {version:6}",
        *told,
        *(f"{kind} {row[kind]:.4g}" for kind in (*BOUNDS_OF_LOADING, "largest_ms", "shift")),
        flush=True,
    )
    return row


if __name__ == "__main__":
    main()
