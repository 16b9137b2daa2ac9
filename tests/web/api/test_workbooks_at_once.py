"""So many workbooks are built at once, and no more; a full disk is said to be full and nothing stays."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.errors import NotReady, StorageFull
from portal.domain.status import Lang
from portal.results.workbook import AboutTable
from portal.web.api.workbooks import MOST_AT_ONCE, build_workbook
from tests.builders import Site

ABOUT = AboutTable(Lang.EN, datetime(2026, 3, 1, tzinfo=UTC), list)


def test_one_more_at_once_is_asked_to_come_back(client: FlaskClient, site: Site) -> None:
    built = site.task()
    address = f"/api/tasks/{built.task_id}/toxins?format=xlsx"
    seen = []

    def rows(left: int) -> Iterator[dict[str, Any]]:
        if left:
            b"".join(build_workbook("toxins", rows(left - 1), {"name": None}, ABOUT))
        else:
            with pytest.raises(NotReady):
                build_workbook("toxins", [], {"name": None}, ABOUT)
            seen.append(client.get(address, headers=built.bearer))
        yield {"name": "Cry1Ac1"}

    b"".join(build_workbook("toxins", rows(MOST_AT_ONCE - 1), {"name": None}, ABOUT))
    [answer] = seen
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.get_json()["type"].endswith("/table.busy")
    assert client.get(address, headers=built.bearer).status_code == 200


@pytest.fixture
def no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files in which no file grows beyond 64 KiB."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_as_one_and_gives_the_turn_back(no_room: Path) -> None:
    rows = [{"name": f"Cry{number}"} for number in range(20_000)]
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(StorageFull):
            build_workbook("toxins", rows, {"name": None}, ABOUT)
        assert list(no_room.iterdir()) == []
    assert b"".join(build_workbook("toxins", rows[:10], {"name": None}, ABOUT)).startswith(b"PK")
