"""Sections of the page of results: which bioassay, candidates, screening; and results that have none of these."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from tests.builders import Site
from tests.web.pages.conftest import Open
from tests.web.pages.edited_results import edit, leave_out


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["panC group IV (cereus sensu stricto)", "2 of 3 genes", "hblC 56.2 % over 98 % (distant relative)",
             "cytotoxin K", "capB 91.0 % over 40 % (part)", "not a clinical, food-safety or regulatory statement"],
        ),
        ("zh", ["属于蜡样芽孢杆菌群", "3 个基因中的 2 个", "远缘同源", "细胞毒素 K", "不是临床、食品安全或监管结论"]),
    ],
)  # fmt: skip
def test_the_screening_is_told_as_a_screening(
    site: Site, client: FlaskClient, open_task: Open, lang: str, words: list[str]
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    section = text.partition('id="screening-title"')[2].partition("</section>")[0].replace("\N{NO-BREAK SPACE}", " ")
    assert [word for word in words if word not in section] == []


@pytest.mark.parametrize(("lang", "heading"), [("en", "Not found:"), ("zh", "未检出：")])
def test_what_the_screening_did_not_find_is_one_sentence_and_no_row(
    site: Site, client: FlaskClient, open_task: Open, lang: str, heading: str
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    table = text.partition('<table class="data stack" id="screening">')[2].partition("</table>")[0]
    sentence = text.partition('id="screened-absent"')[2].partition("</p>")[0]
    absent = "(Bps)" if lang == "en" else "（Bps）"
    assert heading in sentence
    assert absent in sentence
    assert absent not in table
    assert table.count("<tr>") == table.count('class="chip num') + 1, "each row has genes"


def test_what_a_score_rests_on_is_one_line_and_sentences_behind_it(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    text = client.get(open_task(site.task())).text.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
    table = text.partition('class="scores main-scores"')[2].partition("</table>")[0]
    cells = re.findall(r'<td class="basis">(.*?)</td>', table, re.DOTALL)
    lines = [re.findall(r'<details class="printed"><summary>(.*?)</summary>', cell) for cell in cells]
    told = r"(\d+ % of strains with such a score act|uncalibrated) · (own toxins:|tests only|no published test) "
    assert cells
    assert [
        cell for cell, line in zip(cells, lines, strict=True) if not (len(line) == 1 and re.match(told, line[0]))
    ] == []
    assert any(re.search(r"own toxins: [1-9]\d* tests with effect, \d+ without$", line) for [line] in lines)
    assert [cell for cell in cells if "of its own toxins" not in cell.partition("</summary>")[2]] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ["To test first:", "diamondback moth"]), ("zh", ["建议先测：", "小菜蛾"])],
)
def test_the_answer_names_the_species_to_test_first(
    site: Site, client: FlaskClient, open_task: Open, lang: str, words: list[str]
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    answer = text.partition('id="verdict-title"')[2].partition("</section>")[0]
    assert [word for word in (*words, "Plutella xylostella", 'href="#bioassays-title"') if word not in answer] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Which bioassay to order", "draws no further conclusion", "Plutella xylostella", "diamondback moth"]),
        ("zh", ["建议的生物测定", "不另作结论", "Plutella xylostella", "小菜蛾"]),
    ],
)
def test_species_to_test_are_listed(
    site: Site, client: FlaskClient, open_task: Open, lang: str, words: list[str]
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    section = text.partition('id="bioassays-title"')[2].partition("</section>")[0]
    assert [word for word in words if word not in section] == []
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", section, re.DOTALL)
    assert len(rows) == section.count("</tr>") - section.count("<thead>")
    assert {row.count("<td") for row in rows} == {5}
    assert all(re.search(r"(own|自身) \d\.\d\d(, with relatives|，含近缘毒素) \d\.\d\d", row) for row in rows)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["Candidates for new toxins", "current BPPRC database", "protein ready for a naming request", "#locus-L"],
        ),
        ("zh", ["候选新毒素", "最新的 BPPRC 数据库", "蛋白质序列可用于命名申请", "#locus-L"]),
    ],
)
def test_candidates_for_new_toxins_are_listed(
    site: Site, client: FlaskClient, open_task: Open, lang: str, words: list[str]
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    section = text.partition('id="candidates-title"')[2].partition("</section>")[0]
    assert [word for word in words if word not in section] == []


def test_results_without_candidates_are_shown_as_before(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    leave_out(site, built, PipelineStage.DIGGER, "candidates.json")
    text = client.get(open_task(built)).text
    assert "7 toxin genes" in text
    assert 'id="candidates-title"' not in text


def test_results_without_a_shortlist_are_shown_as_before(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    leave_out(site, built, PipelineStage.SHOTER, "bioassays.json")
    text = client.get(open_task(built)).text
    assert "7 toxin genes" in text
    assert "To test first" not in text
    assert 'id="bioassays-title"' not in text


def test_a_task_that_was_not_screened_says_what_to_do(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    nothing: dict[str, Any] = {"panel": None, "membership": None, "pan_c": None, "genes": [], "is_whole": False}
    edit(site, built, "digger", "screening.json", lambda data: data.update(nothing))
    section = client.get(open_task(built)).text.partition('id="screening-title"')[2].partition("</section>")[0]
    assert "btportal reference fetch" in section
    assert "<table" not in section


def test_results_without_a_screening_are_shown_as_before(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    leave_out(site, built, PipelineStage.DIGGER, "screening.json")
    text = client.get(open_task(built)).text
    assert "7 toxin genes" in text
    assert 'id="screening-title"' not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_of_a_missing_screening_is_code(
    site: Site, client: FlaskClient, open_task: Open, lang: str
) -> None:
    built = site.task()
    nothing: dict[str, Any] = {"panel": None, "membership": None, "pan_c": None, "genes": []}
    edit(site, built, "digger", "screening.json", lambda data: data.update(nothing))
    section = client.get(f"{open_task(built)}?lang={lang}").text.partition('id="screening-title"')[2]
    section = section.partition("</section>")[0]
    assert "<code>btportal reference fetch</code>" in section
    assert "`" not in section
