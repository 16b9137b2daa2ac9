"""The samples of a portal as a run: tables without a genome, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from bttoxin import AsyncPortal, NoSamples, Portal, RequestRefused

from portal.domain.samples import SAMPLE_STRAINS
from tests.builders import make_site
from tests.samples import put_samples
from tests.web.api.server import Server, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with contextlib.closing(start_server(tmp_path_factory.mktemp("samples"), SAMPLES="true")) as running:
        yield running


def test_before_they_are_ready_the_client_says_so(server: Server) -> None:
    with Portal(server.url, quiet=True) as portal, pytest.raises(NoSamples, match="has no samples"):
        portal.samples()


def test_tables_come_without_a_genome_and_nothing_can_be_changed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = put_samples(make_site(server.portal.jobs, SAMPLES="true"))
    monkeypatch.chdir(tmp_path)
    with Portal(server.url, quiet=True) as portal:
        run = portal.samples()
        assert {row["label"] for row in run.rows("tasks")} == set(SAMPLE_STRAINS.values())
        assert {row["task_id"] for row in run.rows("scores")} <= set(ids.values())
        assert len(run.rows("scores")) > 0
        assert [state.status for state in run.status()] == ["completed"] * 3
        assert run.wait().task("synthetic_kurstaki").record()["task_id"] == ids["kurstaki"]
        assert list(tmp_path.iterdir()) == []
        saved = run.task("synthetic_none").bundle(tmp_path / "none.zip")
        assert saved.stat().st_size > 0
        for act in (run.delete, run.cancel, run.retry):
            with pytest.raises(RequestRefused):
                act()

    async def rows() -> list[dict[str, object]]:
        async with AsyncPortal(server.url, quiet=True) as portal:
            return await (await portal.samples()).rows("toxins")

    assert {row["task_id"] for row in asyncio.run(rows())} <= set(ids.values())
