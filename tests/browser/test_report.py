"""The report as a file on a phone, whatever its genome and its toxins are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.domain.status import Lang
from tests.pipeline.report.test_report import written

_NAMES = ("A" * 180, "<img src=x onerror=alert(1)>" * 5, "苏云金芽孢杆菌" * 20, None)
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("lang", Lang)
def test_the_report_fits_a_phone(page: Page, tmp_path: Path, lang: Lang) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for number, name in enumerate(_NAMES):
        folder = tmp_path / str(number)
        folder.mkdir()
        strain = name or "HD-1"
        html, _ = written(folder, lang, name=name, strain=strain, display_name=f"{strain}.fna")
        (folder / "shown.html").write_text(html, encoding="utf-8")
        page.goto((folder / "shown.html").as_uri())
        assert page.evaluate(_TOO_WIDE) <= 0, f"{strain[:30]} in {lang}"
