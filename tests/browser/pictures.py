"""Make the pictures of docs/screenshots anew: `make pictures`, or `python -m tests.browser.pictures`.

Chromium looks at a portal with made-up results, so that every picture shows the pages as they are now.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import httpx
from msgspec import structs
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from portal.domain.status import PipelineStage, TaskStatus
from portal.files.submissions import SubmissionFolders
from portal.pipeline.shoter.validation.strains import read_strains
from portal.results.codec import to_json
from portal.results.reading import read_results
from portal.storage.file import FileTaskStore
from tests.browser.conftest import CHROMIUM, LivePortal, open_with_token
from tests.browser.kurstaki import make_sample
from tests.browser.pictures_of_many import STRAINS, annotate, take_of_many
from tests.browser.submissions import open_shared
from tests.builders import GENOME, BuiltTask, make_site, rewrite_result, run_again, write_heartbeat
from tests.contract.inventories import score_inventories
from tests.pipeline.shoter.shoter_builders import row
from tests.samples import put_samples
from tests.web.api.server import start_server

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
_SECRET = "the secret of the pictures"
_COLOURS = 128
_WIDTH = 1280


def keep(shown: Page | Locator, name: str, *, most: int = 1400) -> None:
    """Write a picture in few colours, which pages have anyhow; `most` is its height in pixels."""
    image = Image.open(io.BytesIO(shown.screenshot(animations="disabled"))).convert("RGB")
    write(image.crop((0, 0, image.width, min(image.height, most))), name)


def write(image: Image.Image, name: str) -> None:
    """Write a picture in few colours, and tell its size."""
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


def make_strains(live: LivePortal, folder: Path) -> tuple[str, str]:
    """Return address and token of a submission of published strains: their toxins as published, scored here."""
    folder.mkdir()
    strains = {strain.name: strain for strain in read_strains(STRAINS.read_bytes()) if strain.toxins}
    inventories = {name: [row(toxin, n) for n, toxin in enumerate(each.toxins)] for name, each in strains.items()}
    score_inventories(folder, inventories)
    scores = read_results(folder / "no digger", folder).scores
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in strains}
    items = [{"label": name, "size": len(GENOME), "sha256": digest} for name, digest in digests.items()]
    announced = {"label": "Published strains", "items": items}
    body = httpx.post(f"{live.url}/api/submissions", json=announced).json()
    of_strain = {strain.strain: strain for strain in scores.strains}
    for made, (name, strain) in zip(body["items"], strains.items(), strict=True):
        SubmissionFolders(live.portal).mark_received(body["submission_id"], made["n"])
        live.task(
            TaskStatus.COMPLETED,
            task_id=made["task_id"],
            submission=body["submission_id"],
            hits=len(strain.toxins),
            expires_at=None,
        )
        out = live.portal.task(made["task_id"]).attempt(1).stage(PipelineStage.SHOTER).out
        own = structs.replace(scores, strains=(of_strain[name],), records={})
        rewrite_result(out / "strain_scores.json", to_json(own))
        annotate(live.url, made["task_id"], body["token"], name)
    return f"/submissions/{body['submission_id']}", body["token"]


def take(browser: Browser, live: LivePortal, folder: Path) -> None:
    """Take all pictures."""
    page = browser.new_context(base_url=live.url, locale="en-GB", color_scheme="light").new_page()
    page.set_viewport_size({"width": 1720, "height": 1250})
    address, token = make_strains(live, folder.with_name("published"))
    open_shared(page, address, token)
    page.wait_for_selector("#grid.live")
    keep(page, "grid.png")
    page.set_viewport_size({"width": _WIDTH, "height": 900})
    take_of_many(page, address, keep)
    strain = make_strain(live, folder)
    open_with_token(page, strain)
    page.wait_for_load_state("networkidle")
    keep(page, "results.png")
    keep(page.locator(".genome-map"), "genome-map.png")
    page.click("section.drawings details.printed > summary")
    keep(page.locator("section.drawings"), "genes.png")
    page.goto(f"/tasks/{strain.task_id}/toxins/L1")
    page.wait_for_load_state("networkidle")
    keep(page.locator("main"), "toxin.png")
    page.goto(f"/tasks/{strain.task_id}/evidence?species=Plutella")
    keep(page, "evidence.png", most=760)
    take_runs(page, live)
    take_phone(browser, strain, live)
    page.goto("/admin/login")
    page.fill("#secret", _SECRET)
    page.locator("main button[type=submit]").click()
    page.wait_for_selector(".admin-top")
    keep(page, "admin.png")
    take_announcements(page)


def take_announcements(page: Page) -> None:
    """Take what operators see of an announcement."""
    page.goto("/admin/announcements")
    page.fill("#english", "The toxin reference is replaced on Monday; analyses start again in the afternoon.")
    page.fill("#chinese", "周一更换毒素参考库，下午恢复分析。")
    page.locator("form:has(#english) button[type=submit]").click()
    page.locator("button[name=sure]").click()
    page.wait_for_selector(".announced")
    keep(page, "announcements.png", most=760)


def take_runs(page: Page, live: LivePortal) -> None:
    """Take what changed since the run before, and how the strain is shared as a snapshot."""
    again = run_again(live.portal, live.task(filename="HD-73.fna", hits=3, expires_at=None), hits=4, expires_at=None)
    open_with_token(page, again)
    page.click("#changes summary")
    page.evaluate("document.querySelector('#changes').scrollIntoView()")
    keep(page.locator("#changes"), "what-changed.png", most=900)
    page.click("#sharing summary")
    page.fill("#sharing input[name=label]", "Review group")
    page.check("#sharing input[name=snapshot]")
    page.locator("#sharing form button[type=submit]").first.click()
    page.wait_for_selector("#sharing table")
    keep(page.locator("#sharing > .act-body"), "share.png", most=900)


def take_phone(browser: Browser, strain: BuiltTask, live: LivePortal) -> None:
    """Take the first screens of a strain on a phone, in Chinese and dark beside English and light."""
    sides = []
    for lang, scheme in (("en", "light"), ("zh", "dark")):
        context = browser.new_context(base_url=live.url, viewport={"width": 390, "height": 844}, is_mobile=True)
        page = context.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        open_with_token(page, strain, lang)
        page.wait_for_load_state("networkidle")
        sides.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        context.close()
    both = Image.new("RGB", (2 * 390 + 20, 844), "white")
    for place, side in enumerate(sides):
        both.paste(side, (place * 410, 0))
    write(both, "phone.png")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with contextlib.closing(start_server(Path(name), ADMIN_SECRET=_SECRET, SAMPLES="true")) as server:
            write_heartbeat(server.portal, age_s=0.0)
            put_samples(make_site(server.portal.jobs, SAMPLES="true"))
            take(browser, LivePortal(server.url, server.portal), Path(name) / "kurstaki")
        browser.close()


if __name__ == "__main__":
    main()
