"""What the pages say of genes that are broken, and of tests whose toxin the strain has only a relative of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from tests.builders import BuiltTask, Site, rewrite_result
from tests.pipeline.plots.result_files import concluded
from tests.web.batch import Batch
from tests.web.pages import grid_text
from tests.web.pages.conftest import Open

Change = Callable[[dict[str, Any]], None]


def built_with(site: Site, change: Change) -> BuiltTask:
    """Return a task whose strain is another one; the conclusion is drawn from it anew."""
    built = site.task()
    path = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    document = json.loads(path.read_text())
    change(document["strains"][0])
    document["strains"] = [concluded(strain) for strain in document["strains"]]
    rewrite_result(path, json.dumps(document).encode())
    return built


def units(**changes: Any) -> Change:
    def change(strain: dict[str, Any]) -> None:
        for unit in strain["units"]:
            unit.update(changes)

    return change


def weak_and_broken(strain: dict[str, Any]) -> None:
    units(flags=["internal_stop"])(strain)
    for order in strain["orders"]:
        if order["score"] is not None:
            order.update(score=round(0.2 * order["score"], 4), low=0.0)


def text_of(markup: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", markup))).strip()


def heading(page: str) -> str:
    found = re.search(r'<h2 id="verdict-title">(.*?)</h2>', page, re.DOTALL)
    assert found
    return text_of(found[1])


@pytest.mark.parametrize(
    ("change", "english", "chinese"),
    [
        (
            weak_and_broken,
            r"Toxins were found, but the genes of those that would act are broken: the published evidence points to no "
            r"pest",
            r"检出了毒素，但其中可能起作用的毒素基因均已受损：已发表的证据不足以指向任何害虫",
        ),
        (
            units(flags=["frameshift"]),
            r"Likely acts on .*Lepidoptera.* \(but the genes of the toxins behind this are broken\)",
            r"很可能作用于.*鳞翅目.*（但相应毒素的基因均已受损）",
        ),
        (units(flags=["contig_edge", "core_whole"]), r"Likely acts on [^(]*", r"很可能作用于[^（]*"),
        (
            units(flags=["contig_edge"]),
            r"Likely acts on .*Lepidoptera.* \(if the genes of the toxins behind this are whole: only parts .* seen\)",
            r"很可能作用于.*鳞翅目.*（前提是相应毒素的基因完整：目前只见到一部分）",
        ),
    ],
    ids=["no_pest", "likely", "cut_behind_the_core", "cut"],
)
def test_the_heading_says_that_the_genes_are_broken_or_cut(
    site: Site, client: FlaskClient, open_task: Open, change: Change, english: str, chinese: str
) -> None:
    address = open_task(built_with(site, change))
    for lang, words in (("en", english), ("zh", chinese)):
        assert re.fullmatch(words, heading(client.get(f"{address}?lang={lang}").text))
        assert re.fullmatch(words, text_of(client.get(f"{address}/verdict?lang={lang}").text))


@pytest.mark.parametrize(
    ("change", "english", "chinese"),
    [
        (units(identity_percent=95.0), "the toxin itself", "该毒素本身"),
        (units(identity_percent=82.04), "a relative at 82.0 %", "近缘毒素，一致性 82.0 %"),
        (units(identity_percent=94.98), "a relative at 94.9 %", "近缘毒素，一致性 94.9 %"),
        (
            units(flags=["remnant"]),
            "the toxin itself; the gene is broken here",
            "该毒素本身；该菌株中的基因已受损",
        ),
        (
            units(identity_percent=91.0, flags=["internal_stop"]),
            "a relative at 91.0 %; the gene is broken here",
            "近缘毒素，一致性 91.0 %；该菌株中的基因已受损",
        ),
    ],
    ids=["same", "relative", "just_below", "broken", "broken_relative"],
)
def test_the_records_say_how_close_the_tested_toxin_is(
    site: Site, client: FlaskClient, open_task: Open, change: Change, english: str, chinese: str
) -> None:
    address = open_task(built_with(site, change))
    for lang, words in (("en", english), ("zh", chinese)):
        for page in (f"{address}/evidence", f"{address}/toxins/L1"):
            rows = re.findall(r'<tr id="F\d+">.*?</td>', client.get(f"{page}?lang={lang}").text, re.DOTALL)
            assert rows, page
            for row in rows:
                told = re.search(r"<td>(.*?)<span", row, re.DOTALL)
                assert told, row
                assert text_of(told[1]) == words
        chips = re.findall(r'<span class="chip">([^<]*82[^<]*)</span>', client.get(f"{address}?lang={lang}").text)
        expected = {"en": "of a relative at 82.0 %", "zh": "近缘毒素，一致性 82.0 %"}[lang]
        assert set(map(text_of, chips)) == ({expected} if "82" in words else set())


def weak_and_cut(strain: dict[str, Any]) -> None:
    weak_and_broken(strain)
    units(flags=["contig_edge"])(strain)


@pytest.mark.parametrize(
    ("change", "english", "chinese"),
    [
        (weak_and_cut, "Cannot be told (genes cut)", "无法判断（基因被截断）"),
        (weak_and_broken, "No pest supported (genes broken)", "证据不足以指向任何害虫（基因受损）"),
    ],
    ids=["cut", "broken"],
)
def test_a_row_of_a_grid_has_the_same_in_few_words(
    site: Site, client: FlaskClient, change: Change, english: str, chinese: str
) -> None:
    batch = Batch(site, "A")
    batch.put(1)
    path = site.portal.task(batch.task_id(1)).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    document = json.loads(path.read_text())
    change(document["strains"][0])
    document["strains"] = [concluded(strain) for strain in document["strains"]]
    rewrite_result(path, json.dumps(document).encode())
    batch.open(client)
    for lang, words in (("en", english), ("zh", chinese)):
        assert words in grid_text.text(grid_text.row(client.get(f"{batch.page}?lang={lang}").text, 1))
