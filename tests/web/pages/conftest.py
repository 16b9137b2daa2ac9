"""A site and a browser without scripts: Flask's client, which keeps cookies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.builders import BuiltTask, Site, make_site, write_heartbeat

Open = Callable[[BuiltTask], str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("site") / "jobs")


@pytest.fixture
def client(site: Site) -> FlaskClient:
    write_heartbeat(site.portal)
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


@pytest.fixture
def open_task(client: FlaskClient) -> Open:
    """Give the browser a task's cookie, and return the address of its page."""

    def give(built: BuiltTask) -> str:
        address = f"/tasks/{built.task_id}"
        answer = client.post(f"{address}/unlock", data={"token": built.token})
        assert answer.status_code == 303, answer.text
        return address

    return give
