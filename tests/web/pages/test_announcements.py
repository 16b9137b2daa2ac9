"""What an operator tells everybody: announcements for a time, on every page and in the API; the closed portal."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.files.maintenance import Maintenance, end_maintenance
from portal.files.notices import Announcement, add_announcement
from tests.builders import GENOME, Site, make_site

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site for each test: announcements and maintenance are everybody's."""
    return make_site(tmp_path / "jobs")


def page(client: FlaskClient, address: str = "/help", lang: str = "en") -> str:
    return client.get(address, headers={"Accept-Language": lang}).text


def test_an_announcement_stands_on_every_page_in_both_languages_and_in_the_api(site: Site, client: FlaskClient) -> None:
    name = add_announcement(site.portal, Announcement("New <b>reference</b>", "新的参考库", ends=NOW + HOUR))
    task = site.task()
    client.post(f"/tasks/{task.task_id}/unlock", data={"token": task.token})
    for address in ("/", "/tasks", "/compare", "/queue", "/help", "/nowhere", f"/tasks/{task.task_id}"):
        assert "New &lt;b&gt;reference&lt;/b&gt;" in page(client, address), address
        assert "新的参考库" in page(client, address, "zh"), address
    [told] = (client.get("/api/portal").json or {})["announcements"]
    assert told == {
        "id": name,
        "text": {"en": "New <b>reference</b>", "zh": "新的参考库"},
        "begins": None,
        "ends": (NOW + HOUR).isoformat(),
    }


@pytest.mark.parametrize(
    ("begins", "ends", "shown"),
    [(None, None, True), (-HOUR, HOUR, True), (HOUR, None, False), (None, -HOUR, False), (-2 * HOUR, -HOUR, False)],
)
def test_it_is_shown_in_its_time_only(
    site: Site, client: FlaskClient, begins: timedelta | None, ends: timedelta | None, shown: bool
) -> None:
    begin, end = (None if each is None else NOW + each for each in (begins, ends))
    add_announcement(site.portal, Announcement("Back at noon", begins=begin, ends=end))
    assert ("Back at noon" in page(client)) is shown
    assert bool((client.get("/api/portal").json or {})["announcements"]) is shown


def test_a_dismissed_one_is_left_out_and_a_new_one_is_shown(site: Site, client: FlaskClient) -> None:
    old = add_announcement(site.portal, Announcement("Old news"))
    client.set_cookie("bttoxin_dismissed", f"00000000.{old}")
    add_announcement(site.portal, Announcement("New news"))
    assert "Old news" not in page(client)
    assert "New news" in page(client)


def test_a_closed_portal_says_so_to_everybody_but_operators_and_probes(site: Site, client: FlaskClient) -> None:
    task = site.task()
    record = f"/api/tasks/{task.task_id}"
    assert client.get(record, headers=task.bearer).status_code == 200
    Maintenance(datetime.now(UTC) + HOUR / 2, "New disks until noon", "更换硬盘").write(site.portal)
    closed = [
        client.get(record, headers=task.bearer),
        client.get(record, headers={**task.bearer, "If-None-Match": "*"}),
        client.get("/api/portal"),
        client.post("/api/submissions", json={"items": []}),
        client.post("/api/tasks", data={"file": (io.BytesIO(GENOME), "a.fna")}),
        client.get("/"),
        client.get("/nowhere"),
        client.post("/", data={"file": (io.BytesIO(GENOME), "a.fna")}),
    ]
    assert [answer.status_code for answer in closed] == [503] * len(closed)
    assert all(1500 < int(answer.headers["Retry-After"]) <= 1800 for answer in closed)
    told = closed[0].json or {}
    assert told["type"] == "/errors/maintenance.said"
    assert told["message"] == "The portal is closed for maintenance: New disks until noon"
    assert "New disks until noon" in closed[5].text
    assert "更换硬盘" in page(client, "/", "zh")
    assert site.incoming() == []
    assert client.get("/api/health/live").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert client.get("/admin").status_code != 503
    assert end_maintenance(site.portal)
    assert client.get(record, headers=task.bearer).status_code == 200


@pytest.mark.parametrize(("until", "wait_s"), [(None, 300), (-HOUR, 300), (timedelta(seconds=2), 30), (9 * HOUR, 3600)])
def test_the_wait_that_is_advised_is_bounded(until: timedelta | None, wait_s: int) -> None:
    maintenance = Maintenance(None if until is None else NOW + until)
    assert maintenance.retry_after_s(NOW) == wait_s
