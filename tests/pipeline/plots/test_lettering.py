"""Texts drawn from the cache stand where matplotlib would put them, whatever was drawn before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from portal.pipeline.plots import canvas, lettering


def ink_box(kind: type[Text], text: str, **options: Any) -> np.ndarray:
    """Return left, top, right and bottom of what a text blackens, in pixels at 200 dpi."""
    with canvas.drawing():
        sheet = canvas.Sheet.blank(2.0, 2.0)
        label = kind(0.5, 0.5, text, color="black", **options)
        label.set_transform(sheet.figure.transFigure)
        sheet.figure.add_artist(label, clip=False)
        sheet.figure.set_dpi(canvas.PNG_DPI)
        sheet.figure.canvas.draw()
        dark = np.asarray(sheet.figure.canvas.buffer_rgba())[..., 0] < 160  # type: ignore[attr-defined]
    rows, columns = np.where(dark.any(axis=1))[0], np.where(dark.any(axis=0))[0]
    return np.array([columns[0], rows[0], columns[-1], rows[-1]])


@pytest.mark.parametrize("rotation", [0, 45, 90])
@pytest.mark.parametrize("mode", ["default", "anchor"])
@pytest.mark.parametrize("along", ["top", "center", "bottom"])
@pytest.mark.parametrize("across", ["left", "center", "right"])
def test_a_label_stands_where_matplotlib_would_put_it(across: str, along: str, mode: str, rotation: int) -> None:
    options = {"ha": across, "va": along, "rotation_mode": mode, "rotation": rotation, "size": 12}
    ours, theirs = (ink_box(kind, "Cry1Ab 鳞翅目", **options) for kind in (lettering.Label, Text))
    assert np.abs(ours - theirs).max() <= 2


def test_the_size_of_another_text_does_not_show() -> None:
    before = lettering.text_width("Lepidoptera", 10)
    lettering.shaped.cache_clear()
    with canvas.drawing():
        figure = Figure()
        figure.text(0.1, 0.1, "small print", size=3)
        figure.canvas.draw()
    assert lettering.text_width("Lepidoptera", 10) == before
    assert lettering.text_width("Lepidoptera", 20) == pytest.approx(2 * before)


@pytest.mark.parametrize(("style", "weight"), [("italic", "normal"), ("normal", "bold")])
def test_faces_have_widths_of_their_own(style: str, weight: str) -> None:
    assert lettering.text_width("Spodoptera", 10, style, weight) != lettering.text_width("Spodoptera", 10)
