"""Whether anything on a page moves when its scripts and the answers to them come late, on a slow processor.

Each page is opened in both languages on a phone's and on a desk's screen, with the processor slowed fourfold and
twentyfold, in a time zone whose name is long; scripts are held back until the page is painted, and what they ask for
until they have run. Pages of results are also read from each of their sections. The layout shift is the browser's own.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.pages import ADMIN_SECRET, fill
from bench.pages_paint import SCREENS, Prepare, pages
from portal.files.taskdir import PortalDir
from tests.browser.conftest import CHROMIUM
from tests.browser.still import Shift, shift_with_late_scripts
from tests.web.api.server import start_server

TASKS = 200
RATES = (4, 20)
LANGUAGES = ("en", "zh")
BOUND = 0.05
_SECTIONS = ("#toxins-title", "#drawings-title", "#pictures-title", "#evidence-title", "#files-title")


def look(
    browser: Browser, url: str, screen: tuple[int, int], rate: int, address: str, prepare: Prepare, at: str
) -> Shift:
    """Visit a page once in a browser that has never seen it."""
    context = browser.new_context(
        base_url=url, locale="en-GB", viewport={"width": screen[0], "height": screen[1]}, timezone_id="Asia/Kolkata"
    )
    page = context.new_page()
    prepare(page)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    charts = 3 if at == "#pictures-title" else 0
    found = shift_with_late_scripts(page, address, at=at, charts=charts)
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=int, nargs="+", default=RATES)
    parser.add_argument("--screens", nargs="+", default=tuple(SCREENS), choices=tuple(SCREENS))
    parser.add_argument("--only", default="", help="pages whose name contains this")
    chosen = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        whole = fill(PortalDir(folder / "jobs"), TASKS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with contextlib.closing(start_server(folder, ADMIN_SECRET=ADMIN_SECRET)) as server:
            for page, (address, prepare) in pages(whole, server).items():
                if chosen.only not in page:
                    continue
                places = ("", *_SECTIONS) if page == "task, completed" else ("",)
                for at, rate, screen, lang in itertools.product(places, chosen.rates, chosen.screens, LANGUAGES):
                    seen = look(browser, server.url, SCREENS[screen], rate, f"{address}?lang={lang}", prepare, at)
                    tell(page + at, rate, screen, lang, seen)
                    rows.append({"page": page + at, "rate": rate, "screen": screen, "lang": lang, **asdict(seen)})
        browser.close()
    print(f"largest shift of {len(rows)} visits: {max(row['value'] for row in rows):.4f}; bound {BOUND}")
    target = Path("var/bench/pages_still.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = {"machine": platform.processor() or platform.machine(), "bound": BOUND, "rows": rows}
    target.write_text(json.dumps(facts, indent=1) + "\n")


def tell(page: str, rate: int, screen: str, lang: str, seen: Shift) -> None:
    """Print one visit, and what moved."""
    over = "  over" if seen.value > BOUND else ""
    print(f"{page:36} {rate:>3} {screen:6} {lang} {seen.value:8.4f}{over}", flush=True)
    for moved in seen.moved:
        print(f"      {moved[:400]}")


if __name__ == "__main__":
    main()
