"""Pictures of every page, to be looked at: `python -m tests.browser.shots FOLDER [--only PART]`.

One sheet for each page: a phone and two screens side by side, light and dark, in both languages. The portal is one of
its own with a sample genome, tasks in each state and a submission; the pages are those of the application's routes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from portal.domain.status import FailureKind, TaskStatus
from tests.browser.conftest import CHROMIUM, LivePortal
from tests.browser.every_page import PERSON, SETTINGS, World, addresses
from tests.browser.kurstaki import make_sample
from tests.browser.test_submission import announced
from tests.builders import make_site, run_again, write_heartbeat
from tests.web.api.server import start_server

# Width of the screen, language, colours.
LOOKS: tuple[tuple[int, str, Literal["light", "dark"]], ...] = (
    (390, "zh", "light"), (390, "en", "dark"), (1280, "en", "light"), (1280, "zh", "dark"), (1920, "en", "light"),
)  # fmt: skip
_TALLEST = 3200
_GAP = 24


def pleasant_world(live: LivePortal, folder: Path) -> World:
    """Fill a portal as a laboratory would."""
    now = datetime.now(UTC)
    tasks = (
        live.task(TaskStatus.PENDING, filename="Yn-112.fna", submission_time=now),
        live.task(TaskStatus.QUEUED, filename="Yn-113.fna", pending_reason="Resources", last_synced=now),
        live.task(TaskStatus.RUNNING, filename="Yn-114.fna", last_synced=now),
        live.task(TaskStatus.FAILED, filename="Yn-115.fna"),
        live.task(TaskStatus.FAILED, filename="Yn-116.fna", failure_kind=FailureKind.CANCELLED),
        live.task(hits=0, filename="Yn-117.fna", expires_at=now + timedelta(days=1)),
        run_again(live.portal, live.task(filename="Yn-118.fna", hits=3), hits=7),
    )
    sample = make_sample(live.portal, folder)
    whole, part = announced(live, 30, hits=(0, 1, 3, 7)), announced(live, 3, TaskStatus.RUNNING)
    return World(live, tasks, sample, whole["submission_id"], whole["token"], part["submission_id"], part["token"])


def sheet(page: Page, address: str) -> Image.Image:
    """Return a page in all looks side by side, cut at the height of four screens."""
    shots = []
    for width, lang, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={lang}")
        page.wait_for_load_state("networkidle")
        tall = min(page.evaluate("() => document.documentElement.scrollHeight"), _TALLEST)
        drawn = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
        shots.append(Image.open(io.BytesIO(drawn)).convert("RGB"))
    whole = Image.new("RGB", (sum(shot.width + _GAP for shot in shots), max(shot.height for shot in shots)), "#888")
    left = 0
    for shot in shots:
        whole.paste(shot, (left, 0))
        left += shot.width + _GAP
    return whole


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[tuple[Page, list[str]]]:
    """Start a portal and a browser; yield a page that may see everything, and the addresses."""
    with contextlib.closing(start_server(folder, **SETTINGS)) as server, sync_playwright() as playwright:
        write_heartbeat(server.portal, age_s=0.0)
        world = pleasant_world(LivePortal(server.url, server.portal), folder / "sample")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=server.url, extra_http_headers=PERSON, reduced_motion="reduce")
        world.open_all(context)
        found = addresses(world, make_site(folder / "routes", **SETTINGS).app)
        pages = [
            address
            for address in dict.fromkeys(found)
            if "%3C" not in address and context.request.get(address).text().startswith("<!doctype html>")
        ]
        yield context.new_page(), pages
        browser.close()


def main() -> None:
    """Write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a pattern of addresses")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, opened(Path(made)) as (page, pages):
        for number, address in enumerate(pages):
            if not re.search(arguments.only, address):
                continue
            name = re.sub(r"[^\w-]+", "_", re.sub(r"[a-z2-7]{12}", "x", address)).strip("_") or "start"
            path = arguments.folder / f"{number:02d}-{name[:60]}.png"
            sheet(page, address).save(path)
            print(f"{address}\t{path}", flush=True)


if __name__ == "__main__":
    main()
