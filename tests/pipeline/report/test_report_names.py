"""What the report is called: names of files and strains are text, in any script."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import escape

from portal.files.taskdir import strain_name
from tests.pipeline.report.report_page import Page
from tests.pipeline.report.written import written


def test_names_are_text_in_both_forms(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>|[a](javascript:b)*c*"

    html, markdown = written(tmp_path, name=evil, display_name=f"{evil}\n# heading", strain=evil)
    page = Page(html)

    assert page.addresses == []
    assert "img" not in page.tags
    assert "<img src=x" not in markdown
    assert "](javascript" not in markdown
    assert "\n# heading" not in markdown
    assert evil in page.words


@pytest.mark.parametrize("form", [0, 1], ids=["html", "markdown"])
def test_results_without_a_task_name_none(tmp_path: Path, form: int) -> None:
    assert "Task:" not in written(tmp_path, task_id="")[form]


@pytest.mark.parametrize(
    ("file", "title"), [("苏云金 <b>.fna", "苏云金 <b>"), ("Kurşun é.FASTA", "Kurşun é"), ("a b.fa", "a b")]
)
def test_the_title_is_the_name_of_the_file_in_any_script(tmp_path: Path, file: str, title: str) -> None:
    strain = strain_name(file)
    html, markdown = written(tmp_path, display_name=f"{file}", strain=strain)
    found = Page(html)
    assert f"<title>{escape(title)} – " in html
    assert f"<h1><bdi>{escape(title)}</bdi>" in html
    assert "b" not in found.tags
    assert strain not in found.words
    assert markdown.lstrip().startswith(f"# {escape(title)}: ")


def test_a_title_of_other_results_is_their_strain(tmp_path: Path) -> None:
    html, _ = written(tmp_path, display_name="–", strain="HD-73")
    assert "<title>HD-73 – " in html


def test_a_name_of_an_earlier_version_reorders_nothing(tmp_path: Path) -> None:
    html, markdown = written(tmp_path, display_name="a\u202eb\u200b.fna")
    assert not {"\u202e", "\u200b"} & set(html + markdown)
