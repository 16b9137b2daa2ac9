"""A site of its own for each test, and a client that asks it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.builders import Site, make_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "jobs")


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return site.app.test_client()
