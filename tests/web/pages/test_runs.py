"""The pages of runs: an earlier run stays at its address, and a task shows its last good one."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import templates_dir
from portal.domain.status import TaskStatus
from portal.files.submissions import SubmissionFolders
from portal.web.pages.run_links import OF_RUN
from tests.builders import BuiltTask, Site, rewrite_result, run_again
from tests.web.batch import Batch
from tests.web.pages.conftest import Open
from tests.web.pages.grid_text import order_of, row, text

# A toxin is found by 7 hits alone.
FEWER, MORE = 3, 7


@pytest.fixture
def ran_twice(site: Site) -> BuiltTask:
    return run_again(site.portal, site.task(hits=FEWER), hits=MORE)


def in_english(client: FlaskClient, address: str) -> str:
    answer = client.get(f"{address}?lang=en")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def links(text: str, task_id: str) -> set[str]:
    """Return the addresses of results below a task on a page."""
    found = re.findall(rf'(?:href|src|data-charts)="((?:/api)?/tasks/{task_id}/[^"#?]*)', text)
    rooms = ("toxins", "evidence", "charts", "results", "bundle")
    return {address for address in found if any(f"/{room}" in address for room in rooms)}


def test_templates_of_results_link_by_the_run_that_is_shown() -> None:
    """A link made with `url_for` would lead from an earlier run to whatever the task has now."""
    wrong: dict[str, list[str]] = {}
    for path in templates_dir().glob("html/*.html"):
        text = path.read_text("utf-8")
        # Templates that show no results lead to the task itself.
        names = [name for name in OF_RUN if name != "pages.task" or "result_url(" in text]
        found = re.findall(rf"""url_for\(['"]({"|".join(map(re.escape, names))})['"]""", text)
        wrong |= {path.name: found} if found else {}
    assert wrong == {}


def test_a_run_has_the_rooms_of_a_task_and_links_to_its_own(
    client: FlaskClient, open_task: Open, ran_twice: BuiltTask
) -> None:
    address = open_task(ran_twice)
    for run, hits in ((1, FEWER), (2, MORE)):
        text = in_english(client, f"{address}/runs/{run}")
        assert f"Results of run {run}, completed" in text
        assert f"{hits} toxin genes" in text
        found = links(text, ran_twice.task_id)
        rooms = {re.sub(r"^(/api)?/tasks/\w+/runs/\d+/", "", link).partition("/")[0] for link in found}
        assert rooms == {"toxins", "evidence", "charts", "results", "bundle"}
        assert all(f"/{ran_twice.task_id}/runs/{run}/" in link for link in found), found
        for link in sorted(found):
            assert client.get(link).status_code == 200, link
    latest = in_english(client, address)
    assert f"{MORE} toxin genes" in latest
    assert not any("/runs/" in link for link in links(latest, ran_twice.task_id))


def test_the_address_of_a_run_shows_the_same_before_and_after_the_next(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task(hits=FEWER)
    address = f"{open_task(built)}/runs/1"
    before = in_english(client, address)
    run_again(site.portal, built, hits=MORE)
    after = in_english(client, address)
    assert re.sub(r'<div class="hint".*?</div>', "", before, flags=re.S) == re.sub(
        r'<div class="hint".*?</div>', "", after, flags=re.S
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (TaskStatus.QUEUED, "Run 2 is in progress."),
        (TaskStatus.RUNNING, "Run 2 is in progress."),
        (TaskStatus.FAILED, "Run 2 failed:"),
    ],
)
def test_a_task_shows_its_last_good_run_beside_the_one_that_works_or_failed(
    site: Site, client: FlaskClient, open_task: Open, status: TaskStatus, said: str
) -> None:
    built = run_again(site.portal, site.task(hits=FEWER), status)
    address = open_task(built)
    text = in_english(client, address)
    assert said in text
    assert "Results of run 1, completed" in text
    assert f"{FEWER} toxin genes" in text
    assert all("/runs/1/" in link for link in links(text, built.task_id))
    assert text.count('id="panel"') == text.count('id="files-title"') == 1
    assert 'id="failure' in text or status is not TaskStatus.FAILED
    for room in ("evidence", "toxins/hit-1", "charts"):
        answer = client.get(f"{address}/{room}?lang=en")
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"{address}/runs/1/{room}")


def test_the_way_to_the_last_good_run_keeps_any_query(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = run_again(site.portal, site.task(hits=FEWER), TaskStatus.RUNNING)
    address = open_task(built)
    query = "endpoint=x&_method=y&_scheme=javascript&_external=1&task_id=z&run=9&species=a&species=%E8%8B%8F"
    answer = client.get(f"{address}/evidence?{query}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address}/runs/1/evidence?{query}")


def test_an_asked_for_run_that_has_not_begun_shows_the_results_too(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task(hits=FEWER)
    address = open_task(built)
    assert client.post(f"{address}/again", data={"min_identity": "0.9", "lang": "en"}).status_code == 303
    text = in_english(client, address)
    assert "Run 2 is in progress." in text
    assert f"{FEWER} toxin genes" in text


def test_a_run_that_is_not_there_is_a_page_that_says_so(
    client: FlaskClient, open_task: Open, ran_twice: BuiltTask
) -> None:
    address = open_task(ran_twice)
    for room in ("", "/evidence", "/toxins/hit-1", "/charts"):
        answer = client.get(f"{address}/runs/3{room}?lang=en")
        assert answer.status_code == 404
        assert "This task has no run 3 with results." in answer.text
    assert client.get(f"{address}/runs/0").status_code == 404


def test_a_run_is_closed_to_whom_the_task_is_closed(client: FlaskClient, ran_twice: BuiltTask) -> None:
    address = f"/tasks/{ran_twice.task_id}"
    answer = client.get(f"{address}/runs/1")
    assert answer.status_code == 403
    assert "toxin genes" not in answer.text
    action = re.search(r'action="([^"]*unlock[^"]*)"', answer.text)
    assert action is not None
    opened = client.post(action[1], data={"token": ran_twice.token})
    assert (opened.status_code, opened.headers["Location"]) == (303, f"{address}/runs/1")


def test_pages_of_runs_speak_chinese(client: FlaskClient, open_task: Open, ran_twice: BuiltTask) -> None:
    text = client.get(f"{open_task(ran_twice)}/runs/1?lang=zh").text
    assert "第 1 次运行的结果，完成于" in text
    assert "Results of run" not in text


def test_what_changed_stands_above_the_results(
    site: Site, client: FlaskClient, open_task: Open, ran_twice: BuiltTask
) -> None:
    address = open_task(ran_twice)
    for place in (address, f"{address}/runs/2"):
        text = in_english(client, place)
        assert "What changed since run 1" in text
        assert "4 toxin genes differ" in text
        assert text.index('id="changes"') < text.index('id="verdict-title"')
    assert 'id="changes"' not in in_english(client, f"{address}/runs/1")
    chinese = client.get(f"{address}?lang=zh").text
    assert "与第 1 次运行相比的变化" in chinese
    assert "4 个毒素基因不同" in chinese


def test_the_same_result_is_said_to_be_the_same(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(hits=FEWER)
    address = open_task(run_again(site.portal, built, hits=FEWER))
    text = in_english(client, address)
    assert "Compared with run 1: The same result, word for word." in text


def test_a_conclusion_on_broken_genes_and_a_reason_are_changes(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    """The outcome, its targets and all scores are the same in both runs."""
    built = run_again(site.portal, site.task(hits=FEWER), hits=FEWER)
    [path] = site.portal.task(built.task_id).path.glob("attempts/2/*/out/strain_scores.json")
    document = json.loads(path.read_text())
    conclusion = document["strains"][0]["conclusion"]
    conclusion["genes_broken"] = True
    conclusion["pest"][0]["caution"] = "beside_primary"
    rewrite_result(path, json.dumps(document).encode())
    address = open_task(built)
    text = in_english(client, address)
    assert "The conclusion changed" in text
    before, _, after = text.partition('id="changes"')[2].partition("<h2>Conclusion</h2>")[2].partition(" → ")
    assert "broken" not in before
    assert "(but the genes of the toxins behind this are broken)" in after.partition("</p>")[0]
    assert "likely (not primary)" in after
    chinese = client.get(f"{address}?lang=zh").text
    assert "很可能（非主要）" in chinese.partition('id="changes"')[2]


def test_a_setting_that_changed_nothing_is_told(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(hits=FEWER)
    parameters = {**built.task.parameters, "min_identity": 0.9}
    text = in_english(client, open_task(run_again(site.portal, built, hits=FEWER, parameters=parameters)))
    assert re.search(r"<b>Minimum identity</b>: 0.8 → 0.9", text)
    assert "The same result, word for word." in text


def test_a_document_that_cannot_be_read_leaves_the_page_without_the_comparison(
    site: Site, client: FlaskClient, open_task: Open, ran_twice: BuiltTask
) -> None:
    [path] = site.portal.task(ran_twice.task_id).path.glob("attempts/1/*/out/strain_scores.json")
    path.write_bytes(b"{}")
    text = in_english(client, open_task(ran_twice))
    assert 'id="changes"' not in text
    assert f"{MORE} toxin genes" in text


def again_in_batch(batch: Batch, n: int, status: TaskStatus) -> None:
    """Put a completed genome of a submission on the disk that runs again, or has failed to."""
    SubmissionFolders(batch.site.portal).mark_received(batch.id, n)
    built = batch.site.task(task_id=batch.task_id(n), submission=batch.id, hits=FEWER)
    run_again(batch.site.portal, built, status)


def test_a_submission_shows_the_last_completed_run_of_each_genome(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "runs again", "failed again", "first run")
    again_in_batch(batch, 1, TaskStatus.RUNNING)
    again_in_batch(batch, 2, TaskStatus.FAILED)
    batch.put(3, TaskStatus.RUNNING)
    batch.open(client)
    page = in_english(client, batch.page)
    for n, word in ((1, "Running"), (2, "Failed")):
        line = text(row(page, n))
        assert word in line
        assert "(run 1)" in line
    assert "(run" not in row(page, 3)
    assert order_of(in_english(client, f"{batch.page}/compare")) == [1, 2]
    bearer = {"Authorization": f"Bearer {batch.token}"}
    toxins = client.get(f"{batch.api}/toxins?format=json", headers=bearer).json
    assert toxins is not None
    assert len(toxins["rows"]) == 2 * FEWER
    rows = (client.get(f"{batch.api}/tasks?format=json", headers=bearer).json or {})["rows"]
    assert [(row["status"], row["toxins"], row["conclusion"]) for row in rows] == [
        ("running", FEWER, "likely"),
        ("failed", FEWER, "likely"),
        ("running", None, None),
    ], "the conclusion is that of the rows of the other tables"
    with zipfile.ZipFile(io.BytesIO(client.get(f"{batch.api}/bundle", headers=bearer).data)) as archive:
        assert sum(name.endswith(".zip") for name in archive.namelist()) == 2


def test_running_all_of_a_submission_again_keeps_the_runs_of_each(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "one", "two")
    for n in (1, 2):
        batch.put(n)
    bearer = {"Authorization": f"Bearer {batch.token}"}
    assert client.post(f"{batch.api}/retry", json={"only": "all"}, headers=bearer).status_code == 202
    for n in (1, 2):
        record = client.get(f"/api/tasks/{batch.task_id(n)}", headers=bearer).json
        assert record is not None
        assert (record["status"], record["run"], record["good_run"]) == ("queued", 2, 1)
