"""A task that has run again, through the client: its runs, and what changed; blocking and asynchronous."""

from __future__ import annotations

import asyncio

import pytest
from bttoxin import AsyncPortal, NotFound, Portal

from tests.builders import BuiltTask, make_task_on_disk, run_again
from tests.web.api.server import Server


@pytest.fixture
def ran_twice(server: Server) -> BuiltTask:
    return run_again(server.portal, make_task_on_disk(server.portal, hits=3), hits=7)


def test_runs_and_changes_are_those_of_the_portal(server: Server, ran_twice: BuiltTask) -> None:
    with Portal(server.url, quiet=True) as portal:
        task = portal.task(ran_twice.task_id, ran_twice.token)
        assert [(run["number"], run["status"]) for run in task.runs()] == [(1, "completed"), (2, "completed")]
        changes = task.changes(1)
        assert (changes["before"], changes["after"], changes["extent"]) == (1, 2, "results")
        assert {change["fate"] for change in changes["genes"]} == {"new"}
        assert {change["fate"] for change in task.changes(2, 1)["genes"]} == {"gone"}
        with pytest.raises(NotFound, match="no run 3"):
            task.changes(3)


def test_they_are_there_asynchronously_too(server: Server, ran_twice: BuiltTask) -> None:
    async def ask() -> tuple[int, str]:
        async with AsyncPortal(server.url, quiet=True) as portal:
            task = portal.task(ran_twice.task_id, ran_twice.token)
            return len(await task.runs()), (await task.changes(1, to=2))["extent"]

    assert asyncio.run(ask()) == (2, "results")
