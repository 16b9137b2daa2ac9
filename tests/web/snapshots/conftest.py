"""A site of its own for each test, with a submission of which a part is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from tests.builders import Site, make_site
from tests.web.batch import Batch


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "jobs")


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return site.app.test_client()


@pytest.fixture
def batch(site: Site) -> Batch:
    """A submission of four: A and B are done, C runs, D is awaited."""
    batch = Batch(site, "A", "B", "C", "D")
    batch.put(1)
    batch.put(2)
    batch.put(3, TaskStatus.RUNNING)
    return batch
