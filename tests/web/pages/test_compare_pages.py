"""Strains side by side: one grid for a submission and for tasks of this browser, and tables that say what it says."""

from __future__ import annotations

import html
import io
import json
import re
import shutil

import openpyxl
import pyarrow.parquet
import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage, TaskStatus
from portal.results.names import SCORES_JSON, SPECIES_JSON
from portal.results.ranking import score_text
from portal.results.reading import read_document
from portal.results.scores import ScoresDocument, ScoreState, SpeciesDocument
from portal.results.species_order import SpeciesPlace, in_order, order_of_all, place_of
from portal.web.texts.i18n import show_number
from tests.builders import BuiltTask, Site, rewrite_result
from tests.web.batch import Batch
from tests.web.pages.grid_text import order_of, row, table, text


def opened(site: Site, client: FlaskClient, **more: object) -> BuiltTask:
    built = site.task(TaskStatus.COMPLETED, **more)
    assert client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token}).status_code == 303
    return built


def test_completed_genomes_of_a_submission_stand_side_by_side(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b", "runs")
    batch.put(1, hits=7)
    batch.put(2, hits=0)
    batch.put(3, TaskStatus.RUNNING)
    asked = client.get(f"{batch.page}/compare")
    assert (asked.status_code, "Token, or the whole link" in asked.text) == (403, True)
    batch.open(client, batch.view_token)
    page = client.get(f"{batch.page}/compare").text
    assert order_of(page) == [1, 2]
    assert "1 without results is left out" in text(page)
    assert batch.view_token not in page
    rows = client.get(f"{batch.page}/compare/rows?by=orders").get_json()["rows"]
    assert [line[1] for line in rows] == ["a", "b"]
    assert f'href="{batch.page}/compare"' in client.get(batch.page).text


def test_an_address_shows_each_reader_what_is_open_to_them(site: Site, client: FlaskClient) -> None:
    mine, hidden = opened(site, client, filename="mine.fna"), site.task(TaskStatus.COMPLETED, filename="secret.fna")
    again = opened(site, client, filename="mine.fna")
    runs = site.task(TaskStatus.RUNNING)
    client.post(f"/tasks/{runs.task_id}/unlock", data={"token": runs.token})
    ids = [again.task_id, hidden.task_id, mine.task_id, runs.task_id, "abcdefghijkl", "../x", mine.task_id]
    address = f"/compare?tasks={','.join(ids)}"
    page = client.get(address).text
    labels = re.findall(r'<th scope="row"[^>]*data-text="([^"]+)"', page)
    assert labels == [f"mine ({again.task_id})", f"mine ({mine.task_id})"]
    assert "secret" not in page
    assert "1 without results is left out" in text(page)
    assert "3 are not open to you" in text(page)
    assert f'href="/tasks/{mine.task_id}"' in row(page, 2)
    stranger = site.app.test_client().get(address)
    assert (stranger.status_code, order_of(stranger.text)) == (200, [])
    headers = {"Authorization": f"Bearer {mine.token}"}
    assert order_of(site.app.test_client().get(address, headers=headers).text) == [], "no tokens are tried here"


def test_too_many_tasks_are_refused_and_none_are_chosen_from(client: FlaskClient) -> None:
    many = ",".join(f"abcdefgh{a}{b}{c}{d}" for a in "abcde" for b in "abcde" for c in "abcde" for d in "abcde")
    assert client.get(f"/compare?tasks={many}").status_code == 422
    choose = client.get("/compare").text
    assert 'id="choose"' in choose
    assert "needs JavaScript" in choose


PRECISE = "&values=precise"


@pytest.mark.parametrize("by", ["orders", "species", "toxins"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_table_says_what_the_page_says(site: Site, client: FlaskClient, by: str, ending: str) -> None:
    tasks = [opened(site, client, filename=f"s{hits}.fna", hits=hits) for hits in (0, 1, 7, 3)]
    address = f"/compare?tasks={','.join(built.task_id for built in tasks)}"
    data = client.get(f"{address.replace('?', '/rows?')}&by={by}").get_json()
    rows = {line["task_id"]: line for line in table(client, address, by, ending)}
    assert len(rows) == len(tasks)
    told = 0
    for line, built in zip(data["rows"], tasks, strict=True):
        written = rows[built.task_id]
        assert (written["strain"], int(written["toxins"])) == (line[1], line[6])
        exact = {row["task_id"]: row for row in table(client, address, by, ending, PRECISE)}[built.task_id]
        for column, number in zip(data["columns"], line[8], strict=True):
            cell = data["cells"][number]
            shown = (lambda identity: show_number(identity, 1)) if by == "toxins" else score_text
            value = exact[column[0]]
            with site.app.test_request_context():
                assert (shown(float(value)) if value else None) == (cell[0] if cell[3] is not None else None)
            assert written[column[0]] == (cell[0] if cell[3] is not None else "")
            told += bool(value)
    assert told > 3


def test_a_table_as_shown_rounds_and_a_precise_one_does_not(site: Site, client: FlaskClient) -> None:
    """No score is certain: the table as shown says >0.99 as the page does, the precise one has the number."""
    tasks = [opened(site, client, filename=f"n{hits}.fna", hits=hits) for hits in (3, 7)]
    path = site.portal.task(tasks[0].task_id).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    scores = json.loads(path.read_text())
    next(each for each in scores["strains"][0]["orders"] if each["score"] is not None)["score"] = 0.99987654
    rewrite_result(path, json.dumps(scores).encode())
    target = next(each["target"] for each in scores["strains"][0]["orders"] if each["score"] == 0.99987654)
    address = f"/compare?tasks={','.join(built.task_id for built in tasks)}"
    assert table(client, address, "orders")[0][target] == ">0.99"
    assert table(client, address, "orders", more=PRECISE)[0][target] == "0.99987654"
    where = address.replace("/compare?", "/compare/table.xlsx?")
    for more, value in (("", ">0.99"), (PRECISE, 0.99987654)):
        book = openpyxl.load_workbook(io.BytesIO(client.get(where + more).data))
        header, first, *_ = book["strains by orders"].iter_rows(values_only=True)
        assert dict(zip(header, first, strict=True))[target] == value
    page = client.get(address).text
    assert "As shown:" in page
    assert "With all digits:" in page


def in_csv(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@pytest.mark.parametrize("by", ["orders", "species", "toxins"])
def test_parquet_holds_what_csv_holds(site: Site, client: FlaskClient, by: str) -> None:
    tasks = [opened(site, client, filename=f"s{hits}.fna", hits=hits) for hits in (0, 1, 7)]
    path, query = f"/compare/table.parquet?tasks={','.join(built.task_id for built in tasks)}", f"&by={by}"
    written = pyarrow.parquet.read_table(io.BytesIO(client.get(path + query).data)).to_pylist()
    rows = table(client, path.replace("/table.parquet", ""), by, more=PRECISE)
    assert [list(each) for each in written] == [list(each) for each in rows]
    for one, other in zip(written, rows, strict=True):
        for name, value in one.items():
            if isinstance(value, float):
                assert value == float(other[name]), name
            else:
                assert in_csv(value) == other[name], name


@pytest.mark.parametrize("by", ["orders", "species", "toxins"])
def test_a_workbook_holds_what_csv_holds_with_numbers_as_numbers(site: Site, client: FlaskClient, by: str) -> None:
    tasks = [opened(site, client, filename=f"s{hits}.fna", hits=hits) for hits in (0, 1, 7)]
    path, query = f"/compare/table.xlsx?tasks={','.join(built.task_id for built in tasks)}", f"&by={by}"
    book = openpyxl.load_workbook(io.BytesIO(client.get(path + query + PRECISE).data))
    header, *written = book[f"strains by {by}"].iter_rows(values_only=True)
    rows = table(client, path.replace("/table.xlsx", ""), by, more=PRECISE)
    assert list(header) == list(rows[0])
    assert len(written) == len(rows)
    numbers = 0
    for line, by_name in zip(written, rows, strict=True):
        for name, value in zip(header, line, strict=True):
            if isinstance(value, int | float) and not isinstance(value, bool) and name != "toxins":
                assert value == float(by_name[name]), name
                numbers += 1
            else:
                assert in_csv(value) == by_name[name], name
    assert numbers > 3
    about = {line[0]: line[1] for line in book["about"].iter_rows(values_only=True) if line[0]}
    assert all(about[name] for name in header)
    assert about["Reference and data"]


def test_no_toxin_inactive_and_unknown_are_told_apart_in_a_table(site: Site, client: FlaskClient) -> None:
    none, some = (opened(site, client, filename=f"{name}.fna", hits=hits) for name, hits in (("none", 0), ("some", 40)))
    address = f"/compare?tasks={none.task_id},{some.task_id}"
    rows = table(client, address, "orders")
    assert [row["toxins"] for row in rows] == ["0", str(int(rows[1]["toxins"]))]
    assert {"found_inactive", "inconclusive"} <= rows[0].keys()
    assert {value for name, value in rows[0].items() if name[0].isupper()} == {""}, "no score where no toxin is"
    data = client.get(f"{address.replace('?', '/rows?')}&by=orders").get_json()
    signs = [data["cells"][number][0] for number in data["rows"][1][8]]
    inactive = {column[0] for column, sign in zip(data["columns"], signs, strict=True) if sign == "×"}
    assert set(filter(None, rows[1]["found_inactive"].split("; "))) >= inactive
    assert "1" not in {value for row in rows for name, value in row.items() if name[0].isupper()}, "no score is certain"


def test_alleles_stand_in_the_column_of_their_toxin(site: Site, client: FlaskClient) -> None:
    built, other = opened(site, client, hits=7), opened(site, client, hits=3)
    address = f"/compare?tasks={built.task_id},{other.task_id}"
    page = client.get(f"{address}&by=toxins").text
    heads = re.findall(r'data-key="([^"]+)"', page)[3:]
    assert not [name for name in heads if re.search(r"[a-z]\d+$", name)]
    noted = re.findall(r'<a href="/tasks/\w+/toxins/([^"]+)">[\d.]+<span class="common">([^<]+)</span>', page)
    assert noted
    assert all(html.unescape(allele).startswith(name) for name, allele in noted)
    alleles = table(client, address, "toxins")[0]["alleles"].split("; ")
    assert {allele for _, allele in noted if "+" not in allele} & set(alleles)


def test_a_table_has_the_filter_and_the_order_of_the_page(site: Site, client: FlaskClient) -> None:
    named = (("x-1", 1), ("x-2", 7), ("b", 3))
    tasks = [opened(site, client, filename=f"{name}.fna", hits=hits) for name, hits in named]
    address = f"/compare?tasks={','.join(built.task_id for built in tasks)}"
    found = table(client, address, "orders", more="&find=x-&sort=-toxins")
    assert [line["strain"] for line in found] == ["x-2", "x-1"]
    assert order_of(client.get(f"{address}&find=x-&sort=-toxins").text) == [2, 1]
    assert client.get(f"{address.replace('?', '/table.exe?')}").status_code == 404


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_stay_text_and_no_formula(site: Site, client: FlaskClient, lang: str) -> None:
    name = '=1+1"><script>alert(1)</script>'
    batch = Batch(site, name, name=name)
    batch.put(1, filename="=1+1.fna")
    batch.open(client)
    for by in ("orders", "species", "toxins"):
        page = client.get(f"{batch.page}/compare?by={by}&lang={lang}&find={name}&sort={name}").text
        assert "<script>alert" not in page
    assert table(client, f"{batch.page}/compare", "orders")[0]["strain"] == f"'{name}"


def test_a_later_task_of_the_same_id_shows_its_own_results(site: Site, client: FlaskClient) -> None:
    first = opened(site, client, hits=7)
    page = f"/compare?tasks={first.task_id}"
    assert [line["toxins"] for line in table(client, page, "orders")] == ["7"]
    shutil.rmtree(site.portal.task(first.task_id).path)
    later = opened(site, client, task_id=first.task_id, hits=0)
    assert later.token != first.token
    assert [line["toxins"] for line in table(client, page, "orders")] == ["0"]


def test_species_stand_as_the_shortlist_lists_them_on_pages_and_in_tables(site: Site, client: FlaskClient) -> None:
    """Pests with results first, so that the first columns on a phone say something."""
    batch = Batch(site, "a", "b")
    batch.put(1, hits=7)
    batch.put(2, hits=1)
    batch.open(client)
    places: list[tuple[str, SpeciesPlace]] = []
    for n in (1, 2):
        attempt = site.portal.task(batch.task_id(n)).attempt(1)
        [scores] = read_document(attempt.stage(PipelineStage.SHOTER).out / SCORES_JSON, ScoresDocument).strains
        [species] = read_document(attempt.stage(PipelineStage.SHOTER).out / SPECIES_JSON, SpeciesDocument).strains
        known = [each for each in species.species if each.state is not ScoreState.NO_EVIDENCE]
        alone = order_of_all((each.species, place_of(each, scores.conclusion)) for each in known)
        assert alone == [each.species for each in in_order(known, scores.conclusion)]
        places += [(each.species, place_of(each, scores.conclusion)) for each in known]
    expected = order_of_all(places)
    assert len(expected) > 2
    for page in (batch.page, f"{batch.page}/compare"):
        shown = client.get(f"{page}?by=species").text
        assert re.findall(r'data-key="([A-Z][a-z]+ [a-z]+)"', shown) == expected, page
    rows = client.get(f"{batch.page}/compare/rows?by=species").get_json()
    assert [column[0] for column in rows["columns"]] == expected
    saved = list(table(client, f"{batch.page}/compare", "species")[0])
    assert [name for name in saved if name in expected] == expected
