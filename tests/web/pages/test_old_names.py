"""Names that earlier versions took, with characters that nobody sees or that change direction, reorder no page."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.annotations import AnnotationFile
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.pages.conftest import Open

ODD = "Bt\u202e7\u2066-\u200bD\u2069H\ufeff"
PLAIN = "Bt7-DH"
# As a template writes them, and as JSON in a page may.
NEVER = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\ufeff]|\\\\u20(?:2[a-e]|6[6-9]|0b)|\\\\ufeff", re.IGNORECASE)


@pytest.mark.parametrize("status", [TaskStatus.QUEUED, TaskStatus.FAILED, TaskStatus.COMPLETED])
@pytest.mark.parametrize("place", ["", "/again", "/annotations", "/log", "/shares", "/evidence"])
def test_a_file_name(site: Site, open_task: Open, client: FlaskClient, status: TaskStatus, place: str) -> None:
    address = open_task(site.task(status, filename=f"{ODD}.fna"))
    page = client.get(f"{address}{place}", follow_redirects=True).text
    assert NEVER.search(page) is None
    assert PLAIN in page or "\N{REPLACEMENT CHARACTER}" in page or place == "/evidence"


def test_labels_names_and_tags(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.open(client)
    changed = 0
    for record in (site.portal.own / "submissions" / batch.id).rglob("*.json"):
        text = record.read_text(encoding="utf-8")
        odd = re.sub(r'("label": ?)"(a|May)"', lambda found: found[1] + json.dumps(ODD), text)
        changed += odd != text
        record.write_text(odd, encoding="utf-8")
    assert changed == 1
    for place in ("", "/rows", "/annotations", "/compare", "/shares"):
        page = client.get(f"{batch.page}{place}", follow_redirects=True)
        assert (page.status_code in (200, 409), NEVER.search(page.text)) == (True, None), place
    assert PLAIN in client.get(batch.page).text
    told = client.get(batch.api).get_json()
    assert ODD in json.dumps(told, ensure_ascii=False), "for programs it is what it was"


def test_what_was_written_before_is_still_there_and_is_cleaned_by_the_next_change(
    site: Site, open_task: Open, client: FlaskClient
) -> None:
    built = site.task()
    address, head = open_task(built), {**built.bearer, "If-Match": '"0"'}
    api = f"/api/tasks/{built.task_id}/annotations"
    told = client.put(api, json={"name": "kept", "metadata": {"site": "x"}}, headers=head)
    assert told.status_code == 200
    file = AnnotationFile(site.portal.task(built.task_id).path).path
    file.write_text(file.read_text(encoding="utf-8").replace("kept", "k\u200be\u00a0pt\ufeff"), encoding="utf-8")
    assert client.get(api, headers=built.bearer).get_json()["name"] == "k\u200be\u00a0pt\ufeff"
    page = client.get(address).text
    assert NEVER.search(page) is None
    assert "<bdi>ke\u00a0pt</bdi>" in page
    changed = client.patch(api, json={"name": "k\u200be\u00a0pt"}, headers={**built.bearer, "If-Match": '"1"'})
    assert (changed.status_code, changed.get_json()["name"]) == (200, "ke pt")
