"""The page leads to the report in the language of its reader, where the task has one."""

from __future__ import annotations

import pytest

from portal.domain.status import Lang
from portal.results.media import content_type
from portal.results.names import report_names
from portal.services.answers import ResultFile
from portal.web.pages.score_view import arrange


def file(name: str) -> ResultFile:
    return ResultFile(name, "bundle", "4_Report", 1, "0" * 64, content_type(name))


@pytest.mark.parametrize("reader", Lang)
@pytest.mark.parametrize("task", Lang)
def test_the_report_in_the_language_of_the_reader_comes_first(task: Lang, reader: Lang) -> None:
    files = [file(name) for lang in Lang for name in report_names(lang, task)]
    shelf = arrange(files, "bundle.zip", reader, ())
    assert shelf.report[0].name == report_names(reader, task)[0]


@pytest.mark.parametrize("reader", Lang)
def test_a_task_of_an_earlier_version_has_one_report(reader: Lang) -> None:
    shelf = arrange([file("report.html"), file("report.md")], "bundle.zip", reader, ())
    assert [each.name for each in shelf.report] == ["report.html"]
