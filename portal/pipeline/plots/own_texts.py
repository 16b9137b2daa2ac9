"""The characters that the portal's own texts bring to pictures, reports and READMEs, from the texts themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.domain.catalogue.table import MODULES, texts_of
from portal.results import species
from portal.shipped import TEMPLATES, shipped_folder

# Groups of the catalogue with texts of every report.
_REPORT_GROUPS = ("bioassays", "candidates", "contents", "loci", "remark", "scores", "screening")
_PROSE = (Path(__file__).with_name("words.py"), Path(__file__).parents[1] / "report" / "prose_zh.py")
# Below are letters and accents, of which every system has a font.
_FIRST = 0x2000


def foreign(text: str) -> set[str]:
    """Return the characters of a text for which a system may have no font."""
    return {sign for sign in text if ord(sign) >= _FIRST}


def report_signs() -> set[str]:
    """Return the characters of a report's own texts: prose, labels, templates, catalogue, names of species."""
    return foreign("".join((*_fixed_texts(), *_catalogue(_REPORT_GROUPS))))


def own_signs() -> set[str]:
    """Return the characters of all texts of the portal that a job can write: those of reports, and every message."""
    return foreign("".join((*_fixed_texts(), *_catalogue(MODULES))))


def _fixed_texts() -> Iterator[str]:
    paths = (*_PROSE, *(shipped_folder(TEMPLATES) / "report").glob("*.j2"), species.SPECIES_TABLE)
    yield from (path.read_text(encoding="utf-8") for path in paths)


def _catalogue(modules: Iterable[str]) -> Iterator[str]:
    for module in modules:
        yield from (text.zh for text in texts_of(module).values())
