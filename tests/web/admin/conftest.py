"""A site with an operator's secret, and a browser in which the operator is logged in."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.builders import Site, make_site, write_heartbeat

SECRET = "the secret of the operators"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path / "jobs", ADMIN_SECRET=SECRET)
    write_heartbeat(site.portal)
    return site


@pytest.fixture
def client(site: Site) -> FlaskClient:
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert client.post("/admin/login", data={"secret": SECRET}).status_code == 303
    return client
