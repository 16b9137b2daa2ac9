"""The font in a Chinese report: ready for its own texts, made anew for a name with other characters."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from portal.domain.status import Lang
from portal.pipeline.report.font import FONT, READY, embedded_font, own_signs
from tests.pipeline.report.test_report import written

REMAKE = "python -m portal.pipeline.report.font"


def signs_in(font: bytes) -> set[str]:
    return {chr(point) for point in TTFont(io.BytesIO(font)).getBestCmap()}


def of_report(html: str) -> bytes:
    return base64.b64decode(html.partition("font/woff;base64,")[2].partition(")")[0])


@pytest.fixture(scope="module")
def whole() -> set[str]:
    return signs_in(FONT.read_bytes())


def test_the_list_of_its_characters_is_that_of_the_ready_font(whole: set[str]) -> None:
    listed = set(READY.with_suffix(".txt").read_text(encoding="utf-8"))
    assert listed & whole <= signs_in(READY.read_bytes()), REMAKE
    # A text that was changed since costs time, and nothing else; many cost every report time.
    assert len(own_signs() - listed) < len(listed) / 20, REMAKE


def test_a_report_has_a_font_with_its_characters(tmp_path: Path, whole: set[str]) -> None:
    html, _ = written(tmp_path, Lang.ZH)
    assert {sign for sign in html if sign >= "\u2000"} & whole <= signs_in(of_report(html))


def test_a_name_with_a_character_beyond_the_texts_gets_a_font_of_its_own(tmp_path: Path, whole: set[str]) -> None:
    sign = max(whole - signs_in(READY.read_bytes()))
    html, _ = written(tmp_path, Lang.ZH, display_name=f"{sign}.fna")
    assert {sign, "靶"} <= signs_in(of_report(html))
    assert embedded_font(html) == embedded_font("".join(reversed(html)))
