"""The page and the operation with a row per record: filtered by the address, exported, kept from strangers."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from tests.builders import Site, rewrite_result
from tests.web.pages.conftest import Open


def test_the_page_lists_the_records_and_filters_them(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task())
    text = client.get(address).text
    assert f'href="{address}/evidence"' in text
    page = client.get(f"{address}/evidence").text
    rows = re.findall(r'<tr id="(F\d+)">', page)
    assert rows
    assert f">{len(rows)} records<" in page
    none = client.get(f"{address}/evidence?toxin=Vip9").text
    assert "No record matches this filter." in none
    some = re.findall(r'<tr id="(F\d+)">', client.get(f"{address}/evidence?species=Lepidoptera").text)
    assert 0 < len(some) < len(rows)
    assert "筛选" in client.get(f"{address}/evidence?lang=zh").text
    nonsense = client.get(f"{address}/evidence?grade=Q&read=%3Cscript%3E&toxin=%22%3E%3Cb%3E")
    assert nonsense.status_code == 200
    assert "<b>" not in nonsense.text.partition("<form")[2].partition("</form>")[0]


def test_notes_are_in_the_language_of_the_page_or_marked_as_english(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task()
    path = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    scores = json.loads(path.read_text())
    for place, record in enumerate(scores["records"].values()):
        record["note"] = "of <b>another</b> table" if place % 2 else "inactive at 100 ug/ml"
    rewrite_result(path, json.dumps(scores).encode())
    address = open_task(built)
    for page in (f"{address}/evidence", address):
        chinese, english = (client.get(f"{page}?lang={lang}").text for lang in ("zh", "en"))
        assert '<span class="common">100 µg/ml 时无活性</span>' in chinese
        assert '<span class="common" lang="en">of &lt;b&gt;another&lt;/b&gt; table</span>' in chinese
        assert '<span class="common">inactive at 100 µg/ml</span>' in english
        assert 'lang="en">of &lt;' not in english


def test_strangers_are_asked_for_the_token(site: Site, client: FlaskClient) -> None:
    built = site.task()
    answer = client.get(f"/tasks/{built.task_id}/evidence")
    assert answer.status_code == 403
    assert "<tr id=" not in answer.text
    assert client.get(f"/api/tasks/{built.task_id}/evidence").status_code == 401


def test_the_api_writes_tables_and_bibliographies(site: Site, client: FlaskClient) -> None:
    built = site.task()
    address = f"/api/tasks/{built.task_id}/evidence"
    answer = client.get(address, headers=built.bearer)
    rows = json.loads(answer.text)["rows"]
    assert rows
    assert {row["link"] for row in rows} <= {f"https://doi.org/{row['doi']}" for row in rows}
    again = client.get(address, headers={**built.bearer, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    some = client.get(f"{address}?species=lepid&format=tsv", headers=built.bearer).text.splitlines()
    assert 1 < len(some) < len(rows) + 1
    for wanted in ("csv", "csl", "bibtex", "ris"):
        assert client.get(f"{address}?format={wanted}", headers=built.bearer).status_code == 200
    assert client.get(f"{address}?format=xls", headers=built.bearer).status_code == 422
    assert client.get(f"{address}?grade=X", headers=built.bearer).status_code == 422


@pytest.mark.parametrize("hits", [0])
def test_a_genome_without_toxins_has_no_records(site: Site, client: FlaskClient, open_task: Open, hits: int) -> None:
    page = client.get(f"{open_task(site.task(hits=hits))}/evidence")
    assert page.status_code == 200
    assert "No record matches this filter." in page.text
