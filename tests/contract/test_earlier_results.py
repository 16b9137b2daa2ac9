"""A task that the version before made shows, downloads, compares and runs again as it did.

`tests/data/results_0_1/task.tar.xz` is the folder of such a task: format 1, without a conclusion.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
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
from portal.results.reading import read_results
from portal.services.secrets import Keyring
from tests.builders import SECRET, Site, make_site, write_heartbeat

ARCHIVE = Path(__file__).parents[1] / "data" / "results_0_1" / "task.tar.xz"
TASK = "a2igu2dby2n5"
TOKEN = Keyring(SECRET.hex().encode()).token(TASK, "", "")  # the secret of the portal that made it


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path / "jobs")
    write_heartbeat(site.portal)
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path / "jobs", filter="data")
    return site


@pytest.fixture
def client(site: Site) -> FlaskClient:
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


@pytest.fixture
def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


def stage(site: Site, name: str) -> Path:
    return site.portal.task(TASK).attempt(1).stage(PipelineStage(name)).out


def test_the_recorded_task_is_one_of_the_version_before(site: Site) -> None:
    scores = json.loads((stage(site, "shoter") / "strain_scores.json").read_text())
    toxins = json.loads((stage(site, "digger") / "toxins.json").read_text())
    assert (scores["schema"], toxins["schema"]) == (1, 1)
    assert "conclusion" not in scores["strains"][0]
    assert {"identity", "coverage"} <= set(toxins["toxins"][0])


@pytest.mark.parametrize(("lang", "headline"), [("en", "Likely acts on"), ("zh", "很可能作用于")])
def test_it_shows(site: Site, client: FlaskClient, lang: str, headline: str) -> None:
    address = f"/tasks/{TASK}"
    assert client.post(f"{address}/unlock", data={"token": TOKEN}).status_code == 303
    page = client.get(f"{address}?lang={lang}")
    assert page.status_code == 200
    assert headline in page.text
    for words in ("Cry1Aa4", "99.9", "btyper3", "strain_target_scores.svg"):
        assert words in page.text
    charts = client.get(f"{address}/charts?lang={lang}").get_json()
    assert charts["toxins"]["names"] == ["Cry1Aa4"]
    untested = [row for row in charts["orders"] if not row["tested"]]
    assert untested
    assert {row["score"] for row in untested} == {None}


def test_it_downloads_unchanged(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer = client.get(f"/api/tasks/{TASK}/results", headers=bearer).get_json()
    assert len(answer["files"]) > 30
    for file in answer["files"]:
        got = client.get(f"/api/tasks/{TASK}/results/{file['name']}", headers=bearer)
        assert (got.status_code, hashlib.sha256(got.data).hexdigest()) == (200, file["sha256"]), file["name"]
    bundle = client.get(f"/api/tasks/{TASK}/bundle", headers=bearer)
    assert bundle.status_code == 200
    table = client.get(f"/api/tasks/{TASK}/toxins?format=json", headers=bearer).get_json()["toxins"]
    assert [(row["toxin"], round(row["identity_percent"], 1)) for row in table] == [("Cry1Aa4", 99.9)]


def test_programs_get_it_as_todays_document(client: FlaskClient, bearer: dict[str, str]) -> None:
    answer: dict[str, Any] = client.get(f"/api/tasks/{TASK}/results", headers=bearer).get_json()
    [strain] = answer["scores"]["strains"]
    assert (answer["scores"]["schema"], answer["toxins"]["schema"]) == (2, 2)
    assert strain["conclusion"]["outcome"] == "likely"
    assert strain["conclusion"]["pest"][0] == {"target": "Lepidoptera", "assessment": "likely", "caution": None}
    [hit] = strain["hits"]
    assert hit["coverage_percent"] == answer["toxins"]["toxins"][0]["coverage_percent"] == 100.0
    assert all(row["score"] is None for row in strain["orders"] if row["state"] == "no_evidence")


def test_it_may_run_again(client: FlaskClient, bearer: dict[str, str]) -> None:
    again = client.post(f"/api/tasks/{TASK}/retry", json={"min_identity": 0.5}, headers=bearer)
    assert again.status_code == 202
    assert again.get_json()["wishes"] == ["retry"]


def test_stages_of_today_take_over_what_it_made(site: Site, tmp_path: Path) -> None:
    """A retry keeps what the stages before have done, whichever version they were of."""
    digger, old_shoter = stage(site, "digger"), stage(site, "shoter")
    before = read_results(digger, old_shoter)
    shoter, plots, out = tmp_path / "shoter", tmp_path / "plots", tmp_path / "out"
    for folder in (shoter, plots, out):
        folder.mkdir()
    parameters = ShoterParameters.from_mapping(before.scores.parameters)
    summary = run_shoter(digger / "All_Toxins.txt", shoter, parameters=parameters)
    after = read_results(digger, shoter)
    assert summary.conclusions["one_gene"].outcome is Outcome.LIKELY
    assert after.strains[0].hits == before.strains[0].hits

    draw_all(digger, old_shoter, plots, lang=Lang.EN)
    origin = Origin(TASK, "one_gene", "2026-03-01T10:00:00+00:00", Lang.EN)
    make_bundle(StageFolders(digger, old_shoter, plots), out, origin=origin, display_name="one_gene.fna")
    assert verify_bundle(out / "bundle.zip") == []
    assert "Likely active against Lepidoptera" in (out / "report.md").read_text(encoding="utf-8")


def test_it_compares_with_results_of_today(site: Site, tmp_path: Path) -> None:
    digger, old_shoter = stage(site, "digger"), stage(site, "shoter")
    shoter = tmp_path / "shoter"
    shoter.mkdir()
    run_shoter(digger / "All_Toxins.txt", shoter, parameters=ShoterParameters())
    compare([("old", digger, old_shoter), ("new", digger, shoter)], tmp_path, Lang.EN)
    document = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))
    assert {strain["strain"] for strain in document["strains"]} == {"new", "old"}
    assert {strain["conclusion"]["outcome"] for strain in document["strains"]} == {"likely"}
