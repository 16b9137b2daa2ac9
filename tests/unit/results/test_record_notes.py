"""Notes on records in the language of the reader: all of the shipped table, with the figures of the original."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import portal.pipeline.shoter
from portal.domain.status import Lang
from portal.pipeline.shoter.names import ranks_of
from portal.pipeline.shoter.pairs import find_helpers
from portal.results.record_notes import NOTES_TABLE, RecordNote, dose_with_signs, note_in

FACTS = Path(portal.pipeline.shoter.__file__).parent / "data" / "specificity.csv"
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def shipped_notes() -> list[str]:
    return sorted({row["note"] for row in rows(FACTS)} - {""})


def test_every_note_of_the_shipped_table_has_its_chinese() -> None:
    assert [note for note in shipped_notes() if note_in(note, Lang.ZH).lang] == []


def test_a_translation_has_the_figures_of_its_original_and_is_chinese() -> None:
    for row in rows(NOTES_TABLE):
        english, chinese = row["english"], row["chinese"]
        if not chinese:
            continue
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
        figures = set(_FIGURE.findall(re.sub(r"\b2nd\b|\b7 days\b|\bcm2\b", "", english)))
        assert figures <= set(_FIGURE.findall(chinese)), english


def test_what_has_no_chinese_is_a_name() -> None:
    same = [row["english"] for row in rows(NOTES_TABLE) if not row["chinese"]]
    words = {word for note in same for word in re.findall(r"\b[a-z]{3,}\b", note)}
    assert words <= {"medellin", "aizawai", "higo", "fukuokaensis", "sotto", "entomocidus", "kyushuensis",
                     "jegathesan", "popilliae", "parasporin"}  # fmt: skip


@pytest.mark.parametrize(
    ("note", "lang", "shown"),
    [
        ("inactive at 100 ug/ml", Lang.EN, RecordNote("inactive at 100 µg/ml")),
        ("inactive at 100 ug/ml", Lang.ZH, RecordNote("100 µg/ml 时无活性")),
        ("Sip1Aa", Lang.ZH, RecordNote("Sip1Aa")),
        ("a note of another table, 5 ug/cm2", Lang.ZH, RecordNote("a note of another table, 5 µg/cm²", "en")),
    ],
)
def test_a_note_is_in_the_language_of_the_reader_or_says_that_it_is_english(
    note: str, lang: Lang, shown: RecordNote
) -> None:
    assert note_in(note, lang) == shown


def test_the_note_on_helpers_has_its_chinese() -> None:
    names = [(name, ranks_of(name)) for name in ("Cyt1Aa1", "Cry4Aa1")]
    [helper] = find_helpers(names)
    assert note_in(helper.note, Lang.ZH).lang == ""


def test_a_dose_has_unit_symbols_and_the_dash_of_a_range() -> None:
    assert dose_with_signs("LC50 1.1-4.1 ng/cm2") == "LC50 1.1–4.1 ng/cm²"
    assert dose_with_signs("LC50 >2500 ug/ml") == "LC50 >2500 µg/ml"
