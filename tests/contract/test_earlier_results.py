"""Results that the version before made read, show, compare and serve later stages as those of today do.

They are of format 1, without a conclusion; see `tests.recorded`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import Lang, PipelineStage
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import Origin
from portal.pipeline.bundle.verify import verify_bundle
from portal.pipeline.compare.compare import compare
from portal.pipeline.plots.draw import draw_all
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.conclusion import Outcome
from portal.results.names import ALL_TOXINS, BUNDLE_ZIP, COMPARE_JSON, REPORT_MARKDOWN, SCORES_JSON, TOXINS_JSON
from portal.results.reading import read_results
from tests.builders import make_site
from tests.recorded import RecordedFolder, RecordedTask, unpack


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RecordedFolder:
    return unpack(tmp_path_factory.mktemp("recorded"))


@pytest.fixture
def task(recorded: RecordedFolder) -> RecordedTask:
    return recorded.tasks["completed"]


@pytest.fixture
def digger(recorded: RecordedFolder, task: RecordedTask) -> Path:
    return recorded.portal.task(task.task_id).attempt(1).stage(PipelineStage.DIGGER).out


@pytest.fixture
def shoter(recorded: RecordedFolder, task: RecordedTask) -> Path:
    return recorded.portal.task(task.task_id).attempt(1).stage(PipelineStage.SHOTER).out


@pytest.fixture
def client(recorded: RecordedFolder) -> FlaskClient:
    site = make_site(recorded.portal.jobs, PORTAL_SECRET="", RESULT_RETENTION_DAYS="36500")
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def test_they_are_of_the_format_before(digger: Path, shoter: Path) -> None:
    scores = json.loads((shoter / SCORES_JSON).read_text())
    toxins = json.loads((digger / TOXINS_JSON).read_text())
    assert (scores["schema"], toxins["schema"]) == (1, 1)
    assert "conclusion" not in scores["strains"][0]
    assert {"identity", "coverage"} <= set(toxins["toxins"][0])


@pytest.mark.parametrize(("lang", "headline"), [("en", "Likely acts on"), ("zh", "很可能作用于")])
def test_the_page_tells_the_conclusion(client: FlaskClient, task: RecordedTask, lang: str, headline: str) -> None:
    address = f"/tasks/{task.task_id}"
    assert client.post(f"{address}/unlock", data={"token": task.token}).status_code == 303
    assert headline in client.get(f"{address}?lang={lang}").text
    charts = client.get(f"{address}/charts?lang={lang}").get_json()
    assert len(charts["toxins"]["names"]) == 1
    untested = [row for row in charts["orders"] if not row["tested"]]
    assert untested
    assert {row["score"] for row in untested} == {None}


def test_programs_get_todays_documents(client: FlaskClient, task: RecordedTask) -> None:
    answer: dict[str, Any] = client.get(f"/api/tasks/{task.task_id}/results", headers=task.bearer).get_json()
    [strain] = answer["scores"]["strains"]
    assert (answer["scores"]["schema"], answer["toxins"]["schema"]) == (2, 2)
    assert strain["conclusion"]["outcome"] == "likely"
    assert strain["conclusion"]["pest"][0] == {"target": "Lepidoptera", "assessment": "likely", "caution": None}
    [hit], [toxin] = strain["hits"], answer["toxins"]["toxins"]
    assert hit["identity_percent"] == toxin["identity_percent"]
    assert hit["coverage_percent"] == toxin["coverage_percent"] > 50
    assert all(row["score"] is None for row in strain["orders"] if row["state"] == "no_evidence")


def test_stages_of_today_take_over_what_they_find(
    digger: Path, shoter: Path, task: RecordedTask, tmp_path: Path
) -> None:
    """A retry keeps what the stages before have done, whichever version they were of."""
    before = read_results(digger, shoter)
    again, plots, out = tmp_path / "shoter", tmp_path / "plots", tmp_path / "out"
    for folder in (again, plots, out):
        folder.mkdir()
    parameters = ShoterParameters.from_mapping(before.scores.parameters)
    summary = run_shoter(digger / ALL_TOXINS, again, parameters=parameters)
    assert [conclusion.outcome for conclusion in summary.conclusions.values()] == [Outcome.LIKELY]
    assert read_results(digger, again).strains[0].hits == before.strains[0].hits

    draw_all(digger, shoter, plots, lang=Lang.EN)
    origin = Origin(task.task_id, before.strains[0].strain, "2026-03-01T10:00:00+00:00", Lang.EN)
    make_bundle(StageFolders(digger, shoter, plots), out, origin=origin, display_name="recorded strain.fna")
    assert verify_bundle(out / BUNDLE_ZIP) == []
    assert "Likely active against Lepidoptera" in (out / REPORT_MARKDOWN).read_text(encoding="utf-8")


def test_they_compare_with_results_of_today(digger: Path, shoter: Path, tmp_path: Path) -> None:
    again = tmp_path / "shoter"
    again.mkdir()
    run_shoter(digger / ALL_TOXINS, again, parameters=ShoterParameters())
    compare([("old", digger, shoter), ("new", digger, again)], tmp_path, Lang.EN)
    document = json.loads((tmp_path / COMPARE_JSON).read_text(encoding="utf-8"))
    assert {strain["strain"] for strain in document["strains"]} == {"new", "old"}
    assert {strain["conclusion"]["outcome"] for strain in document["strains"]} == {"likely"}
