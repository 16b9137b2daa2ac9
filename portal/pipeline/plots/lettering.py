"""Text of the pictures: measured and shaped once, then drawn as outlines.

matplotlib lays out each text and looks up its font again for every renderer, which is most of the work in a picture
with a thousand labels. Labels here are ordinary `Text` artists that draw themselves from one cache.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

DATA = Path(__file__).parent / "data"
LATIN, CHINESE = "Bttoxin Sans", "Bttoxin Sans SC"
FAMILIES = [LATIN, CHINESE]
_UNIT_PT = 100.0  # size at which texts are shaped; outlines scale
_POINTS_PER_INCH = 72


@dataclass(frozen=True)
class Run:
    """One line of text at 1 point: advance, ascent and descent in points, and its outline from the baseline on."""

    width: float
    ascent: float
    descent: float
    outline: Outline


@cache
def register_fonts() -> None:
    """Register the portal's bundled fonts with matplotlib."""
    for path in sorted(DATA.glob("bttoxin-sans*.[ot]tf")):
        font_manager.fontManager.addfont(str(path))


@cache
def _font(style: str, weight: str) -> FT2Font:
    face = {("normal", "normal"): "regular", ("normal", "bold"): "bold", ("italic", "normal"): "italic"}.get(
        (style, weight), "bolditalic"
    )
    return font_manager.get_font([str(DATA / f"bttoxin-sans-{face}.ttf"), str(DATA / "bttoxin-sans-sc-regular.otf")])


@cache
def _least_ascent_descent(style: str, weight: str) -> tuple[float, float]:
    font = _font(style, weight)
    metrics: Any = font.get_sfnt_table("OS/2")
    head: Any = font.get_sfnt_table("head")
    return metrics["sTypoAscender"] / head["unitsPerEm"], -metrics["sTypoDescender"] / head["unitsPerEm"]


@cache
def shaped(text: str, style: str = "normal", weight: str = "normal") -> Run:
    """Return one line of text, shaped with kerning; characters must be `drawable`."""
    font = _font(style, weight)
    least_ascent, least_descent = _least_ascent_descent(style, weight)
    font.set_size(_UNIT_PT, _POINTS_PER_INCH)  # matplotlib's own texts share the font and change its size
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = (size / 64 / _UNIT_PT for size in font.get_width_height())
    descent = font.get_descent() / 64 / _UNIT_PT
    glyphs, outlines, _ = text_to_path.get_glyphs_with_font(font, text)
    parts = [
        Outline(vertices / _UNIT_PT + (x / _UNIT_PT, y / _UNIT_PT), codes)
        for (vertices, codes), x, y in ((outlines[glyph], x, y) for glyph, x, y, _ in glyphs)
        if len(vertices)
    ]
    outline = Outline.make_compound_path(*parts) if parts else Outline([(0.0, 0.0)])
    return Run(width, max(height - descent, least_ascent), max(descent, least_descent), outline)


@cache
def _characters() -> frozenset[int]:
    fonts = sorted(DATA.glob("bttoxin-sans*regular.[ot]tf"))
    return frozenset(point for font in fonts for point in FT2Font(str(font)).get_charmap())


def drawable(text: str) -> str:
    """Return the text with a question mark for each character missing from our fonts; line ends stay."""
    known = _characters()
    return "".join(sign if sign == "\n" or ord(sign) in known else " " if sign.isspace() else "?" for sign in text)


def text_width(text: str, size: float, style: str = "normal", weight: str = "normal") -> float:
    """Return the width of a single-line text in inches."""
    return shaped(drawable(text), style, weight).width * size / _POINTS_PER_INCH


def shorten(text: str, width: float, size: float) -> str:
    """Return the text, shortened in its middle with an ellipsis if it is wider than `width` inches."""
    if text_width(text, size) <= width:
        return text
    low, high = 1, len(text)
    while low < high:  # the largest number of kept characters that fits
        middle = (low + high + 1) // 2
        kept = f"{text[: (middle + 1) // 2]}…{text[len(text) - middle // 2 :]}"
        low, high = (middle, high) if text_width(kept, size) <= width else (low, middle - 1)
    return f"{text[: (low + 1) // 2]}…{text[len(text) - low // 2 :]}"


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break the text at " · " into lines of at most `width` inches."""
    lines: list[str] = []
    for part in text.split(" · "):
        joined = f"{lines[-1]} · {part}" if lines else part
        if lines and text_width(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


class Label(Text):
    """A single-line text that draws itself from the cache of shaped runs."""

    def draw(self, renderer: Any) -> None:
        """Draw the outline; vector files refer to shared glyphs, which keeps them small."""
        text = self.get_text()
        if not text.strip() or not self.get_visible():
            return
        run = shaped(text, self.get_fontstyle(), str(self.get_fontweight()))
        scale = self.get_fontsize() * renderer.points_to_pixels(1.0)
        x, y = self.get_transform().transform(self.get_position())
        turn = math.radians(self.get_rotation())
        left, below = _offset(
            run,
            self.get_horizontalalignment(),
            self.get_verticalalignment(),
            turn,
            anchored=self.get_rotation_mode() == "anchor",
        )
        x, y = x - left * scale, y - below * scale
        pen = renderer.new_gc()
        pen.set_foreground(self.get_color())
        if isinstance(renderer, RendererAgg):
            pen.set_linewidth(0)
            place = Affine2D().scale(scale).rotate(turn).translate(x, y)
            agg: Any = renderer
            agg.draw_path(pen, run.outline, place, pen.get_rgb())
        else:
            height = renderer.get_canvas_width_height()[1]
            font = self.get_fontproperties()
            renderer.draw_text(pen, x, height - y if renderer.flipy() else y, text, font, self.get_rotation())
        pen.restore()


def _offset(run: Run, across: str, along: str, turn: float, *, anchored: bool) -> tuple[float, float]:
    """Return the anchor relative to the start of the baseline, in font sizes, after rotation.

    `anchored` aligns the text before rotation; otherwise the box around the rotated text is aligned (matplotlib's
    `rotation_mode`).
    """
    cos, sin = math.cos(turn), math.sin(turn)
    corners = [(0.0, -run.descent), (run.width, -run.descent), (run.width, run.ascent), (0.0, run.ascent)]
    if not anchored:
        corners = [(cos * x - sin * y, sin * x + cos * y) for x, y in corners]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    x = {"left": min(xs), "right": max(xs), "center": (min(xs) + max(xs)) / 2}[across]
    y = {"bottom": min(ys), "top": max(ys), "center": (min(ys) + max(ys)) / 2}[along]
    return (cos * x - sin * y, sin * x + cos * y) if anchored else (x, y)
