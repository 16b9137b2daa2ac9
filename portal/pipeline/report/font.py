"""Embed the Chinese characters of a report as a font, for machines without one.

    python -m portal.pipeline.report.font

makes the ready font again from the report's own texts. A report needs no other characters unless a name brings them;
only then is a font made for it, which takes longer than writing the report.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

from portal.pipeline import plots
from portal.pipeline.plots.own_texts import foreign, report_signs

FONT = Path(plots.__file__).parent / "data" / "bttoxin-sans-sc-regular.otf"
READY = Path(__file__).parent / "data" / "report-sc.woff"
_READY_SIGNS = READY.with_suffix(".txt")


def embedded_font(text: str) -> str:
    """Return a WOFF font with the characters of `text` as base64; the same text gives the same bytes."""
    signs = foreign(text)
    if signs <= set(_READY_SIGNS.read_text(encoding="utf-8")):
        return base64.b64encode(READY.read_bytes()).decode()
    return base64.b64encode(subset_font(signs)).decode()


def subset_font(signs: set[str]) -> bytes:
    """Return a WOFF font with those of some characters that FONT has."""
    # fontTools comes with matplotlib; it is slow to import, and most reports do not need it.
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # The boxes stay those of the whole font, which has no hints: to compute either again doubles the time.
    with TTFont(FONT, recalcTimestamp=False, recalcBBoxes=False, lazy=True) as font:
        options = subset.Options(notdef_outline=True)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes={ord(sign) for sign in signs})
        subsetter.subset(font)
        font.flavor = "woff"
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()


def main() -> None:
    """Write the ready font and the list of its characters."""
    signs = report_signs()
    READY.write_bytes(subset_font(signs))
    _READY_SIGNS.write_text("".join(sorted(signs)), encoding="utf-8")


if __name__ == "__main__":
    main()
