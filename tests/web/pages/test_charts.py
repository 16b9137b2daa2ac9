"""The data of the charts, and the pages that have charts."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

import portal.web
from portal.domain.status import Lang, TaskStatus
from portal.pipeline.plots.draw import draw_all
from portal.results.scores import ScoresDocument, SpeciesDocument
from portal.web.pages.charts import chart_data, pictures_of_charts
from tests.builders import BuiltTask, Site
from tests.pipeline.plots.result_files import write_results
from tests.web.pages.conftest import Open

_STATIC = Path(portal.web.__file__).parent / "static"
TEMPLATES = Path(__file__).parents[3] / "templates" / "html"
_MOST_BYTES = 40_000  # compressed, of one page; Vega comes on top where a chart is in sight


def _document(site: Site, built: BuiltTask, name: str) -> Any:
    path = site.portal.task(built.task_id).path / "attempts" / "1" / "shoter" / "out" / name
    return json.loads(path.read_text(encoding="utf-8"))


def _file(site: Site, built: BuiltTask, name: str) -> Any:
    return _document(site, built, name)["strains"][0]


@pytest.fixture
def built(site: Site) -> BuiltTask:
    return site.task()


@pytest.fixture
def data(client: FlaskClient, open_task: Open, built: BuiltTask) -> dict[str, Any]:
    answer = client.get(f"{open_task(built)}/charts?lang=en")
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_orders_are_those_of_the_scores_and_nobody_tested_is_not_zero(
    site: Site, built: BuiltTask, data: dict[str, Any]
) -> None:
    told = {row["label"]: row for row in data["orders"]}
    scored = _file(site, built, "strain_scores.json")["orders"]
    assert set(told) == {row["target"] for row in scored}
    states = {row["state"] for row in scored}
    assert {"no_evidence", "negative_only", "inconclusive"} <= states
    for row in scored:
        shown = told[row["target"]]
        untested = row["state"] in ("no_evidence", "inconclusive")
        assert shown["tested"] is not untested
        expected = [None] * 3 if untested else [row["score"], row["low"], row["high"]]
        assert [shown["score"], shown["low"], shown["high"]] == expected
        assert (shown["evidence"] is not None) == ((row["score"] or 0) > 0)


def test_each_row_leads_to_a_part_of_the_page(client: FlaskClient, open_task: Open, built: BuiltTask) -> None:
    address = open_task(built)
    data, page = client.get(f"{address}/charts").get_json(), client.get(address).text
    rows = [*data["orders"], *data["species"], *data["toxins"]["cells"]]
    leads = {row["evidence"] for row in rows if row["evidence"]}
    assert leads
    assert [lead for lead in leads if f'id="{lead}"' not in page] == []


def test_species_carry_their_order(site: Site, built: BuiltTask, data: dict[str, Any]) -> None:
    rows = _file(site, built, "strain_species_scores.json")["species"]
    assert [(row["label"], row["note"], row["score"]) for row in data["species"]] == [
        (row["species"], row["order"], row["score"]) for row in rows
    ]


def test_cells_say_what_each_toxin_contributes(site: Site, built: BuiltTask, data: dict[str, Any]) -> None:
    strain = _file(site, built, "strain_scores.json")
    names = {unit["unit_id"]: unit["name"] for unit in strain["units"]}
    expected = {
        (names[unit["unit_id"]], order["target"]): unit["contribution"]
        for order in strain["orders"]
        for unit in order["units"]
        if unit["state"] != "inconclusive"
    }
    cells = {(cell["toxin"], cell["label"]): cell for cell in data["toxins"]["cells"]}
    assert {place: cell["score"] for place, cell in cells.items() if cell["tested"]} == expected
    assert len(cells) == len(data["toxins"]["names"]) * len(data["toxins"]["orders"])
    assert any(not cell["tested"] and cell["score"] is None for cell in cells.values())


def test_species_stand_in_the_order_of_the_shortlist(site: Site, built: BuiltTask) -> None:
    listed = [row["species"] for row in _file(site, built, "bioassays.json")["species"]]
    by_species = _document(site, built, "strain_species_scores.json")
    by_species["strains"][0]["species"].reverse()
    scores = msgspec.convert(_document(site, built, "strain_scores.json"), ScoresDocument)
    data = chart_data(scores, msgspec.convert(by_species, SpeciesDocument))
    assert data is not None
    assert [row["label"] for row in data["species"]][: len(listed)] == listed


def test_genes_with_the_same_closest_toxin_keep_a_column_each(site: Site, built: BuiltTask) -> None:
    document = _document(site, built, "strain_scores.json")
    strain = document["strains"][0]
    for unit in strain["units"]:
        unit["name"] = "Cry1Aa1"
    data = chart_data(msgspec.convert(document, ScoresDocument), None)
    assert data is not None
    assert data["toxins"]["names"][:3] == ["Cry1Aa1", "Cry1Aa1 #2", "Cry1Aa1 #3"]
    units = [unit for order in strain["orders"] for unit in order["units"]]
    given = [unit["contribution"] for unit in units if unit["state"] != "inconclusive"]
    assert sorted(cell["score"] for cell in data["toxins"]["cells"] if cell["tested"]) == sorted(given)


def test_the_words_are_in_the_language_of_the_page(client: FlaskClient, open_task: Open, built: BuiltTask) -> None:
    data = client.get(f"{open_task(built)}/charts?lang=zh").get_json()
    assert data["words"]["score"] == "得分"
    assert "鳞翅目" in {row["label"] for row in data["orders"]}


def test_the_data_are_for_those_with_the_token(client: FlaskClient, site: Site) -> None:
    other = site.task()
    assert client.get(f"/tasks/{other.task_id}/charts").status_code == 401


@pytest.mark.parametrize("status", [TaskStatus.RUNNING, TaskStatus.QUEUED])
def test_a_task_without_scores_has_no_charts(
    client: FlaskClient, site: Site, open_task: Open, status: TaskStatus
) -> None:
    address = open_task(site.task(status))
    assert client.get(f"{address}/charts").status_code == 404
    assert "charts.js" not in client.get(address).text


def test_no_toxins_no_charts(client: FlaskClient, site: Site, open_task: Open) -> None:
    assert "charts.js" not in client.get(open_task(site.task(hits=0))).text


def test_each_chart_has_its_static_picture(client: FlaskClient, open_task: Open, built: BuiltTask) -> None:
    page = client.get(open_task(built)).text
    pictures = {
        "strain_target_scores.svg": "orders",
        "strain_target_species_scores.svg": "species",
        "per_hit_HD-1.svg": "toxins",
    }
    for name, kind in pictures.items():
        assert f'data-chart="{kind}"' in page
        assert page.count(f'<img src="/api/tasks/{built.task_id}/results/{name}"') == 1


def test_the_pictures_of_the_plots_stage_have_their_charts(tmp_path: Path) -> None:
    """By the names that the stage really gives them."""
    digger, shoter = write_results(tmp_path / "results")
    names = draw_all(digger, shoter, tmp_path, lang=Lang.EN)
    assert sorted(pictures_of_charts(names).values()) == ["orders", "species", "toxins"]


def _reached(first: str, of: Callable[[str], set[str]]) -> set[str]:
    found: set[str] = set()
    left = [first]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += of(name)
    return found


def _scripts_of(template: str) -> set[str]:
    """Return scripts and sheets that a page of this template loads, at once or later, but for other projects'."""

    def parts(name: str) -> set[str]:
        written = {"_results.html"} if name in ("task.html", "run.html") else set()
        return written | set(re.findall(r'"(\w+\.html)"', (TEMPLATES / name).read_text()))

    def modules(name: str) -> set[str]:
        return set(re.findall(r'(?:from|import|import\()\s*"\./([\w.-]+\.js)"', (_STATIC / name).read_text()))

    texts = [(TEMPLATES / part).read_text() for part in _reached(template, parts)]
    named = {script for text in texts for script in re.findall(r"([\w-]+\.(?:js|css))'", text)}
    return {each for script in named if (_STATIC / script).is_file() for each in _reached(script, modules)}


def test_what_a_page_loads_stays_small() -> None:
    assert {"submission.js", "grid_body.js", "page.js", "words.js"} <= _scripts_of("submission.html")
    assert {"task.js", "charts.js", "genome_draw.js"} <= _scripts_of("task.html")
    for template in TEMPLATES.glob("*.html"):
        files = [_STATIC / name for name in {*_scripts_of(template.name), "portal.css"}]
        assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in files) < _MOST_BYTES
