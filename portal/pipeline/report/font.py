"""Embed the Chinese characters of a report as a font, for machines without one."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from portal.pipeline import plots

FONT = Path(plots.__file__).parent / "data" / "bttoxin-sans-sc-regular.otf"


def embedded_font(text: str) -> str:
    """Return a WOFF font with the characters of `text` as base64; the same text gives the same bytes."""
    # fontTools comes with matplotlib; it is slow to import, and English reports do not need it.
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # The boxes stay those of the whole font, which has no hints: to compute either again doubles the time.
    with TTFont(FONT, recalcTimestamp=False, recalcBBoxes=False, lazy=True) as font:
        options = subset.Options(notdef_outline=True)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes={ord(sign) for sign in text if ord(sign) > 0x7F})
        subsetter.subset(font)
        font.flavor = "woff"
        out = io.BytesIO()
        font.save(out)
    return base64.b64encode(out.getvalue()).decode()
