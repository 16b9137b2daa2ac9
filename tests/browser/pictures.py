"""Make the pictures of docs/screenshots anew: `make pictures`, or `python -m tests.browser.pictures`.

Chromium looks at a portal with made-up results, so that every picture shows the pages as they are now.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from portal.domain.status import PipelineStage
from portal.storage.file import FileTaskStore
from tests.browser.conftest import CHROMIUM, LivePortal, open_with_token
from tests.browser.kurstaki import make_sample
from tests.browser.test_submission import made, open_shared
from tests.builders import BuiltTask, write_heartbeat
from tests.web.api.server import start_server

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
_SECRET = "the secret of the pictures"
_COLOURS = 128
_WIDTH = 1280


def keep(shown: Page | Locator, name: str, *, most: int = 1400) -> None:
    """Write a picture in few colours, which pages have anyhow; `most` is its height in pixels."""
    image = Image.open(io.BytesIO(shown.screenshot(animations="disabled"))).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, most)))
    target = FOLDER / name
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.name}: {image.width} x {image.height}, {target.stat().st_size / 1000:.0f} kB")


def make_strain(live: LivePortal, folder: Path) -> BuiltTask:
    """Put a strain on disk whose record tells of the genome that was searched, and that stays."""
    built = make_sample(live.portal, folder)
    toxins = live.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER).out / "toxins.json"
    found = json.loads(toxins.read_text(encoding="utf-8"))["sequences"]
    facts = {**built.task.input_facts, "records": found["contigs"], "letters": found["bases"]}
    size = (folder / built.task.filename).stat().st_size
    task = replace(live.record(built.task_id), input_facts=facts, file_size=size, expires_at=None)
    FileTaskStore(live.portal).save(replace(task, revision=task.revision + 1))
    return built


def take(browser: Browser, live: LivePortal, folder: Path) -> None:
    """Take all pictures."""
    page = browser.new_context(base_url=live.url, locale="en-GB", color_scheme="light").new_page()
    page.set_viewport_size({"width": 1720, "height": 1250})
    address, token, _ = made(live, 24, hits=(0, 1, 3, 7))
    open_shared(page, address, token)
    page.wait_for_selector("#grid.live")
    keep(page, "grid.png")
    page.set_viewport_size({"width": _WIDTH, "height": 900})
    strain = make_strain(live, folder)
    open_with_token(page, strain)
    page.wait_for_load_state("networkidle")
    keep(page, "results.png")
    keep(page.locator(".genome-map"), "genome-map.png")
    page.click("section.drawings summary")
    keep(page.locator("section.drawings"), "genes.png")
    page.goto(f"/tasks/{strain.task_id}/toxins/L1")
    page.wait_for_load_state("networkidle")
    keep(page.locator("main"), "toxin.png")
    page.goto("/admin/login")
    page.fill("#secret", _SECRET)
    page.locator("main button[type=submit]").click()
    page.wait_for_selector(".admin-top")
    keep(page, "admin.png")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with contextlib.closing(start_server(Path(name), ADMIN_SECRET=_SECRET)) as server:
            write_heartbeat(server.portal, age_s=0.0)
            take(browser, LivePortal(server.url, server.portal), Path(name) / "kurstaki")
        browser.close()


if __name__ == "__main__":
    main()
