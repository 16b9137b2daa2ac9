"""The record of a task: written as its schema says, and the same by the short path and by Flask."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.services.answers import TaskView
from portal.web.api.record import explained, record_json
from portal.web.api.schemas import TaskSchema
from portal.web.context import context_of
from tests.builders import SUBMITTED, BuiltTask, Site, make_site, task_meta, write_heartbeat


def by_schema(view: TaskView) -> Any:
    """Return what marshmallow makes of a view."""
    more = {"queue_position": view.queue_position, "estimated_start": view.estimated_start, "wishes": view.wishes}
    return TaskSchema().dump({**vars(view.task), **more, "pending_explained": explained(view.task.pending_reason)})


def views() -> list[TaskView]:
    plain = [TaskView(task_meta(status)) for status in TaskStatus]
    task = task_meta(TaskStatus.RUNNING)
    attempt = replace(task.attempts[0], reuse={PipelineStage.DIGGER: 1}, number=2)
    odd: TaskMeta = replace(
        task,
        filename='"名\u2028.fna',
        limits={"memory_gb": 8},
        pending_reason="Priority",
        cancel_requested=SUBMITTED,
        warnings=("w",),
        attempts=(*task.attempts, attempt),
    )
    return [*plain, TaskView(odd, 3, SUBMITTED, ("cancel",))]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.task.status.value)
def test_the_record_is_written_as_its_schema_says(view: TaskView) -> None:
    written, expected = json.loads(record_json(view)), json.loads(json.dumps(by_schema(view)))
    assert written == expected
    assert list(written) == list(expected)


def both_ways(site: Site, path: str, headers: dict[str, str]) -> tuple[TestResponse, TestResponse]:
    """Return the answers by way of the short path, and by Flask alone."""
    behind = context_of(site.app).front.behind
    return site.app.test_client().get(path, headers=headers), Client(behind).get(path, headers=headers)


def _own(answer: TestResponse) -> list[tuple[str, str]]:
    """Return the headers without the one that the front gives to every answer, whichever way it took."""
    return sorted((name, value) for name, value in answer.headers if name != "X-Request-Id")


def same(one: TestResponse, other: TestResponse) -> None:
    assert (one.status_code, one.data) == (other.status_code, other.data)
    assert _own(one) == _own(other)


@pytest.mark.parametrize("origins", ["*", "https://lab.example"])
@pytest.mark.parametrize("status", list(TaskStatus))
def test_both_ways_answer_alike(tmp_path: Path, status: TaskStatus, origins: str) -> None:
    site = make_site(tmp_path / "jobs", CORS_ORIGINS=origins)
    built = site.task(status)
    write_heartbeat(site.portal, waiting=("a" * 12, built.task_id) if status is TaskStatus.PENDING else ())
    path = f"/api/tasks/{built.task_id}"
    for more in ({}, {"Origin": "https://lab.example"}, {"Origin": "https://evil.example"}):
        headers = {**built.bearer, **more}
        first, _ = both_ways(site, path, headers)
        assert first.status_code == 200
        same(*both_ways(site, path, headers))
        for etag in (first.headers["ETag"], "*", '"other"', f'"x", {first.headers["ETag"]}', "garbage,,"):
            same(*both_ways(site, path, {**headers, "If-None-Match": etag}))


def strange_tokens(built: BuiltTask, other: BuiltTask) -> list[dict[str, str]]:
    texts = [other.token, built.token[:-1], built.token + "x", "", "é" * 43, "x" * 43, f"{built.token} "]
    told = [f"Bearer {text}" for text in texts] + [
        f"bearer {built.token}",
        f"Basic {built.token}",
        built.token,
        "Bearer",
    ]
    return [{"Authorization": text} for text in told]


def test_both_ways_refuse_alike(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs")
    built, other = site.task(), site.task()
    for headers in strange_tokens(built, other):
        same(*both_ways(site, f"/api/tasks/{built.task_id}", headers))
    for path in ("/api/tasks/aaaaaaaaaaaa", "/api/tasks/AAAA", f"/api/tasks/{built.task_id}/", "/api/tasks/%00"):
        same(*both_ways(site, path, built.bearer))
    site.portal.task(built.task_id).meta.write_bytes(b"{")
    same(*both_ways(site, f"/api/tasks/{built.task_id}", built.bearer))
    site.tasks.delete(other.task)
    gone = both_ways(site, f"/api/tasks/{other.task_id}", other.bearer)
    same(*gone)
    assert gone[0].status_code == 404


def test_a_place_in_the_queue_changes_no_etag_and_stands_in_a_header(site: Site) -> None:
    built = site.task(TaskStatus.PENDING)
    client = site.app.test_client()
    path = f"/api/tasks/{built.task_id}"
    write_heartbeat(site.portal, waiting=("a" * 12, "b" * 12, built.task_id))
    first = client.get(path, headers=built.bearer)
    assert (first.headers["Queue-Position"], (first.json or {})["queue_position"]) == ("3", 3)
    write_heartbeat(site.portal, waiting=("b" * 12, built.task_id))
    moved = client.get(path, headers={**built.bearer, "If-None-Match": first.headers["ETag"]})
    assert (moved.status_code, moved.headers["Queue-Position"]) == (304, "2")
    write_heartbeat(site.portal)
    begun = client.get(path, headers={**built.bearer, "If-None-Match": first.headers["ETag"]})
    assert begun.status_code == 200
    assert "Queue-Position" not in begun.headers
