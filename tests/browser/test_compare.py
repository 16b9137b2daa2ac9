"""Pictures and bundle of a comparison, in a real browser that never sees a token in a script."""

from __future__ import annotations

import zipfile

from playwright.sync_api import Page, expect

from tests.browser.conftest import LivePortal, open_with_token


def test_pictures_and_bundle_of_two_tasks(live: LivePortal, page: Page) -> None:
    for name in ("HD-1.fna", "HD-73.fna"):
        open_with_token(page, live.task(filename=name, hits=3))
        expect(page.get_by_role("heading", name="Likely acts on")).to_be_visible()
    page.goto("/compare")
    page.get_by_role("button", name="Make").click()
    pictures = page.locator("[data-made] img")
    expect(pictures).to_have_count(4)
    for picture in pictures.all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    with page.expect_download() as download:
        page.get_by_role("button", name="Bundle (ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert "Comparison/compare_toxins.png" in bundle.namelist()
    page.goto("/compare?lang=zh")
    page.get_by_role("button", name="生成").click()
    expect(page.get_by_role("img", name="毒素组成")).to_be_visible()
