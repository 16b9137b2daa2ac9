"""A portal's folder after its first start."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.files.taskdir import PortalDir
from tests.unit.services.first_start import start


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path / "jobs")
    start(portal)
    return portal
