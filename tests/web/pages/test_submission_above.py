"""The page of a strain leads up to its submission, for whoever may open that, and for nobody else."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import browser, make_link
from tests.web.pages.grid_text import text


def crumb(client: FlaskClient, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    found = re.search(r'<p class="crumb">.*?</p>', answer.text, re.DOTALL)
    assert found
    return found[0]


def test_who_may_open_the_submission_gets_there(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "A", "B", name="<i>Soil</i> 2026/27")
    batch.put(1)
    task = f"/tasks/{batch.task_id(1)}"
    batch.open(client)
    reader, guest, of_then, of_strain = (browser(site) for _ in range(4))
    batch.open(reader, batch.view_token)
    batch.open(guest, make_link(client, batch.page))
    batch.open(of_then, make_link(client, batch.page, snapshot="on"))
    token = make_link(client, task)
    assert of_strain.post(f"{task}/unlock", data={"token": token}).status_code == 303
    link = f'<a href="{batch.page}"><bdi>&lt;i&gt;Soil&lt;/i&gt; 2026/27</bdi></a>'
    for each in (client, reader, guest, of_then):
        assert link in crumb(each, task)
        assert each.get(batch.page).status_code == 200
        assert link in crumb(each, f"{task}/evidence")
    assert batch.id not in of_strain.get(task).text.replace(f'data-submission="{batch.id}"', "")
    assert "Soil" not in of_strain.get(task).text
    assert of_strain.get(batch.page).status_code == 403


def test_a_strain_of_no_submission_has_none(site: Site, client: FlaskClient) -> None:
    built = site.task()
    client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token})
    assert text(crumb(client, f"/tasks/{built.task_id}")) == f"Task {built.task_id}"
