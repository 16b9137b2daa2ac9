"""Pictures of every page, to be looked at: `python -m tests.browser.shots FOLDER [--only PART] [--widths 390,1280]`.

One sheet for each page and width: light and dark, in both languages, side by side. The portal is one of its own with
sample genomes, tasks in each state, shares and a submission; the pages are those of the application's routes, and the
scenes of `scenes`, which need more than an address.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, LivePortal
from tests.browser.every_page import PERSON, SETTINGS, addresses
from tests.browser.scene import Scene
from tests.browser.scenes import Laboratory, make_laboratory
from tests.builders import make_site, write_heartbeat
from tests.web.api.server import start_server

WIDTHS = (390, 1280, 1920)
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_HEIGHTS = {390: 844, 1280: 800, 1920: 1080}
_TALLEST = 40_000
_AT_ONCE = 8_000  # of a taller page, a browser may give no picture within half a minute; it is scrolled through
_GAP = 24


def sheet(page: Page, scene: Scene, width: int) -> Image.Image:
    """Return a page at a width in both languages and colours side by side."""
    shots = []
    page.set_viewport_size({"width": width, "height": _HEIGHTS.get(width, 900)})
    for lang in ("en", "zh"):
        page.emulate_media(color_scheme="light")
        scene.visit(page, lang)
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            shots.append(_whole(page, width))
    whole = Image.new("RGB", (len(shots) * (width + _GAP), max(shot.height for shot in shots)), "#888")
    for place, shot in enumerate(shots):
        whole.paste(shot, (place * (width + _GAP), 0))
    return whole


def _whole(page: Page, width: int) -> Image.Image:
    """Return the picture of a page from its top to its end."""
    tall = min(page.evaluate("() => document.documentElement.scrollHeight"), _TALLEST)
    if tall <= _AT_ONCE:
        drawn = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
        return Image.open(io.BytesIO(drawn)).convert("RGB")
    whole = Image.new("RGB", (width, tall))
    for top in range(0, tall, _HEIGHTS.get(width, 900)):
        at = page.evaluate("async (top) => { scrollTo(0, top); return scrollY; }", top)
        whole.paste(Image.open(io.BytesIO(page.screenshot())), (0, round(at)))
    page.evaluate("() => scrollTo(0, 0)")
    return whole


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[tuple[Browser, str, Laboratory, Sequence[Scene]]]:
    """Start a portal and a browser; yield them with the pages of all routes and the scenes."""
    settings = {**SETTINGS, "SAMPLES": "true", "DEBUG": "true"}
    with contextlib.closing(start_server(folder, **settings)) as server, sync_playwright() as playwright:
        write_heartbeat(server.portal, age_s=0.0)
        laboratory = make_laboratory(LivePortal(server.url, server.portal), folder / "sample")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=server.url, extra_http_headers=PERSON)
        laboratory.let_in("owner", context)
        found = addresses(laboratory.world, make_site(folder / "routes", **settings).app)
        pages = [
            Scene(re.sub(r"[^\w-]+", "_", re.sub(r"[a-z2-7]{12}", "x", address)).strip("_")[:60] or "root", address)
            for address in dict.fromkeys(found)
            if "%3C" not in address and context.request.get(address).text().startswith("<!doctype html>")
        ]
        context.close()
        yield browser, server.url, laboratory, (*laboratory.scenes, *pages)
        browser.close()


def main() -> None:
    """Write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a pattern of names of scenes and addresses")
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, opened(Path(made)) as (browser, url, laboratory, scenes):
        pages: dict[str, Page] = {}
        for number, scene in enumerate(scenes):
            if not re.search(arguments.only, f"{scene.name} {scene.address}"):
                continue
            if scene.visitor not in pages:
                headers = laboratory.headers(scene.visitor)
                context = browser.new_context(base_url=url, extra_http_headers=headers, reduced_motion="reduce")
                laboratory.let_in(scene.visitor, context)
                pages[scene.visitor] = context.new_page()
            for width in map(int, arguments.widths.split(",")):
                path = arguments.folder / f"{number:03d}-{scene.name}-{width}.png"
                with scene.during():
                    sheet(pages[scene.visitor], scene, width).save(path, compress_level=1)
                print(f"{scene.address}\t{path}", flush=True)


if __name__ == "__main__":
    main()
