"""The folder of a portal that commands find by their settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.files.taskdir import PortalDir


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PortalDir:
    portal = PortalDir(tmp_path)
    portal.prepare()
    monkeypatch.setenv("JOBS_DIR", str(tmp_path))
    monkeypatch.setenv("EXECUTOR", "local")
    return portal
