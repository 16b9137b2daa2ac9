"""The page of a submission with files that never arrive: its owner closes it without them, without scripts too."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.files.submission_refusals import write_refusal
from portal.files.submissions import SubmissionFolders
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.pages.grid_text import text


def test_its_owner_closes_it_and_the_page_says_without_what(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "came", "<i>left</i>", "late")
    batch.put(1)
    viewer = site.app.test_client()
    viewer.environ_base = dict(client.environ_base)
    batch.open(viewer, batch.view_token)
    batch.open(client)
    page = client.get(batch.page).text
    assert "1 of 3 finished" in page
    action = re.search(r'<details class="act" id="close">.*?action="([^"]+)"', page, re.DOTALL)
    assert action
    card = page.partition('id="missing"')[0][-60:]
    assert "script-only" not in card, "it can be closed without scripts"
    assert 'id="close"' not in viewer.get(batch.page).text
    assert viewer.post(action[1]).status_code == 404
    for _ in range(2):
        assert client.post(action[1]).headers["Location"] == batch.page
    for reader in (client, viewer):
        page = reader.get(batch.page).text
        assert 'id="missing"' not in page
        told = re.search(r'<details class="never-sent" open>.*?</details>', page, re.DOTALL)
        assert told
        assert "Closed without 2 files <i>left</i> late" in text(told[0])
        assert "&lt;i&gt;left&lt;/i&gt;" in told[0]
        assert "1 of 1 finished" in page
        assert "Done" in page
    assert "已结束上传，不含 2 个文件" in client.get(f"{batch.page}?lang=zh").text


def test_a_foreign_page_cannot_close_it(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "late")
    batch.open(client)
    answer = client.post(f"{batch.page}/close", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert 'id="missing"' in client.get(batch.page).text


def test_my_tasks_no_longer_waits_for_them(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "came", "late")
    batch.put(1, TaskStatus.RUNNING)
    batch.open(client)
    client.post(f"{batch.page}/close")
    found = client.get(f"/tasks/states?submissions={batch.id}").get_json()["submissions"][batch.id]
    assert found == {"said": "0 of 1 finished · 1 never sent", "missing": 0, "is_final": False}


def test_where_nothing_was_sent_the_page_says_so(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "late", "later")
    batch.open(client)
    client.post(f"{batch.page}/close")
    page = client.get(batch.page).text
    assert "No genome was sent" in page
    assert "Closed without 2 files" in page


@pytest.mark.parametrize(
    ("lang", "before", "after"),
    [
        ("en", "0 of 1 finished · 2 not accepted", "No genome to analyse · 2 not accepted · 1 never sent"),
        ("zh", "未接收 2 个", "没有可分析的基因组 · 未接收 2 个 · 未上传 1 个"),
    ],
)
def test_what_was_refused_has_not_finished(site: Site, client: FlaskClient, lang: str, before: str, after: str) -> None:
    batch = Batch(site, "bad", "worse", "late")
    folder = SubmissionFolders(site.portal).folder(batch.id)
    for n in (1, 2):
        write_refusal(folder, n, Message("fasta.empty"))
    batch.open(client)
    assert before in text(client.get(f"{batch.page}?lang={lang}").text)
    client.post(f"{batch.page}/close")
    assert after in text(client.get(f"{batch.page}?lang={lang}").text)
    found = client.get(f"/tasks/states?submissions={batch.id}&lang={lang}").get_json()["submissions"][batch.id]
    assert (found["said"], found["is_final"]) == (after, True)


def test_what_was_deleted_has_not_finished(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "A", "B", "C")
    for n in (1, 2, 3):
        batch.put(n)
    batch.open(client)
    assert "3 of 3 finished" in client.get(batch.page).text
    client.post(f"/tasks/{batch.task_id(2)}/delete")
    assert "<title>2 of 2 finished · 1 deleted · May" in client.get(batch.page).text
    for n in (1, 3):
        client.post(f"/tasks/{batch.task_id(n)}/delete")
    assert "<title>No genome to analyse · 3 deleted · May" in client.get(batch.page).text
