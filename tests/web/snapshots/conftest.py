"""A submission of which a part is done."""

from __future__ import annotations

import pytest

from portal.domain.status import TaskStatus
from tests.builders import Site
from tests.web.batch import Batch


@pytest.fixture
def batch(site: Site) -> Batch:
    """A submission of four: A and B are done, C runs, D is awaited."""
    batch = Batch(site, "A", "B", "C", "D")
    batch.put(1)
    batch.put(2)
    batch.put(3, TaskStatus.RUNNING)
    return batch
