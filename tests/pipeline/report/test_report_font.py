"""The font in a Chinese report: ready for its own texts, made anew for a name with other characters."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from portal.domain.status import Lang
from portal.pipeline.plots.own_texts import report_signs
from portal.pipeline.report.font import FONT, READY, embedded_font
from tests.pipeline.report.written import written

REMAKE = "python -m portal.pipeline.report.font"


def signs_in(font: bytes) -> set[str]:
    return {chr(point) for point in TTFont(io.BytesIO(font)).getBestCmap()}


def of_report(html: str) -> bytes:
    return base64.b64decode(html.partition("font/woff;base64,")[2].partition(")")[0])


@pytest.fixture(scope="module")
def whole() -> set[str]:
    return signs_in(FONT.read_bytes())


def test_the_ready_font_has_every_character_of_its_list() -> None:
    listed = set(READY.with_suffix(".txt").read_text(encoding="utf-8"))
    assert listed <= signs_in(READY.read_bytes()), REMAKE


def test_the_ready_font_has_every_character_of_the_texts_and_of_the_names_of_species() -> None:
    assert set("蛉橘蝽蠹豇") <= report_signs()
    assert report_signs() - signs_in(READY.read_bytes()) == set(), REMAKE


def test_a_report_has_a_font_with_its_characters(tmp_path: Path, whole: set[str]) -> None:
    html, _ = written(tmp_path, Lang.ZH)
    assert {sign for sign in html if sign >= "\u2000"} & whole <= signs_in(of_report(html))


def test_a_name_with_a_character_beyond_the_texts_gets_a_font_of_its_own(tmp_path: Path, whole: set[str]) -> None:
    sign = max(whole - signs_in(READY.read_bytes()))
    html, _ = written(tmp_path, Lang.ZH, display_name=f"{sign}.fna")
    assert {sign, "靶"} <= signs_in(of_report(html))
    assert embedded_font(html) == embedded_font("".join(reversed(html)))
