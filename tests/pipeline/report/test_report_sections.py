"""Screening, bioassays and candidates in the report, in both forms and both languages."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.pipeline.report.render import render_report
from portal.results.reading import read_results
from tests.pipeline.plots.result_files import write_results
from tests.pipeline.report.report_page import Page
from tests.pipeline.report.written import header, written


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (Lang.EN, ["Screening for the Bacillus cereus group", "2 of 3 genes", "distant relative", "not a clinical"]),
        (Lang.ZH, ["蜡样芽孢杆菌群筛查", "3 个基因中的 2 个", "远缘同源", "不是临床"]),
        (Lang.EN, ["Candidates for new toxins", "current BPPRC database"]),
        (Lang.ZH, ["候选新毒素", "最新的 BPPRC 数据库"]),
        (Lang.EN, ["Which bioassay to order", "draws no further conclusion", "diamondback moth"]),
        (Lang.ZH, ["建议的生物测定", "不另作结论", "小菜蛾"]),
    ],
)
def test_screening_bioassays_and_candidates_are_in_both_forms(tmp_path: Path, lang: Lang, words: list[str]) -> None:
    html, markdown = written(tmp_path, lang)
    for text in (Page(html).words, markdown):
        assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("lang", "told", "why"),
    [
        (
            Lang.EN,
            ["own 4.50, with relatives 5.62", "order 0.10", "2 of its toxins act", "Cry2Aa1"],
            "above its order",
        ),
        (Lang.ZH, ["自身 4.50，含近缘毒素 5.62", "目 0.10", "2 种自身毒素有效", "Cry2Aa1（1 项）"], "高于其所在的目"),
    ],
)
def test_the_shortlist_in_both_forms_says_why_a_species_stands_where_it_does(
    tmp_path: Path, lang: Lang, told: list[str], why: str
) -> None:
    digger, shoter = write_results(tmp_path / "results", 3)
    listed, scored = shoter / "bioassays.json", shoter / "strain_species_scores.json"
    document, species = json.loads(listed.read_text()), json.loads(scored.read_text())
    first = document["strains"][0]["species"][0]
    toxins = [
        {"toxin": name, "role": "own", "identity_percent": 99.0, "effect": count, "no_effect": 0, "weak": 0,
         "contribution": 0.9} for name, count in (("Cry1Ac1", 3), ("Cry2Aa1", 1))
    ]  # fmt: skip
    first |= {"score": 0.93, "order_score": 0.1, "contribution_sum": 5.62, "own_sum": 4.5, "toxins": toxins}
    listed.write_text(json.dumps(document), encoding="utf-8")
    species["strains"][0]["species"][0]["score"] = 1.0
    scored.write_text(json.dumps(species), encoding="utf-8")
    html, markdown = render_report(read_results(digger, shoter), tmp_path, lang=lang, header=header())
    for text in (Page(html).words, markdown):
        assert [word for word in (*told, why) if word not in text] == []
    title = Message("bioassay.title").word(lang)
    rows = [line for line in markdown.partition(f"## {title}")[2].partition("\n## ")[0].splitlines() if line]
    table = [line for line in rows if line.startswith("|")]
    assert len(table) >= 3
    assert {line.count("|") for line in table} == {7}
    assert len(rows) == len(table) + 1, "nothing but the table and what it is"


def test_the_report_lists_species_as_the_shortlist_does(tmp_path: Path) -> None:
    """By their order's conclusion, what own toxins add, score and sum, to two decimals, whatever the file says."""
    results = read_results(*write_results(tmp_path / "results", 3))
    strain = results.strains[0]
    listed = results.species.strains[0]
    share = next(share for score in strain.targets for share in score.units)
    best = listed.species[0]
    alike = tuple(
        replace(best, species=name, score=score, units=(replace(share, contribution=part, own_contribution=own),))
        for name, score, part, own in (
            ("Aa", 0.912, 0.1, 0.0),
            ("Bb", 0.908, 0.3, 0.0),
            ("Cc", 0.95, 0.01, 0.0),
            ("Dd", 0.909, 0.2, 0.0),
            ("Ee", 0.5, 0.1, 0.1),
            ("Ff", 0.0, 0.0, 0.0),
        )
    )
    species = replace(results.species, strains=(replace(listed, species=alike),))
    changed = dataclasses.replace(results, species=species)
    html, markdown = render_report(changed, tmp_path, lang=Lang.EN, header=header())
    assert re.findall(r"^\| \*(\w\w)\* ", markdown, re.MULTILINE) == ["Ee", "Cc", "Bb", "Dd", "Aa", "Ff"]
    assert re.findall(r"<td><i>(\w\w)</i></td>", html) == ["Ee", "Cc", "Bb", "Dd", "Aa", "Ff"]


def test_results_of_an_earlier_version_have_neither_section(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results")
    (digger / "screening.json").unlink()
    (shoter / "bioassays.json").unlink()
    (digger / "candidates.json").unlink()
    html, markdown = render_report(read_results(digger, shoter), tmp_path, lang=Lang.EN, header=header())
    assert "Screening" not in html + markdown
    assert "Which bioassay" not in html + markdown
    assert "Candidates for" not in html + markdown


@pytest.mark.parametrize("lang", Lang)
def test_the_command_of_a_missing_screening_is_code(tmp_path: Path, lang: Lang) -> None:
    digger, shoter = write_results(tmp_path / "results")
    path = digger / "screening.json"
    nothing: dict[str, Any] = {"panel": None, "membership": None, "pan_c": None, "genes": []}
    path.write_text(json.dumps({**json.loads(path.read_text()), **nothing}), encoding="utf-8")
    html, _ = render_report(read_results(digger, shoter), tmp_path, lang=lang, header=header())
    assert "<code>btportal reference fetch</code>" in html
    assert "`btportal" not in html
