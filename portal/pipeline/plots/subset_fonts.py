"""Make the small fonts for pictures and reports from the full Noto fonts.

    python -m portal.pipeline.plots.subset_fonts NOTO_SANS_FOLDER NOTO_SANS_CJK_REGULAR_TTC

Noto is under the SIL Open Font License 1.1, which allows subsets to be distributed with software as long as the
licence is included (`data/OFL.txt`) and the subset is not sold on its own. The subsets have names of their own, so
that no program confuses them with the full fonts. This is needed again only if a text uses a character that they
lack; a test reports that.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

from portal.pipeline.plots.own_texts import own_signs

LATIN_FACES = ("Regular", "Bold", "Italic", "BoldItalic")
LATIN_FAMILY = "Bttoxin Sans"
CHINESE_FAMILY = "Bttoxin Sans SC"
CHINESE_FACE = "Noto Sans CJK SC"
DATA = Path(__file__).parent / "data"


def latin_characters() -> set[int]:
    """Return the characters for names, numbers and units: Latin, Greek and scientific symbols."""
    signs = "–—‘’“”…•≥≤≈≠−×±·°′″→←↔↑↓≡∞%‰μ"
    return set(range(0x20, 0x7F)) | set(range(0xA0, 0x250)) | set(range(0x391, 0x3CA)) | {ord(sign) for sign in signs}


def chinese_characters() -> set[int]:
    """Return level 1 of GB 2312 (the 3,755 common characters), its punctuation, and what our texts use beyond it.

    Those are the prose, the labels, the catalogue and the names of species, so that none is an empty box in a picture.
    """
    points = {ord(sign) for sign in "·×—…≥≤±“”‘’"}
    points |= {ord(sign) for sign in own_signs()}
    for row in (*range(0xA1, 0xA4), *range(0xB0, 0xD8)):
        for cell in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue  # a gap in the standard's table
    return points


def _rename(font: TTFont, family: str, style: str) -> None:
    names = {
        1: family,
        2: style,
        4: f"{family} {style}",
        6: f"{family} {style}".replace(" ", ""),
        16: family,
        17: style,
    }
    for record in list(font["name"].names):
        if record.nameID in names:
            record.string = names[record.nameID]
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames[0] = names[6]
        cff.topDictIndex[0].FamilyName = family
        cff.topDictIndex[0].FullName = names[4]


def write_subset(font: TTFont, characters: set[int], family: str, style: str, out: Path) -> None:
    """Write the available ones of `characters` in `font` under a new family name."""
    options = subset.Options(
        hinting=False,
        desubroutinize=True,
        layout_features=["kern"],
        name_IDs=[0, 1, 2, 4, 6, 13, 14],
        notdef_outline=True,
    )
    options.drop_tables += ["GSUB", "vhea", "vmtx", "VORG", "BASE", "GDEF", "MATH"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    font.recalcTimestamp = False
    subsetter.subset(font)
    _rename(font, family, style)
    font.save(out)
    print(f"{out.name}: {out.stat().st_size / 1024:.0f} KiB, {len(font.getBestCmap())} characters")


def main(latin_folder: str, chinese_collection: str) -> None:
    """Write the five files into `data/`."""
    for face in LATIN_FACES:
        font = TTFont(Path(latin_folder) / f"NotoSans-{face}.ttf")
        write_subset(font, latin_characters(), LATIN_FAMILY, face, DATA / f"bttoxin-sans-{face.lower()}.ttf")
    faces = TTCollection(chinese_collection).fonts
    chinese = next(face for face in faces if face["name"].getDebugName(1) == CHINESE_FACE)
    write_subset(chinese, chinese_characters(), CHINESE_FAMILY, "Regular", DATA / "bttoxin-sans-sc-regular.otf")


if __name__ == "__main__":
    main(*sys.argv[1:])
