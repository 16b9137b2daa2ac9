"""Drawing surface of the pictures: sizes in inches, bundled fonts, reproducible bytes.

Pictures are 5.6 inches wide with text of 7-8 points: they fit the column of an A4 page, and on a phone the text
is as large as the page's small print.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from portal.pipeline.plots.lettering import FAMILIES, LATIN, Label, drawable, register_fonts, shorten, wrap

WIDTH_IN = 5.6
MARGIN_IN = 0.14
TITLE_PT = 10.0
TEXT_PT = 7.5
SMALL_PT = 6.5
FOOTER_PT = 5.6
FOOTER_IN = 0.34
FOOTER_LINE_IN = 0.12
INK = "#1f2328"
MUTED = "#6b7280"
RULE = "#c9ced6"
PNG_DPI = 200
# Browsers and phones refuse pictures with much longer sides.
PNG_MAX_PIXELS = 12000
PNG_COMPRESSION = 3  # twice as fast as the default of 6, and the files are 6 % larger

_RC: dict[str, Any] = {
    "font.family": FAMILIES,
    "font.size": TEXT_PT,
    "text.color": INK,
    "text.parse_math": False,  # a strain may be called "a$b$"
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "path",  # looks the same if the font is not installed
    "svg.hashsalt": "bttoxin-portal",  # otherwise ids, and hence bytes, differ from run to run
    "path.simplify": True,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the portal's settings for the duration of one picture."""
    register_fonts()
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's matplotlibrc must not change a result
        mpl.rcParams.update(cast(Any, _RC))
        yield


@dataclass(frozen=True)
class Sheet:
    """One picture of a fixed size; positions are inches from its left and top edges."""

    figure: Figure
    width: float
    height: float

    @classmethod
    def blank(cls, height: float, width: float = WIDTH_IN) -> Sheet:
        """Return an empty white sheet."""
        figure = Figure(figsize=(width, height), facecolor="white")
        FigureCanvasAgg(figure)
        return cls(figure, width, height)

    def axes(self, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
        """Return axes that fill a box."""
        box = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box, **options)

    def canvas_axes(self) -> Axes:
        """Return invisible axes over the whole sheet, in inches, with y growing downwards."""
        axes = self.figure.add_axes((0, 0, 1, 1), zorder=-1)
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        axes.axis("off")
        return axes

    def text(self, left: float, top: float, text: str, *, size: float = TEXT_PT, **options: Any) -> Label:
        """Write text; by default `left`, `top` is its top left corner."""
        text = drawable(text)
        options.setdefault("va", "top")
        if options.get("weight") == "bold":
            options.update(_bold(text))
        label = Label(left / self.width, 1 - top / self.height, text, size=size, **options)
        label.set_transform(self.figure.transFigure)
        self.figure.add_artist(label, clip=False)
        return label

    def title(self, text: str, subtitle: str = "") -> float:
        """Write title and subtitle and return the position below them."""
        self.text(MARGIN_IN, MARGIN_IN, text, size=TITLE_PT, weight="bold")
        if not subtitle:
            return MARGIN_IN + 0.26
        self.text(MARGIN_IN, MARGIN_IN + 0.2, shorten(subtitle, self.width - 2 * MARGIN_IN, TEXT_PT), color=MUTED)
        return MARGIN_IN + 0.42

    def footer(self, text: str) -> None:
        """Write the footer at the lower edge, wrapped to at most two lines."""
        lines = wrap(text, self.width - 2 * MARGIN_IN, FOOTER_PT)[:2]
        for above, line in enumerate(reversed(lines)):
            y = self.height - 0.08 - above * FOOTER_LINE_IN
            self.text(MARGIN_IN, y, line, size=FOOTER_PT, color=MUTED, va="bottom")


def _bold(text: str) -> dict[str, Any]:
    # The Chinese font has one weight; for any other, matplotlib logs a warning per picture.
    return {"family": LATIN} if all(ord(sign) < 0x2E80 for sign in text) else {"weight": "normal"}


def save(sheet: Sheet, stem: Path, *, title: str, description: str) -> tuple[str, str]:
    """Write `<stem>.svg` and `<stem>.png` and return their names; the same picture gives the same bytes."""
    svg, png = stem.with_name(stem.name + ".svg"), stem.with_name(stem.name + ".png")
    facts = {"Title": title, "Description": description}
    sheet.figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": "bttoxin-portal", **facts})
    dpi = min(PNG_DPI, PNG_MAX_PIXELS / max(sheet.width, sheet.height))
    sheet.figure.savefig(
        png,
        format="png",
        dpi=dpi,
        metadata={"Software": "bttoxin-portal", **facts},
        pil_kwargs={"compress_level": PNG_COMPRESSION},
    )
    return svg.name, png.name
