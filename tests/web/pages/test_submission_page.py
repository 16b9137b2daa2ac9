"""The page of a submission: what its owner sees and does, what a viewer does not, all of it without scripts."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.domain.status import FailureKind, TaskStatus
from portal.domain.submission import ItemStatus
from portal.domain.toxin_names import ToxinName
from portal.files.wishes import WishKind, read_wishes
from portal.web.pages.grid import GridLine, GridWish
from portal.web.pages.grid_find import is_wanted
from tests.builders import GENOME, Site
from tests.web.batch import Batch
from tests.web.pages.grid_text import order_of, row, text

BAD = b">a\nACGT\nAC!T\n"


def test_it_asks_for_the_token_and_tells_nothing_before(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "secret strain")
    without = client.get(batch.page)
    assert (without.status_code, "secret strain" in without.text) == (403, False)
    assert client.get("/submissions/abcdefghijkl").status_code == 403, "one that does not exist answers alike"
    assert client.get("/submissions/..%2f..").status_code == 404
    wrong = client.post(f"{batch.page}/unlock", data={"token": "x" * 43})
    assert (wrong.status_code, "the token is wrong" in wrong.text) == (404, True)


@pytest.mark.parametrize(
    ("name", "labels", "title"), [("May", "A", "May"), ("", "A", "A"), ("", "AB", "2 genomes"), ("七月", "AB", "七月")]
)
def test_what_has_no_name_is_called_by_what_it_holds(
    site: Site, client: FlaskClient, name: str, labels: str, title: str
) -> None:
    batch = Batch(site, *labels, name=name)
    batch.open(client)
    heading = re.search(r"<h1.*?</h1>", client.get(batch.page).text, re.DOTALL)
    assert heading
    assert text(heading[0]) == title


def test_the_grid_has_every_genome_in_its_state(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "done", "none", "broke", "runs", "awaited")
    batch.put(1, hits=7)
    batch.put(2, hits=0)
    batch.put(3, TaskStatus.FAILED, failure_kind=FailureKind.TIMEOUT)
    batch.put(4, TaskStatus.RUNNING)
    batch.open(client)
    page = client.get(batch.page).text
    assert "3 of 5 finished" in page
    assert "Completed" in text(row(page, 1))
    assert "Likely: Lepidoptera" in text(row(page, 1))
    assert 'title="Likely acts on Lepidoptera' in row(page, 1)
    assert "No toxin gene" in text(row(page, 2))
    assert "–" in text(row(page, 2))
    assert "Failed" in text(row(page, 3))
    assert "time limit" in text(row(page, 3))
    assert "62 %" in text(row(page, 4))
    assert "Not sent yet" in text(row(page, 5))
    assert "href" not in row(page, 5)


def test_the_counts_call_each_genome_what_its_row_calls_it(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "done", "broke", "stopped")
    batch.put(1)
    batch.put(2, TaskStatus.FAILED, failure_kind=FailureKind.TIMEOUT)
    batch.put(3, TaskStatus.FAILED, failure_kind=FailureKind.CANCELLED)
    batch.open(client)
    page = client.get(batch.page).text
    counts = re.search(r'<ul class="counts">.*?</ul>', page, re.DOTALL)
    assert counts
    assert text(counts[0]).split() == ["1", "Completed", "1", "Failed", "1", "Cancelled"]
    assert "Cancelled" in text(row(page, 3))


def test_its_owner_sees_which_files_have_not_arrived(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "came", "<i>left</i>", "late")
    batch.put(1, TaskStatus.QUEUED)
    batch.open(client, batch.view_token)
    assert 'id="missing"' not in client.get(batch.page).text, "a viewer can send nothing"
    batch.open(client)
    for missing in (["2", "3"], ["3"], []):
        page = client.get(batch.page).text
        card = page.partition('id="missing"')[2].partition("</section>")[0]
        assert re.findall(r'<li data-n="(\d+)"', card) == missing
        assert ("&lt;i&gt;left&lt;/i&gt;" in card) == ("2" in missing)
        if missing:
            assert hashlib.sha256(GENOME).hexdigest() in card
            batch.put(int(missing[0]), TaskStatus.QUEUED)


def test_no_toxin_no_record_and_no_result_differ(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "toxins", "none", "awaited")
    batch.put(1)
    batch.put(2, hits=0)
    batch.open(client)
    page = client.get(batch.page).text
    looks = [re.findall(r'<td role="cell" class="cell ([\w -]+)"', row(page, n))[-1] for n in (1, 2, 3)]
    signs = [re.findall(r'<td role="cell" class="cell [^>]*>(.*?)</td>', row(page, n))[-1] for n in (1, 2, 3)]
    assert len({*zip(looks, map(text, signs), strict=True)}) == 3


def test_a_refused_file_stands_there_with_its_reason_in_the_readers_language(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "bad", data=BAD)
    answer = client.put(f"{batch.api}/items/1", data=BAD, headers={"Authorization": f"Bearer {batch.token}"})
    assert answer.status_code == 422
    batch.open(client)
    english, chinese = (text(row(client.get(f"{batch.page}?lang={lang}").text, 1)) for lang in ("en", "zh"))
    assert "Not accepted" in english
    assert "line 3: '!' is not" in english
    assert "未接收" in chinese
    assert "第 3 行" in chinese
    viewer = {"Authorization": f"Bearer {batch.view_token}"}
    state = site.app.test_client().get(batch.api, headers=viewer).get_json()
    assert (state["counts"]["refused"], state["is_final"]) == (1, True)
    rows = site.app.test_client().get(f"{batch.api}/tasks", headers=viewer).get_json()["rows"]
    assert (rows[0]["status"], rows[0]["message"]) == ("refused", "line 3: '!' is not a sequence character")


def test_what_was_damaged_on_its_way_is_not_refused(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "good")
    owner = {"Authorization": f"Bearer {batch.token}"}
    assert client.put(f"{batch.api}/items/1", data=GENOME[:-3], headers=owner).status_code == 422
    states = [client.get(batch.api, headers=owner).get_json()["items"][0][2]]
    assert client.put(f"{batch.api}/items/1", data=GENOME.replace(b"A", b"!", 1), headers=owner).status_code == 422
    assert client.put(f"{batch.api}/items/1", data=GENOME, headers=owner).status_code == 201
    states.append(client.get(batch.api, headers=owner).get_json()["items"][0][2])
    assert states == ["awaited", "pending"], "a good copy counts, whatever came before"


def test_a_genome_is_sent_with_the_cookie_of_the_page_and_not_from_elsewhere(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a")
    batch.open(client)
    foreign = client.put(f"{batch.api}/items/1", data=GENOME, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert client.put(f"{batch.api}/items/1", data=GENOME).status_code == 201


def test_columns_are_orders_species_or_toxins_of_the_third_rank(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    for n in (1, 2):
        batch.put(n)
    batch.open(client)
    heads = {
        by: re.findall(r'data-key="([^"]+)"', client.get(f"{batch.page}?by={by}").text)[3:]
        for by in ("orders", "species", "toxins", "nonsense")
    }
    assert heads["orders"][0] == "Lepidoptera"
    assert heads["nonsense"] == heads["orders"]
    assert all(" " in name for name in heads["species"])
    assert "Cry1Aa" in heads["toxins"]
    assert not [name for name in heads["toxins"] if re.search(r"[a-z]\d+$", name)]
    chinese = client.get(f"{batch.page}?by=species&lang=zh").text
    assert re.search(r'title="[\u4e00-\u9fff]+', chinese), "species are called by their common names too"


def test_the_address_sorts_and_finds_without_scripts(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "b 10", "b 9", "a")
    batch.put(1, hits=7)
    batch.put(2, hits=0)
    batch.put(3, hits=3)
    batch.open(client)
    assert order_of(client.get(f"{batch.page}?sort=label").text) == [3, 1, 2]
    assert order_of(client.get(f"{batch.page}?sort=-toxins").text)[:2] == [1, 3]
    assert order_of(client.get(f"{batch.page}?sort=Lepidoptera").text)[-1] == 2, "what has no score stands last"
    page = client.get(f"{batch.page}?find=B%209").text
    assert [n for n in order_of(page) if " hidden>" not in row(page, n)[:160]] == [2]
    assert "1 of 3 shown" in page


@pytest.mark.parametrize("by", ["orders", "species", "toxins", "metadata"])
def test_a_toxin_is_found_in_every_view_by_its_name_at_any_rank(site: Site, client: FlaskClient, by: str) -> None:
    batch = Batch(site, "many", "none", "one", "awaited")
    batch.put(1, hits=40)
    batch.put(2, hits=0)
    batch.put(3, hits=1)
    batch.open(client)
    rows = client.get(f"{batch.page}/rows?by={by}").get_json()
    names = {row[0]: rows["toxins"][row[-1]].split() for row in rows["rows"]}
    (only,) = names[3]
    assert [len(names[2]), len(names[4])] == [0, 0]
    assert only in names[1]
    parsed = ToxinName.parse(only)
    assert parsed
    ranks = [parsed.rank(rank) for rank in (1, 2, 3, 4)]
    for wanted in (*ranks, only.lower()):
        assert order_of(client.get(f"{batch.page}?by={by}&find={wanted}").text) == [1, 3], wanted
    other = next(name for name in names[1] if not name.startswith(ranks[0]))
    assert order_of(client.get(f"{batch.page}?by={by}&find={other}").text) == [1]
    for wanted in (f"{only}0", only[1:]):
        page = client.get(f"{batch.page}?by={by}&find={wanted}").text
        assert order_of(page) == [], wanted
        assert "None of 4. Find looks in names, states, results, toxins" in page


def test_a_number_in_a_toxins_name_is_read_whole() -> None:
    line = GridLine(1, "a", ItemStatus.COMPLETED, "Completed", "good", "", 1, True, (), toxins=("Cry11Aa1", "Cry1Ab15"))
    found = {wanted: is_wanted(line, GridWish(wanted)) for wanted in ("Cry1", "cry1a", "Cry1Ab1", "Cry1Ab15", "Cry11")}
    assert found == {"Cry1": True, "cry1a": True, "Cry1Ab1": False, "Cry1Ab15": True, "Cry11": True}
    only_eleven = replace(line, toxins=("Cry11Aa1",))
    assert not is_wanted(only_eleven, GridWish("Cry1"))


def test_a_strain_of_it_opens_with_the_submissions_token(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a")
    batch.put(1)
    batch.open(client)
    link = re.search(r'<td role="cell" class="cell heat[^>]*><a href="([^"]+)"', client.get(batch.page).text)
    assert link
    answer = client.get(html.unescape(link[1]))
    assert answer.headers["Location"] == f"/tasks/{batch.task_id(1)}#evidence-lepidoptera"
    assert "Yes, delete it" in client.get(f"/tasks/{batch.task_id(1)}").text
    toxin = re.search(
        r'<td role="cell" class="cell heat[^>]*><a href="([^"]+)"', client.get(f"{batch.page}?by=toxins").text
    )
    assert toxin
    page = client.get(html.unescape(toxin[1])).headers["Location"]
    assert page == f"/tasks/{batch.task_id(1)}/toxins/Cry1Aa"
    assert client.get(page).status_code == 200
    for odd in ("..%2F..%2Fadmin", "%2e%2e", "a%0d%0ab", "%5c%5cx"):
        assert client.get(f"{batch.page}/strains/1?toxin={odd}").headers["Location"] == f"/tasks/{batch.task_id(1)}"
    odd = client.get(f"{batch.page}/strains/1?at=%22%3E%0d%0ax").headers["Location"]
    assert odd == f"/tasks/{batch.task_id(1)}"
    assert client.get(f"{batch.page}/strains/2").status_code == 404


def test_a_viewer_sees_all_and_changes_nothing(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.put(2, TaskStatus.RUNNING)
    batch.open(client, batch.view_token)
    page = client.get(batch.page).text
    assert "Likely: Lepidoptera" in text(row(page, 1))
    assert batch.token not in page
    assert f"#token={batch.view_token}" in page
    assert not re.findall(r'action="/submissions/\w+/(cancel|retry|delete)"', page)
    for act in ("cancel", "retry", "delete"):
        assert client.post(f"{batch.page}/{act}").status_code == 404
    assert client.get(f"{batch.page}/strains/1").status_code == 303
    strain = client.get(f"/tasks/{batch.task_id(1)}").text
    assert "Likely acts on" in strain
    assert "/delete" not in strain
    assert "/again" not in strain
    client.get(f"{batch.page}/strains/2")
    assert client.post(f"/tasks/{batch.task_id(2)}/cancel").status_code == 404
    assert not read_wishes(site.portal.task(batch.task_id(2)))


def test_its_owner_cancels_runs_again_and_deletes(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "runs", "failed", "done")
    for n, status in ((1, TaskStatus.RUNNING), (2, TaskStatus.FAILED), (3, TaskStatus.COMPLETED)):
        batch.put(n, status)
    batch.open(client)
    assert f"#token={batch.token}" in client.get(batch.page).text
    for act in ("cancel", "retry"):
        assert client.post(f"{batch.page}/{act}").status_code == 303
        foreign = client.post(f"{batch.page}/{act}", headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
    kinds = [[wish.kind for wish in read_wishes(site.portal.task(batch.task_id(n)))] for n in (1, 2, 3)]
    assert kinds == [[WishKind.CANCEL], [WishKind.RETRY], []]
    gone = client.post(f"{batch.page}/delete")
    assert gone.headers["Location"] == f"/tasks?deleted={batch.id}"
    assert client.get(batch.page).status_code == 403, "its cookie is gone as well"


def test_tables_and_archives_are_a_link_away(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    for n in (1, 2):
        batch.put(n)
    batch.open(client)
    links = re.findall(r'<a[^>]* href="(/[^"]+)" download', client.get(batch.page).text)
    assert len(links) == 12
    for link in links:
        if link.endswith("/comparison"):
            continue  # made by matplotlib, see tests/browser/test_compare.py
        answer = client.get(html.unescape(link))
        assert (answer.status_code, bool(answer.data)) == (200, True), link


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_stay_text(site: Site, client: FlaskClient, lang: str) -> None:
    name = '"><script>alert(1)</script>'
    batch = Batch(site, name, name=name)
    batch.put(1, filename=f"{name}.fna")
    batch.open(client)
    for by in ("orders", "species", "toxins"):
        answer = client.get(f"{batch.page}?by={by}&lang={lang}&find={name}&sort={name}&state={name}")
        assert "<script>alert" not in answer.text
        assert html.escape(name) in answer.text.replace("&#34;", "&quot;")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_single_tasks_link_to_share_only_looks(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.RUNNING)
    client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token})
    page = client.get(f"/tasks/{built.task_id}").text
    shared, kept = re.findall(r"#token=([\w-]{43})", page)
    assert kept == built.token != shared
    other = site.app.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert other.post(f"/tasks/{built.task_id}/unlock", data={"token": shared}).status_code == 303
    seen = other.get(f"/tasks/{built.task_id}").text
    assert built.token not in seen
    assert "/cancel" not in seen
    for act in ("cancel", "delete", "again"):
        assert other.post(f"/tasks/{built.task_id}/{act}").status_code == 404
    viewer = {"Authorization": f"Bearer {shared}"}
    assert other.get(f"/api/tasks/{built.task_id}", headers=viewer).status_code == 200
    assert other.delete(f"/api/tasks/{built.task_id}", headers=viewer).status_code == 404
    assert not read_wishes(site.portal.task(built.task_id))


def test_genomes_with_the_content_of_another_are_named(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "one", "<b>two</b>", "three")
    batch.open(client)
    page = client.get(batch.page).text
    told = re.search(r'<details class="hint" id="same-content" open>.*?</details>', page, re.DOTALL)
    assert told
    assert "&lt;b&gt;two&lt;/b&gt;: same content as one" in told[0]
    assert "three: same content as one" in told[0]
    single = Batch(site, "alone")
    single.open(client)
    assert "same-content" not in client.get(single.page).text


def test_it_says_until_when_results_are_kept(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b", "late")
    batch.open(client, batch.view_token)
    assert "Results are kept for 30 days after the end" in client.get(batch.page).text
    ended = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    for n, days in ((1, 0), (2, 3)):
        when = ended + timedelta(days=days)
        batch.put(n, completion_time=when, expires_at=when + timedelta(days=30))
    assert "The first results are kept until 20 Dec 2026, 12:00 UTC" in text(client.get(batch.page).text)
    site.portal.task(batch.task_id(1)).kept.touch()
    assert "Kept until 23 Dec 2026, 12:00 UTC" in text(client.get(batch.page).text)
    site.portal.task(batch.task_id(2)).kept.touch()
    page = text(client.get(batch.page).text)
    assert "ept until" not in page, "an operator keeps them for ever"
