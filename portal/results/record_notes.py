"""Notes on the records of the literature, in the language of a reader.

The table of facts has them in English. `data/record_notes.csv` has the Chinese of the notes of the shipped table; a
note that only names something (a strain, a protein) has none there and is the same in both languages. What is not in
that file, as with another table of facts, stays English and says so.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.domain.status import Lang

_RANGE = re.compile(r"(?<=\d)-(?=\d)")
NOTES_TABLE = Path(__file__).parent / "data" / "record_notes.csv"


@dataclass(frozen=True)
class RecordNote:
    """A note as it is shown; `lang` is the language of its words, empty for that of the reader."""

    text: str
    lang: str = ""


def with_signs(text: str) -> str:
    """Return a note with proper unit symbols, which the table of facts writes in ASCII."""
    for plain, sign in (("ug/", "µg/"), ("/ul", "/µl"), ("cm2", "cm²")):
        text = text.replace(plain, sign)
    return text


def dose_with_signs(dose: str) -> str:
    """Return a dose with proper unit symbols and the dash of a range: `LC50 1.1–4.1 ng/cm²`."""
    return _RANGE.sub("–", with_signs(dose))


def note_in(note: str, lang: Lang) -> RecordNote:
    """Return a note in a language, with or without its unit symbols as it comes."""
    text = with_signs(note)
    if lang is not Lang.ZH:
        return RecordNote(text)
    chinese = _chinese().get(text)
    if chinese is None:
        return RecordNote(text, Lang.EN)
    return RecordNote(chinese or text)


@cache
def _chinese() -> Mapping[str, str]:
    """Return the Chinese by the English note with unit symbols; empty for a name."""
    with NOTES_TABLE.open(encoding="utf-8", newline="") as stream:
        return {with_signs(row["english"]): with_signs(row["chinese"]) for row in csv.DictReader(stream)}
