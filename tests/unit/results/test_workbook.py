"""Tables as workbooks, read back by openpyxl and pandas: text stays text, nothing is computed, nothing grows."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import pytest
from openpyxl.utils.escape import unescape

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.results import workbook as module
from portal.results.column_words import NAMES, column_words
from portal.results.tables import Kind
from portal.results.workbook import AboutTable, workbook

MADE = datetime(2026, 3, 1, 9, 0, 7, tzinfo=UTC)
TEXTS = [
    "007", "1e5", "NA", "nan", "TRUE", "=1+1", "+1", "-1", "@SUM(A1)", "{=1+1}", "=HYPERLINK(\"http://evil\")",
    "https://evil.example/x", "mailto:a@b", "internal:Sheet1!A1", "external:c:\\x", "2026-03-01", "1/2", "  spaces  ",
    "a\tb\nc", "<r><t>x</t></r>", "<r></r>", "<b>&amp;\"'", "苏云金芽孢杆菌", "𠀀𠀁", "_x0041_", "a\x00b\x1fc",
    "'007", "-", "+",
]  # fmt: skip


def about(facts: Iterable[tuple[Message, str]] = (), lang: Lang = Lang.EN, words: Message | None = None) -> AboutTable:
    listed = list(facts)
    return AboutTable(lang, MADE, lambda: listed, words)


def made(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Kind | None], told: AboutTable | None = None
) -> bytes:
    return b"".join(workbook("toxins", rows, columns, told or about()))


def sheets(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}


@pytest.mark.parametrize("kind", ["text", None])
def test_text_stays_what_it_is(kind: Kind | None) -> None:
    data = made(({"strain": text} for text in TEXTS), {"strain": kind})
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [row[0] for row in book["toxins"].iter_rows(min_row=2)]
    assert [unescape(cell.value) for cell in cells] == TEXTS
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            assert "<f>" not in text, name
            assert "<hyperlink " not in text, name
    read = pandas.read_excel(io.BytesIO(data), dtype=str, keep_default_na=False)
    assert [unescape(value) for value in read["strain"]] == TEXTS


def test_pandas_reads_names_of_numbers_as_text_and_scores_as_numbers() -> None:
    data = made(
        [{"strain": "007", "score": 0.5}, {"strain": "1e5", "score": None}], {"strain": "text", "score": "float"}
    )
    read = pandas.read_excel(io.BytesIO(data), dtype={"strain": str}, keep_default_na=False, na_values={"score": [""]})
    assert list(read["strain"]) == ["007", "1e5"]
    assert read["score"].dtype == float
    assert list(read["score"].isna()) == [False, True]


def test_values_have_their_types_and_what_is_unknown_is_empty() -> None:
    columns: dict[str, Kind | None] = {
        "label": "text", "score": "float", "toxins": "int", "partial": "bool", "submitted": "time", "name": "text",
        "ties": None,
    }  # fmt: skip
    nothing: dict[str, Any] = {**dict.fromkeys(columns), "label": "b"}
    rows = [
        {"label": "a", "score": 0.1234567890123, "toxins": 0, "partial": False, "name": "x", "ties": ["a", "b"],
         "submitted": "2026-03-01T10:00:07+01:00"},
        nothing,
        {**nothing, "score": float("nan"), "name": "", "ties": []},
    ]  # fmt: skip
    _, first, second, third = sheets(made(rows, columns))["toxins"]
    in_utc = datetime(2026, 3, 1, 9, 0, 7)  # noqa: DTZ001 - Excel has no zones
    assert first == ("a", 0.1234567890123, 0, False, in_utc, "x", "a;b")
    assert type(first[3]) is bool
    assert second == third == ("b", *(None,) * 6)


def test_the_header_is_frozen_and_filters() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(made([{"strain": "a", "score": 1.0}] * 3, {"strain": "text", "score": "float"}))
    )
    page = book["toxins"]
    assert (page.freeze_panes, page.auto_filter.ref) == ("B2", "A1:B4")
    empty = openpyxl.load_workbook(io.BytesIO(made([], {"strain": "text", "score": "float"})))["toxins"]
    assert [cell.value for cell in empty[1]] == ["strain", "score"]
    assert empty.auto_filter.ref == "A1:B1"


@pytest.mark.parametrize("lang", Lang)
def test_the_second_sheet_says_what_the_table_is(lang: Lang) -> None:
    facts = [(Message("column.fact.submission"), "=May"), (Message("column.fact.data"), "bpprc 2026.1")]
    told = about(facts, lang, Message("column.score_value"))
    lines = sheets(made([], {"label": "text", "identity_percent": "float", "Lepidoptera": "float"}, told))["about"]
    said = {line[0]: line[1] for line in lines if line[0]}
    assert said[Message("column.fact.submission").word(lang)] == "=May"
    assert said[Message("column.fact.data").word(lang)] == "bpprc 2026.1"
    assert said["identity_percent"] == Message("column.of.identity_percent").word(lang)
    assert said["Lepidoptera"] == Message("column.score_value").word(lang)
    assert lines[-1][1] == Message("column.rules").word(lang)


def test_facts_are_asked_for_when_the_rows_have_been_read() -> None:
    seen: list[str] = []

    def rows() -> Iterator[dict[str, str]]:
        for name in ("a", "b"):
            seen.append(name)
            yield {"strain": name}

    told = AboutTable(Lang.EN, MADE, lambda: [(Message("column.fact.data"), ", ".join(seen))])
    assert ("Reference and data", "a, b") in sheets(made(rows(), {"strain": "text"}, told))["about"]


def test_the_same_table_gives_the_same_bytes() -> None:
    assert made([{"strain": "a"}], {"strain": "text"}) == made([{"strain": "a"}], {"strain": "text"})


@pytest.mark.parametrize(("letter", "units"), [("x", 1), ("𠀀", 2)])
def test_longer_text_than_a_cell_holds_is_cut_with_a_sign(letter: str, units: int) -> None:
    fits, longer = letter * (32_767 // units), letter * 40_000
    _, first, second = sheets(made([{"strain": fits}, {"strain": longer}], {"strain": "text"}))["toxins"]
    assert first == (fits,)
    assert second == (letter * (32_766 // units) + "…",)


def test_half_a_character_makes_no_broken_file() -> None:
    assert sheets(made([{"strain": "a\ud800b"}], {"strain": "text"}))["toxins"][1] == ("a?b",)


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ROWS", 4)
    found = sheets(made(({"strain": str(n)} for n in range(7)), {"strain": "text"}))
    assert list(found) == ["toxins", "toxins 2", "toxins 3", "about"]
    assert [row[0] for name in list(found)[:3] for row in found[name][1:]] == [str(n) for n in range(7)]
    assert {found[name][0] for name in list(found)[:3]} == {("strain",)}


def test_an_error_while_reading_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[dict[str, str]]:
        yield {"strain": "a"}
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        made(rows(), {"strain": "text"})
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows() -> None:
    """In a process of its own: what other tests have left for the garbage collector would count too."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.results.workbook_memory"], capture_output=True, text=True, check=True
    )
    small, large = map(int, done.stdout.split())
    assert large - small < 300_000, (small, large)


def test_every_column_of_every_table_has_its_meaning_in_both_languages() -> None:
    assert len(NAMES) > 80
    for name in NAMES:
        words = column_words(name, "")
        assert words is not None
        assert words.is_known, name
        assert words.word(Lang.EN) != words.word(Lang.ZH) or name == "doi", name
    assert column_words("Lepidoptera", "scores") is None
    assert column_words("name", "tasks") != column_words("name", "toxins")
    assert column_words("meta_place", "tasks") == Message("column.metadata")
