"""A strain has one number of toxin genes: on its page, in the grid, in every table, and in the report."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from portal.domain.status import Lang, PipelineStage
from portal.pipeline.report.languages import PROSE
from portal.pipeline.report.summary import summarise
from portal.results.reading import read_results
from tests.builders import BuiltTask, Site, rewrite_result
from tests.web.batch import Batch, out_of
from tests.web.pages.grid_text import row, table, text
from tests.web.pages.older_results import without

ROWS = 7


def break_genes(batch: Batch) -> None:
    """Make rows 1 and 2 pieces of one gene, and the gene of row 4 an accessory factor; row 5 belongs to no gene."""
    digger = out_of(batch, PipelineStage.DIGGER)
    document = json.loads((digger / "loci.json").read_text())
    first, second, third, fourth, _, *rest = document["loci"]
    first["pieces"] += second["pieces"]
    first["verdict"] = "insertion"
    fourth["accessory"] = True
    rewrite_result(digger / "loci.json", json.dumps({**document, "loci": [first, third, fourth, *rest]}).encode())
    toxins = json.loads((digger / "toxins.json").read_text())
    toxins["toxins"][3]["accessory"] = True
    rewrite_result(digger / "toxins.json", json.dumps(toxins).encode())


def numbers(client: FlaskClient, batch: Batch) -> dict[str, str]:
    """Return the number of genes in each place that tells it, as text."""
    batch.open(client)
    client.post(f"/tasks/{batch.task_id(1)}/unlock", data={"token": batch.token})
    lead = client.get(f"/tasks/{batch.task_id(1)}").text.partition('<p class="lead">')[2].partition("</p>")[0]
    said, found, _ = text(lead).partition(" toxin gene")
    cell = row(client.get(batch.page).text, 1).partition('<td role="cell" class="num"')[2].partition("</td>")[0]
    viewer = {"Authorization": f"Bearer {batch.token}"}
    [task] = client.get(f"{batch.api}/tasks?format=json", headers=viewer).get_json()["rows"]
    [line] = client.get(f"{batch.page}/rows").get_json()["rows"]
    return {
        "page": said if found else "",
        "grid": cell.partition(">")[2].partition("<")[0],
        "rows of the grid": str(line[6]),
        "table of tasks": str(task["toxins"]),
        "table of the comparison": table(client, f"{batch.page}/compare", "orders")[0]["toxins"],
    }


@pytest.fixture
def batch(site: Site) -> Batch:
    batch = Batch(site, "a")
    batch.put(1, hits=ROWS)
    return batch


def test_all_places_tell_the_same_number(client: FlaskClient, batch: Batch) -> None:
    break_genes(batch)
    assert set(numbers(client, batch).values()) == {"5"}


@pytest.mark.parametrize(("lang", "words"), [(Lang.EN, "5 toxin genes"), (Lang.ZH, "共检出 5 个毒素基因")])
def test_the_report_tells_the_same_number(batch: Batch, lang: Lang, words: str) -> None:
    break_genes(batch)
    results = read_results(out_of(batch, PipelineStage.DIGGER), out_of(batch, PipelineStage.SHOTER))
    assert PROSE[lang].found(summarise(results, results.strains[0]))[0].startswith(words)


def test_an_engine_that_writes_no_genes_has_one_per_row(client: FlaskClient, batch: Batch) -> None:
    without(batch.site, BuiltTask(batch.site.tasks.record(batch.task_id(1)), batch.token), "loci.json")
    assert set(numbers(client, batch).values()) == {str(ROWS)}


def test_where_the_genes_cannot_be_read_no_number_is_told(client: FlaskClient, batch: Batch) -> None:
    (out_of(batch, PipelineStage.DIGGER) / "loci.json").write_text("{")
    told = numbers(client, batch)
    assert {place: number for place, number in told.items() if number not in ("", "None")} == {}
    rewrite_result(out_of(batch, PipelineStage.DIGGER) / "loci.json", b'{"schema": 1, "strain": "x", "loci": []}')
    assert set(numbers(client, batch).values()) == {str(ROWS)}, "asked for again"
